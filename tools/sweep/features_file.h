/* SPDX-License-Identifier: MIT */
/*
 * The file in which tlee sweep keeps its recordings (tlee_replay.h), so that an interrupted sweep
 * goes on where it stopped, and another one need not run the network at all. It is for the machine
 * that made it: numbers as they lie in memory.
 *
 *     header    8 bytes 89 T L E E F 0D 0A; u32 version 1; u32 bytes of the header; u64 bytes of a
 *               record; u64 frames, exits, feature, classes of a recording; u64 videos of the list;
 *               model, list and settings of the identity as texts padded with zeros; u64 hash
 *     records   in the order in which they were made, all of one length: u64 index of the
 *               video; u64 frames recorded; the arrays of struct tlee_recording (what they hold
 *               of frames that are missing means nothing); u64 hash
 *
 * A hash is tlee_hash64 of what comes before it in its header or record.
 */
#ifndef TLEE_FEATURES_FILE_H
#define TLEE_FEATURES_FILE_H

#include "identity.h"
#include "tlee_replay.h"

/* {.fd = -1} is none. */
struct tlee_features_file {
    int fd;
    uint64_t record_bytes, bytes; /* of a record; of the header and all whole records */
    size_t videos;                /* in the list */
    uint64_t *places;             /* [videos]: where the video's record begins; 0: nowhere */
    size_t count;                 /* videos that have one */
    bool torn;                    /* an incomplete record was cut off when it was opened */
};

/*
 * Opens or makes the file, with path NULL one that has no name and goes away when it is closed, for
 * recordings like `like`. An incomplete record at the end is cut off. False with the reason: it
 * cannot be opened, locked or read, is no such file, is damaged, or is of another identity.
 */
bool tlee_features_open(struct tlee_features_file *file, const char *path,
                        const struct tlee_identity *of, const struct tlee_recording *like,
                        struct tlee_error *error);

/* Adds a recording of the video that recording->video says. When that fails, nothing of it stays.
 */
bool tlee_features_append(struct tlee_features_file *file, const struct tlee_recording *recording,
                          struct tlee_error *error);

/* Fills recording from the record of a video that has one. Threads may do so at once. */
bool tlee_features_read(const struct tlee_features_file *file, size_t video,
                        struct tlee_recording *recording, struct tlee_error *error);

void tlee_features_close(struct tlee_features_file *file);

#endif
