# SPDX-License-Identifier: MIT
"""Small files as tlee writes them, for the tests of tools/plot.py."""
import json

POINTS = """first,exit,gate,top1,gmac,gmac_paper,ms,frames,on_front_gmac,on_front_ms
0.99,0.8,0.5,0.75,4,,40,3.5,1,1
0.9,0.5,0.5,0.5,2,,50,1.5,1,0
0.99,0.9,0.5,0.5,8,,10,8,0,1
"""
FEWER = """first,exit,gate,top1,gmac,kind
0.99,0.8,0.5,0.5,2,grid
,,,0.25,1,fewer frames
,,,0.75,3,fewer frames
"""
PAPER = "top1,gmac_paper\n0.5,1.5\n"


def record(index, exits, model="a"):
    return json.dumps({
        "index": index, "path": "clip %d" % index, "truth": 1, "label": 1, "class": None,
        "frame": len(exits) - 1, "exit": exits[-1] if exits else 0, "frames_seen": len(exits),
        "frame_exits": exits, "of": {"model": model, "list": "b", "videos": 9, "settings": "c"}})


def failed(index):
    return json.dumps({"index": index, "path": "clip", "truth": 0, "error": "cannot be opened",
                       "of": {"model": "a", "list": "b", "videos": 9, "settings": "c"}})


def bench(*rows):
    """Rows: part, name, op, method, ms."""
    return json.dumps({
        "backbone": "resnet18", "input": 64, "isa": "c", "threads": 1, "exits": [], "layers": [
            {"part": part, "name": name, "op": op, "method": method, "macs": 1,
             "ms": {"min": ms, "median": ms}, "gflops": 1.0 if "conv" in op else None,
             "share_of_peak": 0.5 if "conv" in op else None}
            for part, name, op, method, ms in rows]})


def step(frame, source, exit, confidence, gate, label=1):
    return {"frame": frame, "source_frame": source, "exit": exit, "confidence": confidence,
            "gate": gate, "top1": label, "logits": [0.5, 1.5]}


def trace_of(steps):
    last = steps[-1]
    return json.dumps({
        "label": last["top1"], "class": "swing", "confidence": last["confidence"],
        "top": [{"label": 1, "class": "swing", "confidence": 0.7},
                {"label": 0, "class": None, "confidence": 0.3}],
        "frame": last["frame"], "exit": last["exit"], "frames_seen": last["frame"] + 1,
        "order": "published", "gmac": 1.5, "gmac_full": 18.0, "gmac_paper": None, "ms": 5.0,
        "ms_total": 6.0, "steps": steps})


TRACE = trace_of([step(0, 3, 0, 0.5, None, 0), step(0, 3, 2, 0.625, None),
                  step(1, 1, 0, 0.75, 0.25), step(1, 1, 1, 0.875, 0.75)])
ONE_STEP = trace_of([step(0, 1, 0, 0.995, None)])


def ppm(width, height, value=100):
    return b"P6\n%d %d\n255\n" % (width, height) + bytes([value]) * (3 * width * height)


def y4m(colour, width, height, count, sizes=None):
    """All samples of frame k are k."""
    if sizes is None:
        chroma = (width + 1) // 2 * ((height + 1) // 2)
        sizes = (width * height, chroma, chroma)
    header = " ".join(["YUV4MPEG2 W%d H%d F25:1 Ip" % (width, height)] + [colour] * bool(colour))
    return header.encode() + b"\n" + b"".join(
        b"FRAME\n" + bytes([number]) * sum(sizes) for number in range(1, count + 1))
