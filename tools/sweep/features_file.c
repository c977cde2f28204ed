/* SPDX-License-Identifier: MIT */
#include "features_file.h"

#include "file_lock.h"
#include "hash64.h"
#include "reason.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    VERSION = 1,
    HASH_ROOM = 24 /* for TLEE_HASH_TEXT, padded */
};

struct header {
    unsigned char magic[8];
    uint32_t version, header_bytes;
    uint64_t record_bytes, frames, exits, feature, classes, videos;
    char model[HASH_ROOM], list[HASH_ROOM], settings[TLEE_SETTINGS_TEXT];
    uint64_t hash;
};
_Static_assert(sizeof(struct header) == 64 + 2 * HASH_ROOM + TLEE_SETTINGS_TEXT + 8, "no gaps");

/* What a record begins with. */
struct start {
    uint64_t video, frames;
};

/* ---- Bytes ---- */

static bool read_all(int fd, void *bytes, size_t count, uint64_t at) {
    for (char *next = bytes; count;) {
        ssize_t got = pread(fd, next, count, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        next += got;
        at += (uint64_t)got;
        count -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *bytes, size_t count, uint64_t at) {
    for (const char *next = bytes; count;) {
        ssize_t written = pwrite(fd, next, count, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        next += written;
        at += (uint64_t)written;
        count -= (size_t)written;
    }
    return true;
}

/* ---- Shapes ---- */

/* The arrays of a recording, in the order of a record. */
enum {
    ARRAYS = 4
};
struct array {
    void *bytes;
    size_t count;
};

static void list_arrays(const struct tlee_recording *recording, struct array arrays[ARRAYS]) {
    size_t steps = recording->most_frames * recording->exits;
    arrays[0] = (struct array){recording->features,
                               steps * recording->feature * sizeof *recording->features};
    arrays[1] =
        (struct array){recording->scores, steps * recording->classes * sizeof *recording->scores};
    arrays[2] =
        (struct array){recording->input_ns, recording->most_frames * sizeof *recording->input_ns};
    arrays[3] = (struct array){recording->times, steps * sizeof *recording->times};
}

static void make_header(struct header *header, const struct tlee_identity *of,
                        const struct tlee_recording *like) {
    static const unsigned char magic[8] = {0x89, 'T', 'L', 'E', 'E', 'F', '\r', '\n'};
    struct array arrays[ARRAYS];
    memset(header, 0, sizeof *header);
    memcpy(header->magic, magic, sizeof magic);
    header->version = VERSION;
    header->header_bytes = sizeof *header;
    header->record_bytes = sizeof(struct start) + sizeof(uint64_t);
    list_arrays(like, arrays);
    for (size_t i = 0; i < ARRAYS; i++)
        header->record_bytes += arrays[i].count;
    header->frames = like->most_frames;
    header->exits = like->exits;
    header->feature = like->feature;
    header->classes = like->classes;
    header->videos = of->videos;
    memcpy(header->model, of->model, sizeof of->model);
    memcpy(header->list, of->list, sizeof of->list);
    memcpy(header->settings, of->settings, strlen(of->settings));
    header->hash = tlee_hash64(TLEE_HASH64_START, header, sizeof *header - sizeof header->hash);
}

/* ---- What an earlier sweep left ---- */

static bool check_header(const struct header *found, const struct header *wanted,
                         const struct tlee_identity *of, struct tlee_error *error) {
    struct tlee_identity theirs = {.videos = found->videos};
    char message[TLEE_ERROR_BYTES / 2];
    if (memcmp(found->magic, wanted->magic, sizeof found->magic) != 0)
        return tlee_reason(error, "is not a file of features");
    if (found->version != wanted->version)
        return tlee_reason(error, "is of version %" PRIu32 ", this build has %d", found->version,
                           VERSION);
    if (found->hash != tlee_hash64(TLEE_HASH64_START, found, sizeof *found - sizeof found->hash))
        return tlee_reason(error, "its header is damaged");
    memcpy(theirs.model, found->model, sizeof theirs.model - 1);
    memcpy(theirs.list, found->list, sizeof theirs.list - 1);
    memcpy(theirs.settings, found->settings, sizeof theirs.settings - 1);
    if (!tlee_identity_equal(&theirs, of, message, sizeof message))
        return tlee_reason(error, "holds features of %s: take another file", message);
    if (memcmp(found, wanted, sizeof *found) != 0)
        return tlee_reason(error, "holds features of another shape: take another file");
    return true;
}

/* Whether the record that begins there is as it was written; *start becomes its beginning. */
static bool is_whole(const struct tlee_features_file *file, uint64_t at, char *block,
                     size_t block_bytes, struct start *start) {
    uint64_t left = file->record_bytes - sizeof(uint64_t), hash = TLEE_HASH64_START, written;
    bool first = true;
    while (left) {
        size_t count = left < block_bytes ? (size_t)left : block_bytes;
        if (!read_all(file->fd, block, count, at))
            return false;
        if (first)
            memcpy(start, block, sizeof *start);
        first = false;
        hash = tlee_hash64(hash, block, count);
        at += count;
        left -= count;
    }
    return read_all(file->fd, &written, sizeof written, at) && written == hash;
}

static bool index_records(struct tlee_features_file *file, const struct tlee_recording *like,
                          uint64_t file_bytes, struct tlee_error *error) {
    static const size_t block_bytes = 1 << 18;
    char *block = malloc(block_bytes);
    bool good = block || tlee_reason(error, "out of memory");
    while (good && file->bytes + file->record_bytes <= file_bytes) {
        struct start start = {0};
        uint64_t at = file->bytes, number = (at - sizeof(struct header)) / file->record_bytes;
        if (!is_whole(file, at, block, block_bytes, &start)) {
            /* The last one may be of a machine that lost its power while it was written. */
            if (at + file->record_bytes == file_bytes)
                break;
            good = tlee_reason(error, "record %" PRIu64 ", at byte %" PRIu64 ", is damaged", number,
                               at);
        } else if (start.video >= file->videos || !start.frames ||
                   start.frames > like->most_frames || file->places[start.video]) {
            good = tlee_reason(error,
                               "record %" PRIu64 ", at byte %" PRIu64 ", is of video %" PRIu64
                               " with %" PRIu64 " frames, which cannot be",
                               number, at, start.video, start.frames);
        } else {
            file->places[start.video] = at;
            file->count++;
            file->bytes += file->record_bytes;
        }
    }
    free(block);
    return good;
}

static bool go_on(struct tlee_features_file *file, const struct tlee_identity *of,
                  const struct tlee_recording *like, struct tlee_error *error) {
    struct header wanted, found;
    struct stat about;
    make_header(&wanted, of, like);
    file->record_bytes = wanted.record_bytes;
    if (fstat(file->fd, &about) != 0)
        return tlee_reason_errno(error, errno, "cannot be read");
    uint64_t file_bytes = (uint64_t)about.st_size;
    size_t there = file_bytes < sizeof found ? (size_t)file_bytes : sizeof found;
    if (!read_all(file->fd, &found, there, 0))
        return tlee_reason_errno(error, errno, "cannot be read");
    if (there < sizeof found && memcmp(&found, &wanted, there) != 0)
        return tlee_reason(error, "is not a file of features");
    if (there < sizeof found && !write_all(file->fd, &wanted, sizeof wanted, 0))
        return tlee_reason_errno(error, errno, "cannot be written");
    file->bytes = sizeof wanted;
    if (there < sizeof found)
        return true;
    if (!check_header(&found, &wanted, of, error) || !index_records(file, like, file_bytes, error))
        return false;
    file->torn = file->bytes < file_bytes;
    if (file->torn && ftruncate(file->fd, (off_t)file->bytes) != 0)
        return tlee_reason_errno(error, errno, "its incomplete last record cannot be cut off");
    return true;
}

/* ---- Opening ---- */

static int open_unnamed(void) {
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int length =
        snprintf(path, sizeof path, "%s/tlee-features-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = length < (int)sizeof path ? mkstemp(path) : -1;
    if (fd < 0)
        return -1;
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static bool open_named(struct tlee_features_file *file, const char *path,
                       struct tlee_error *error) {
    struct stat about;
    file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (file->fd < 0)
        return tlee_reason_errno(error, errno, "cannot be opened");
    if (fstat(file->fd, &about) != 0 || !S_ISREG(about.st_mode))
        return tlee_reason(error, "is not a regular file");
    return tlee_file_lock(file->fd, "tlee sweep", error);
}

bool tlee_features_open(struct tlee_features_file *file, const char *path,
                        const struct tlee_identity *of, const struct tlee_recording *like,
                        struct tlee_error *error) {
    *file = (struct tlee_features_file){.fd = -1, .videos = (size_t)of->videos};
    file->places = calloc(file->videos, sizeof *file->places);
    if (!file->places)
        return tlee_reason(error, "out of memory");
    if (path)
        return open_named(file, path, error) && go_on(file, of, like, error);
    file->fd = open_unnamed();
    if (file->fd < 0)
        return tlee_reason_errno(error, errno, "no temporary file can be made");
    return go_on(file, of, like, error);
}

void tlee_features_close(struct tlee_features_file *file) {
    if (file->fd >= 0)
        close(file->fd);
    free(file->places);
    *file = (struct tlee_features_file){.fd = -1};
}

/* ---- Records ---- */

bool tlee_features_append(struct tlee_features_file *file, const struct tlee_recording *recording,
                          struct tlee_error *error) {
    struct start start = {recording->video, recording->frames};
    struct array arrays[ARRAYS];
    uint64_t at = file->bytes, hash = tlee_hash64(TLEE_HASH64_START, &start, sizeof start);
    list_arrays(recording, arrays);
    bool good = write_all(file->fd, &start, sizeof start, at);
    at += sizeof start;
    for (size_t i = 0; good && i < ARRAYS; i++) {
        hash = tlee_hash64(hash, arrays[i].bytes, arrays[i].count);
        good = write_all(file->fd, arrays[i].bytes, arrays[i].count, at);
        at += arrays[i].count;
    }
    good = good && write_all(file->fd, &hash, sizeof hash, at);
    if (good) {
        file->places[start.video] = file->bytes;
        file->count++;
        file->bytes += file->record_bytes;
        return true;
    }
    int why = errno;
    if (ftruncate(file->fd, (off_t)file->bytes) != 0) {
        /* The next sweep cuts an incomplete record off as well. */
    }
    return tlee_reason_errno(error, why, "cannot be written");
}

bool tlee_features_read(const struct tlee_features_file *file, size_t video,
                        struct tlee_recording *recording, struct tlee_error *error) {
    struct start start;
    struct array arrays[ARRAYS];
    uint64_t at = file->places[video];
    bool good = read_all(file->fd, &start, sizeof start, at);
    at += sizeof start;
    list_arrays(recording, arrays);
    for (size_t i = 0; good && i < ARRAYS; i++) {
        good = read_all(file->fd, arrays[i].bytes, arrays[i].count, at);
        at += arrays[i].count;
    }
    if (!good || start.video != video || !start.frames || start.frames > recording->most_frames)
        return tlee_reason(error, "the record at byte %" PRIu64 " has changed meanwhile",
                           file->places[video]);
    recording->video = video;
    recording->frames = (size_t)start.frames;
    return true;
}
