# SPDX-License-Identifier: MIT
"""Files that the real ffmpeg decodes, compared with its own RGB output."""
import os
import subprocess

from cli_tool import check
from video_tool import FORMAT, crc, dump, expect, noise, refused, sampled, write

RGB = ["-sws_flags", "accurate_rnd+full_chroma_int", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
SIZE = (64, 48)


def ffmpeg(*args):
    done = subprocess.run(("ffmpeg", "-nostdin", "-v", "error", "-y") + args,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120)
    return done.stdout


def make(path, *options, source="testsrc2", seconds=2):
    ffmpeg("-f", "lavfi", "-i", "%s=s=%dx%d:r=15:d=%s" % ((source,) + SIZE + (seconds,)), *options,
           path)
    return path


def decoded(path):
    """The pictures that ffmpeg makes of a file."""
    data = ffmpeg("-i", "file:" + path, "-an", "-vsync", "passthrough", *RGB)
    size = 3 * SIZE[0] * SIZE[1]
    return [data[at:at + size] for at in range(0, len(data), size)]


def compare(path, count=None, warnings=()):
    pictures = [crc(data) for data in decoded(path)]
    check(pictures and (count is None or len(pictures) == count), path, len(pictures), count)
    for frames in (2, 8, 10):
        numbers = sampled(len(pictures), frames)
        expect(dump(path, frames), len(pictures), numbers, [pictures[k - 1] for k in numbers],
               warnings)
    expect(dump(path, 0, "sequential"), 0, range(1, len(pictures) + 1), pictures, warnings)
    expect(dump(path, 2, "sequential", "every=7"), 0, (1, 8), [pictures[0], pictures[7]])
    order = [5, 0, 9, 2, 7, 4, 6, 3, 8, 1]
    numbers = [sampled(len(pictures), 10)[k] for k in order]
    expect(dump(path, 10, "take=3", "order=" + ",".join(map(str, order))), len(pictures),
           numbers[:3], [pictures[k - 1] for k in numbers[:3]], warnings)


def test_videos(temp):
    """Constant and variable frame rate, reordered frames, sound, odd names and sizes."""
    compare(make(os.path.join(temp, "plain.avi"), "-c:v", "mpeg4"), 30)
    compare(make(os.path.join(temp, "-odd 'name\" $(x) %d.mkv"), "-c:v", "mpeg4", "-bf", "2"), 30)
    # Frames 0-4, then every fourth, at their own times: constant rate would double them.
    compare(make(os.path.join(temp, "vfr.mkv"), "-vf", "select='lt(n,5)+not(mod(n,4))'", "-vsync",
                 "passthrough", "-c:v", "mpeg4"), 11)
    # Pairs of frames with the same time: any other mode would drop one.
    compare(make(os.path.join(temp, "same.mkv"), "-vf", "setpts='floor(N/2)*2/15/TB'", "-vsync",
                 "passthrough", "-c:v", "ffv1"))
    sound = os.path.join(temp, "sound.mkv")
    ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=2",
           "-c:v", "mpeg4", "-c:a", "pcm_s16le", sound)
    compare(sound, 20)
    compare(make(os.path.join(temp, "deep.mkv"), "-pix_fmt", "yuv422p10le", "-c:v", "ffv1"), 30)
    compare(make(os.path.join(temp, "gray.mkv"), "-pix_fmt", "gray", "-c:v", "ffv1"), 30)


def test_truncated(temp):
    """What decodes counts, not what the header says."""
    path = make(os.path.join(temp, "whole.avi"), "-c:v", "mpeg4", "-g", "10", seconds=6)
    with open(path, "rb") as file:
        data = file.read()
    for part in (0.9, 0.5):
        cut = write(os.path.join(temp, "cut%d.avi" % (10 * part)), data[:int(part * len(data))])
        result = dump(cut, 2)
        wanted = len(decoded(cut))
        check(not result.status and 20 < wanted < 90 and result.count == wanted, wanted, result)
        compare(cut, None, result.warnings)


def test_no_video(temp):
    refused(FORMAT, "Invalid data", write(os.path.join(temp, "noise.mp4"), noise(7, 5000)))
    refused(FORMAT, "ffmpeg decodes no picture", write(os.path.join(temp, "empty.mp4"), b""))
    sound = os.path.join(temp, "sound.wav")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", sound)
    refused(FORMAT, "ffmpeg decodes no picture", sound)
    playlist = write(os.path.join(temp, "list.m3u8"),
                     b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    refused(FORMAT, "ffmpeg", playlist)
    os.mkfifo(os.path.join(temp, "fifo.mp4"))
    result = dump(os.path.join(temp, "fifo.mp4"), 10)
    check("not a regular file" in result.error, result)


def test_images(temp):
    """Folders of images, whatever the folder is called."""
    for kind in ("png", "jpg", "bmp", "tiff"):
        folder = os.path.join(temp, "50%20dogs " + kind)
        os.mkdir(folder)
        make(os.path.join(temp, "i%02d." + kind))
        names = sorted(name for name in os.listdir(temp) if name.endswith("." + kind))
        check(len(names) == 30, kind, len(names))
        wanted = [crc(decoded(os.path.join(temp, name))[0]) for name in names[:6]]
        for name in names[:6]:
            os.rename(os.path.join(temp, name), os.path.join(folder, name))
        expect(dump(folder, 4), 6, sampled(6, 4), [wanted[k - 1] for k in sampled(6, 4)])
        write(os.path.join(folder, names[1]), b"no image")
        expect(dump(folder, 2, "sequential"), 0, (1, 2), [wanted[0]] * 2,
               ["frame 2 is replaced by frame 1: %s: ffmpeg decodes no picture" % names[1]])
        write(os.path.join(folder, names[0]), b"")
        result = refused(FORMAT, names[0], folder)
        check(not result.frames, result)


def test_colours(temp):
    """Y4M as ffmpeg itself converts it: no bias, and hardly a pixel off by more than 3 levels."""
    for tag, options, limit in (
            ("420jpeg", ["-pix_fmt", "yuv420p"], 0.005),
            ("420jpeg", ["-pix_fmt", "yuvj420p"], 0.005),
            ("444", ["-pix_fmt", "yuv444p"], 0), ("mono", ["-pix_fmt", "gray"], 0)):
        path = make(os.path.join(temp, tag + options[1] + ".y4m"), "-vf", "gblur=sigma=6",
                    "-strict", "-1", *options, seconds=1)
        pictures = decoded(path)
        with open(path, "rb") as file:
            check((" C" + tag).encode() in file.readline(), "another siting than", tag)
        result = dump(path, 0, "sequential", "pixels")
        check(len(pictures) == len(result.pixels) == 15, len(pictures), result.error)
        total = off = count = 0
        for ours, theirs in zip(result.pixels, pictures):
            differences = [a - b for a, b in zip(ours, theirs)]
            total += sum(differences)
            count += len(differences)
            off += sum(max(abs(d) for d in differences[at:at + 3]) > 3
                       for at in range(0, len(differences), 3))
        check(abs(total / count) < 0.02 and 3 * off <= limit * count, tag, options,
              "mean difference", total / count, "pixels off", 3 * off / count)
