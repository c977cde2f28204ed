/* SPDX-License-Identifier: MIT */
/*
 * Files of records, one for each share of a list, joined in the list's order. What does not belong
 * together is refused: gaps, overlaps and records of another identity.
 */
#ifndef TLEE_MERGE_RECORDS_H
#define TLEE_MERGE_RECORDS_H

#include "records.h"

/* One of the files. */
struct tlee_merge_part {
    const char *name;
    int fd; /* holds a lock: nobody writes to the file meanwhile */
    struct tlee_records records;
};

/* {0} is an empty one. */
struct tlee_merge {
    struct tlee_merge_part *parts;
    size_t part_count;
    struct tlee_records all; /* the records of all parts, sorted by index */
    size_t *part_of;         /* [all.count]: the part that a record comes from */
};

/*
 * Reads the files `names` and joins their records, which must be those of a whole list. Returns the
 * command's exit status and has said what is wrong: of a file by its name, of gaps by the name of
 * `output`, the file that is not written. In any case the merge is ended with tlee_merge_free.
 */
int tlee_merge_files(struct tlee_merge *merge, const char *const *names, size_t count,
                     const char *output);

/* Writes the lines as they are, in the order of the list, into `output`, which takes the place of a
 * file of that name when it is whole. Says what is wrong and returns the status, as above. */
int tlee_merge_write(const struct tlee_merge *merge, const char *output);

void tlee_merge_free(struct tlee_merge *merge);

#endif
