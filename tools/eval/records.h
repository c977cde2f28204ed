/* SPDX-License-Identifier: MIT */
/*
 * The records of tlee eval: a JSON object on a line of its own for each video, in the order in
 * which they were finished. Files of them are hostile input like any other. A last line without its
 * newline was torn when the program was killed or the disk was full: it counts for nothing.
 */
#ifndef TLEE_RECORDS_H
#define TLEE_RECORDS_H

#include "identity.h"

enum {
    TLEE_RECORD_BYTES = 4 * 1048576,                  /* of a line at most */
    TLEE_RECORD_CLASSES = 1 << 20,                    /* as many as a model may have */
    TLEE_RECORD_FRAMES = 4096,                        /* T at most */
    TLEE_RECORD_PATH_BYTES = 3 * TLEE_LIST_PATH_BYTES /* what is not UTF-8 grew in the record */
};

/* What statistics need of a video. Texts live as long as the record. */
struct tlee_record {
    size_t index, truth;
    const char *path;  /* as in LIST */
    const char *error; /* NULL: it ran; else the reason, and nothing below but the line is known */
    size_t label, truth_rank;
    size_t frame, exit;         /* where it was left */
    const uint8_t *frame_exits; /* [frame + 1]: the exit at which each frame ended */
    double gmac, gmac_paper;    /* the latter NaN where there are no figures */
    double ms;
    size_t line; /* in the file, from 1; 0: not from a file */
    uint64_t offset;
    size_t length; /* of the line, newline included */
    char *block;   /* where the texts lie */
};

/* {0} holds none. */
struct tlee_records {
    struct tlee_identity of;          /* of all of them; meaningless while there is none */
    size_t classes, frames, branches; /* as the settings there tell */
    struct tlee_record *items;
    size_t count, capacity;
    uint64_t whole; /* bytes of the file's whole lines */
    uint64_t torn;  /* bytes behind them */
};

/*
 * Reads the file from its first byte on, in its order; fd stays open and locks on it stay. False
 * with the reason, which names the line, but not the file. Lines of different identities in one
 * file are an error. Records are freed with tlee_records_free in any case.
 */
bool tlee_records_read(struct tlee_records *records, int fd, struct tlee_error *error);

/* Adds the record in bytes[0..length-1], a line without its newline. */
bool tlee_records_add_line(struct tlee_records *records, const char *bytes, size_t length,
                           size_t line, uint64_t offset, struct tlee_error *error);

/* Adds a copy of a record, with texts and frame_exits of its own; false without memory. */
bool tlee_records_add(struct tlee_records *records, const struct tlee_record *record);

/* Sorts by index. False when two are about the same video. */
bool tlee_records_sort(struct tlee_records *records, struct tlee_error *error);

/* Leaves those that keep says. */
void tlee_records_filter(struct tlee_records *records,
                         bool (*keep)(const void *cookie, const struct tlee_record *record),
                         const void *cookie);

/* Leaves none. */
void tlee_records_free(struct tlee_records *records);

#endif
