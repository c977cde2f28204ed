/* SPDX-License-Identifier: MIT */
/* A line of records, read. */
#include "reason.h"
#include "records.h"

#include <math.h>
#include <string.h>

enum field {
    INDEX,
    PATH,
    TRUTH,
    LABEL,
    FRAME,
    EXIT,
    GMAC,
    GMAC_PAPER,
    MS,
    TRUTH_RANK,
    FRAME_EXITS,
    ERROR,
    OF,
    FIELDS
};

enum {
    FOR_ALL = 1 << INDEX | 1 << PATH | 1 << TRUTH | 1 << OF,
    FOR_FAILED = FOR_ALL | 1 << ERROR,
    FOR_RUN = (1 << FIELDS) - 1 - (1 << ERROR),
    KEY_BYTES = 32 /* longer than any key by two: longer ones that are cut equal none */
};

/* A record while its line is being read. */
struct draft {
    struct tlee_record record;
    struct tlee_identity of;
    size_t exits; /* in frame_exits */
    char path[TLEE_RECORD_PATH_BYTES];
    char error[3 * TLEE_ERROR_BYTES];
    uint8_t frame_exits[TLEE_RECORD_FRAMES];
};

static bool get_size(struct tlee_json_in *in, size_t *value) {
    uint64_t number;
    if (!tlee_json_get_uint(in, &number))
        return false;
    if (number > SIZE_MAX)
        return tlee_json_reject(in, "a number out of range");
    *value = (size_t)number;
    return true;
}

/* Costs and times: not below zero. */
static bool get_amount(struct tlee_json_in *in, double *value) {
    if (!tlee_json_get_double(in, value))
        return false;
    return *value >= 0 || tlee_json_reject(in, "a number below zero");
}

static bool get_amount_or_null(struct tlee_json_in *in, double *value) {
    *value = (double)NAN;
    return tlee_json_peek(in) == 'n' ? tlee_json_get_null(in) : get_amount(in, value);
}

static bool get_exits(struct tlee_json_in *in, struct draft *draft) {
    size_t exit = 0;
    if (!tlee_json_enter(in, '['))
        return false;
    for (draft->exits = 0; tlee_json_next(in); draft->exits++) {
        if (!get_size(in, &exit))
            return false;
        if (draft->exits == TLEE_RECORD_FRAMES || exit > UINT8_MAX)
            return tlee_json_reject(in, "frame_exits out of range");
        draft->frame_exits[draft->exits] = (uint8_t)exit;
    }
    return !in->reason;
}

static bool get_field(struct tlee_json_in *in, enum field field, struct draft *draft) {
    struct tlee_record *record = &draft->record;
    switch (field) {
    case INDEX:
        return get_size(in, &record->index);
    case PATH:
        return tlee_json_get_text(in, draft->path, sizeof draft->path);
    case TRUTH:
        return get_size(in, &record->truth);
    case LABEL:
        return get_size(in, &record->label);
    case FRAME:
        return get_size(in, &record->frame);
    case EXIT:
        return get_size(in, &record->exit);
    case GMAC:
        return get_amount(in, &record->gmac);
    case GMAC_PAPER:
        return get_amount_or_null(in, &record->gmac_paper);
    case MS:
        return get_amount(in, &record->ms);
    case TRUTH_RANK:
        return get_size(in, &record->truth_rank);
    case FRAME_EXITS:
        return get_exits(in, draft);
    case ERROR:
        return tlee_json_get_text(in, draft->error, sizeof draft->error);
    case OF:
        return tlee_identity_read(&draft->of, in);
    case FIELDS:
        break;
    }
    return tlee_json_skip(in);
}

static enum field field_named(const char *key) {
    static const char *const names[] = {"index",       "path",  "truth",      "label", "frame",
                                        "exit",        "gmac",  "gmac_paper", "ms",    "truth_rank",
                                        "frame_exits", "error", "of"};
    size_t i = 0;
    while (i < FIELDS && strcmp(key, names[i]) != 0)
        i++;
    return (enum field)i;
}

/* The draft from one line; *seen becomes the fields that there are. */
static bool parse(struct tlee_json_in *in, struct draft *draft, unsigned *seen) {
    char key[KEY_BYTES];
    *seen = 0;
    tlee_json_enter(in, '{');
    while (tlee_json_next_key(in, key, sizeof key)) {
        enum field field = field_named(key);
        if (field < FIELDS && *seen >> field & 1)
            return tlee_json_reject(in, "a key that is there twice");
        if (field < FIELDS)
            *seen |= 1u << field;
        if (!get_field(in, field, draft))
            return false;
    }
    return tlee_json_finish(in);
}

/* NULL, or what contradicts itself. */
static const char *contradiction(const struct tlee_records *records, const struct draft *draft) {
    const struct tlee_record *record = &draft->record;
    if (record->index >= draft->of.videos)
        return "index is beyond the list";
    if (record->truth >= records->classes)
        return "truth is no class";
    if (record->error)
        return NULL;
    if (record->label >= records->classes || record->truth_rank >= records->classes)
        return "label or truth_rank is no class";
    if ((record->truth_rank == 0) != (record->label == record->truth))
        return "truth_rank does not fit label and truth";
    if (record->frame >= records->frames || draft->exits != record->frame + 1)
        return "frame does not fit frame_exits or the model";
    for (size_t t = 0; t < draft->exits; t++)
        if (draft->frame_exits[t] > records->branches)
            return "frame_exits has an exit that the model does not have";
    if (draft->frame_exits[record->frame] != record->exit)
        return "exit does not fit frame_exits";
    return NULL;
}

/* Takes the identity of the first record over; later ones must have the same. */
static bool check_identity(struct tlee_records *records, const struct tlee_identity *of,
                           size_t line, struct tlee_error *error) {
    char message[TLEE_ERROR_BYTES / 2];
    if (records->count)
        return tlee_identity_equal(of, &records->of, message, sizeof message) ||
               tlee_reason(error, "line %zu: is of %s, unlike the lines before", line, message);
    records->of = *of;
    if (!tlee_identity_number(of, "classes", &records->classes) ||
        !tlee_identity_number(of, "frames", &records->frames) ||
        !tlee_identity_number(of, "branches", &records->branches) ||
        records->classes > TLEE_RECORD_CLASSES || records->frames > TLEE_RECORD_FRAMES ||
        records->branches > UINT8_MAX)
        return tlee_reason(error,
                           "line %zu: classes, frames or branches are not among its "
                           "settings, or out of range",
                           line);
    return true;
}

bool tlee_records_add_line(struct tlee_records *records, const char *bytes, size_t length,
                           size_t line, uint64_t offset, struct tlee_error *error) {
    struct draft draft;
    struct tlee_json_in in;
    unsigned seen;
    draft.record = (struct tlee_record){.line = line, .offset = offset, .length = length + 1};
    draft.record.path = draft.path;
    draft.record.frame_exits = draft.frame_exits;
    tlee_json_in_start(&in, bytes, length);
    if (!parse(&in, &draft, &seen))
        return tlee_reason(error, "line %zu: byte %zu: %s", line, tlee_json_offset(&in), in.reason);
    draft.record.error = seen >> ERROR & 1 ? draft.error : NULL;
    unsigned needed = draft.record.error ? FOR_FAILED : FOR_RUN;
    if ((seen & needed) != needed)
        return tlee_reason(error, "line %zu: is no record of tlee eval: keys are missing", line);
    if (!check_identity(records, &draft.of, line, error))
        return false;
    const char *wrong = contradiction(records, &draft);
    if (wrong)
        return tlee_reason(error, "line %zu: %s", line, wrong);
    return tlee_records_add(records, &draft.record) || tlee_reason(error, "out of memory");
}
