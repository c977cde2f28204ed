/* SPDX-License-Identifier: MIT */
/*
 * What other settings would have decided, without running the network again.
 *
 * A recording holds, of one video, the feature that each exit of each frame makes before reuse, and
 * what each piece of the work took. Replaying runs reuse, classifier and gate on these features, by
 * the same kernels and the same decision as a session: answer, path, confidences, gate values and
 * costs are those of a run with the settings, bit for bit.
 *
 *     tlee_recording_create(model, &recording, &error);
 *     tlee_session_record(session, recording, &error);
 *     ... a video through the session, as always; it sees all frames and exits ...
 *     tlee_replay_create(recording, 1 << 20, &replay, &error);
 *     tlee_replay_settings_default(&settings);
 *     tlee_thresholds_fill(settings.thresholds.exit, 0.7);
 *     tlee_replay_run(replay, session, &settings, &result, &error);
 *
 * These can be replayed: thresholds and temperatures, common or of each exit; the mode in which the
 * recording was made and those that take fewer exits (TS > T > FULL); the model's own gate, none,
 * or a coin with any seed.
 *
 * These need a recording of their own, as features depend on them: which frames are looked at and
 * in which order, how many (T), their preprocessing, weights, branches, and how the network is
 * computed (instruction set, exact, fold, tuning). Features before reuse do not depend on the reuse
 * function, classifier and gate; but these come with the model, so another of them is another
 * model.
 */
#ifndef TLEE_REPLAY_H
#define TLEE_REPLAY_H

#include "tlee.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Recording ---- */

/* Nanoseconds that an exit took. */
struct tlee_exit_times {
    uint64_t stage;   /* the backbone from the exit before */
    uint64_t feature; /* branch and feature MLP */
    uint64_t score;   /* reuse and classifier */
    uint64_t gate;    /* 0 where a gate is never asked */
};

/* One video with all exits of all its frames; arrays in row-major order. They may be filled by hand
 * with what was recorded before. */
struct tlee_recording {
    const tlee_model *model;
    size_t most_frames, exits, feature, classes; /* of the model: T; those that its mode takes; D */
    uint64_t video;                              /* index, which enters the random gate's coin */
    size_t frames;                               /* recorded: T, or fewer of a stream that ended */
    float *features;                             /* [frame][exit][feature], before reuse */
    float *scores;                 /* [frame][exit][class], where every exit is evaluated */
    uint64_t *input_ns;            /* [frame]: from the picture to the network's input */
    struct tlee_exit_times *times; /* [frame][exit] */
};

/* Room for one video of model, which must outlive it. NOMEM; *out is NULL on failure. */
TLEE_API enum tlee_status tlee_recording_create(const tlee_model *model,
                                                struct tlee_recording **out,
                                                struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *recording to NULL. */
TLEE_API void tlee_recording_free(struct tlee_recording **recording);

/*
 * From now on videos that go through the session are recorded, each over the one before: every exit
 * of every frame is evaluated, and the last frame's last one answers. NULL ends it. A video that is
 * under way is lost. ARG: the recording is of another model.
 */
TLEE_API enum tlee_status tlee_session_record(tlee_session *session,
                                              struct tlee_recording *recording,
                                              struct tlee_error *error);

/* ---- Replaying ---- */

/* Fill with tlee_replay_settings_default, then change fields. */
struct tlee_replay_settings {
    size_t size;                       /* sizeof this struct: tells a header of another version */
    enum tlee_mode mode;               /* AS_MODEL: that of the recording */
    enum tlee_gate gate;               /* AS_MODEL, NONE or RANDOM; IF_STORED is AS_MODEL */
    struct tlee_thresholds thresholds; /* as of a session; NaN: the model's */
    uint64_t seed;                     /* of the random gate; 0 */
};
TLEE_API void tlee_replay_settings_default(struct tlee_replay_settings *settings);

/* One video that is replayed again and again, and what was found out about it. */
typedef struct tlee_replay tlee_replay;

/*
 * A replay of recording, which must outlive it and stay as it is. Settings that take the same steps
 * share what was computed: up to `memory` bytes are used to keep it (20 for each different path to
 * an exit), and the rest is computed each time. NOMEM; ARG: nothing is recorded. *out is NULL on
 * failure.
 */
TLEE_API enum tlee_status tlee_replay_create(const struct tlee_recording *recording, size_t memory,
                                             tlee_replay **out, struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *replay to NULL. */
TLEE_API void tlee_replay_free(tlee_replay **replay);

/*
 * The video with these settings. session: of the same model; serves as working memory and loses the
 * video that is under way; its own options do not matter. result: as of tlee_session_result, and ns
 * is what the pieces of the work took when they were recorded. What was kept is forgotten when a
 * temperature changes. ARG: out of range, or session of another model; UNSUPPORTED: the settings
 * take more exits than were recorded; NUMERIC: as of tlee_session_push.
 */
TLEE_API enum tlee_status tlee_replay_run(tlee_replay *replay, tlee_session *session,
                                          const struct tlee_replay_settings *settings,
                                          struct tlee_result *result, struct tlee_error *error);

/* The steps of the last run; ns as recorded, logits are NULL. index < tlee_replay_step_count. */
TLEE_API size_t tlee_replay_step_count(const tlee_replay *replay);
TLEE_API void tlee_replay_get_step(const tlee_replay *replay, size_t index, struct tlee_step *step);

#ifdef __cplusplus
}
#endif
#endif
