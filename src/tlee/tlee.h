/* SPDX-License-Identifier: MIT */
/*
 * TLEE: video recognition with a 2D CNN that stops early in time and in depth.
 *
 * A model (tlee_model) is opened from a weights file, never changes afterwards and may be shared by
 * any number of threads. A session (tlee_session) belongs to a model, holds the state of one video
 * and its working memory, and is used by one thread at a time; after its creation it allocates
 * nothing. Close a model only after its sessions are freed. Pictures go in as 8-bit RGB of any
 * size, or as prepared tensors: 1 x 3 x side x side float32, NCHW, already normalised.
 *
 *     tlee_model_open("model.tlee", NULL, &model, &error);
 *     tlee_session_create(model, NULL, &session, &error);
 *     tlee_session_begin(session, 0);
 *     do { ... next picture of the video, in processing order ...
 *         tlee_session_push_rgb8(session, rgb, width, height, row_bytes, &decision, &error);
 *     } while (decision != TLEE_FINISHED);
 *     tlee_session_result(session, &result);
 *
 * tlee_video.h picks the right frames out of a file, folder or stream, in the right order;
 * tlee_replay.h tells what other thresholds would have decided.
 * Pointers to models, sessions and results must not be NULL, unless a function says so. While a
 * model is made ready or a session computes, threads round to nearest, trap nothing and take
 * denormal numbers as zero; the caller's own floating-point settings do not matter and are back on
 * return.
 *
 * The method: TLEE, IEEE Internet of Things Journal 2023, doi 10.1109/JIOT.2023.3293506. "Spec
 * section N" is one of src/tlee/SPEC.md: what the published program does, quirks included.
 */
#ifndef TLEE_H
#define TLEE_H

#include "tlee_base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TLEE_VERSION_MAJOR 0
#define TLEE_VERSION_MINOR 1
#define TLEE_VERSION_PATCH 0

/* "MAJOR.MINOR.PATCH" of the library that is linked, which may differ from the header's. */
TLEE_API const char *tlee_version(void);

/* ---- Model ---- */

typedef struct tlee_model tlee_model;

/* How the bytes of a weights file get into memory. */
enum tlee_load {
    TLEE_LOAD_READ, /* read(2): safe against a file that changes while it is in use */
    TLEE_LOAD_MAP,  /* mmap(2): the file must not be cut short or rewritten until the model is
                       closed */
    TLEE_LOAD_AUTO  /* MAP for prepared files, READ for others */
};

/* Which early exits are taken. */
enum tlee_mode {
    TLEE_MODE_AS_MODEL, /* what the model's own configuration says */
    TLEE_MODE_TS,       /* temporal and layer exits: branches, gate and thresholds */
    TLEE_MODE_T,        /* temporal exits only: the last exit of each frame */
    TLEE_MODE_FULL      /* every frame whole, answer at the last frame; no gate, no thresholds */
};

/* Who decides between the first and the last frame whether the video is finished. */
enum tlee_gate {
    TLEE_GATE_AS_MODEL,
    TLEE_GATE_NONE,      /* nobody: never finished there */
    TLEE_GATE_IF_STORED, /* the model's own; NONE when its file holds none */
    TLEE_GATE_RANDOM     /* a fair coin, a function of seed, video index, frame and exit */
};

enum {
    TLEE_CPU_AUTO = -1
};

enum {
    TLEE_EXITS_MAX = 4 /* B + 1 at most */
};

/*
 * What is decided by at each exit; entry b is for exit b. As published one number serves all exits
 * and the temperatures are 1. Where NaN is allowed it stands for the model's own.
 */
struct tlee_thresholds {
    double first[TLEE_EXITS_MAX];       /* first frame: finished when surer than this */
    double exit[TLEE_EXITS_MAX];        /* on to the next frame when surer than this */
    double gate[TLEE_EXITS_MAX];        /* finished when the gate says this or more */
    double temperature[TLEE_EXITS_MAX]; /* how sure: softmax of the scores divided by this */
};

/* Puts value at every exit. */
TLEE_API void tlee_thresholds_fill(double values[TLEE_EXITS_MAX], double value);

/* Which methods of convolutions are fastest on a machine; see "Tuning". */
typedef struct tlee_tuning tlee_tuning;

/* Fill with tlee_model_options_default, then change fields. NULL stands for the defaults. */
struct tlee_model_options {
    size_t size;         /* sizeof this struct: tells a header of another version */
    enum tlee_load load; /* AUTO */
    enum tlee_mode mode; /* AS_MODEL; weights that the mode never uses are not prepared */
    enum tlee_gate gate; /* AS_MODEL */
    int cpu;             /* TLEE_CPU_AUTO, or TLEE_CPU_ bits, all of which must be available */
    int fold;  /* 1: batch-norm is folded into the layer before it; 0: every op by itself, with
                  convolutions by their definition in plain C */
    int exact; /* 1: no transform-domain convolution, no merged layers; 0 */
    unsigned
        threads; /* that prepare weights while opening; 1. Results do not depend on it. 1..256 */
    int verify;  /* 1: check the checksum of every tensor while opening, unless the file is
                    prepared; 2: in any case; 0: never. 1 */
    tlee_tuning *tuning; /* NULL: methods of convolutions by shape and instruction set alone. Else
                            those that it knows, and what it does not know is measured while
                            opening and added. Used until the model is open, by one at a time.
                            Nothing is to be chosen with exact = 1, fold = 0 or a prepared file */
    const struct tlee_allocator *allocator; /* NULL: malloc and free; copied */
};
TLEE_API void tlee_model_options_default(struct tlee_model_options *options);

/*
 * Opens a weights file, or makes a `random:BACKBONE[,KEY=VALUE...]` model from a fixed formula.
 * name: path or random: description. options: may be NULL. *out: the model, closed with
 * tlee_model_close; NULL on failure, with nothing leaked. error may be NULL.
 * IO, FORMAT, VERSION: the file; SHAPE: tensors and settings disagree; UNSUPPORTED: instruction
 * set, or something the published system itself could not do; ARG: a malformed random: description.
 */
TLEE_API enum tlee_status tlee_model_open(const char *name,
                                          const struct tlee_model_options *options,
                                          tlee_model **out, struct tlee_error *error);

/* The same from a weights file's bytes, which stay the caller's and must outlive the model. */
TLEE_API enum tlee_status tlee_model_open_memory(const void *bytes, size_t length,
                                                 const struct tlee_model_options *options,
                                                 tlee_model **out, struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *model to NULL. */
TLEE_API void tlee_model_close(tlee_model **model);

/*
 * Writes the model to path as a prepared file: weights as its instruction set's kernels read them,
 * of the exits that its mode takes, so that opening it computes nothing and reads no more than it
 * must. Such a file opens with the settings it was made with where the options leave them open;
 * other settings, machines without the instruction set and other versions of the engine are
 * refused. The file appears whole or not at all. IO: it cannot be written; UNSUPPORTED: the model
 * was opened with fold = 0, or from a prepared file.
 */
TLEE_API enum tlee_status tlee_model_write_prepared(const tlee_model *model, const char *path,
                                                    struct tlee_error *error);

/*
 * Writes the weights file `model` to path with other thresholds and temperatures: NaN leaves what
 * the file has, everything else is copied as it is. What the published system could not have, a
 * number for each exit, a gate's threshold or a temperature, is written so that engines that do not
 * know it refuse the file. The file appears whole or not at all, in place of `model` when path is
 * the same. ARG: out of range; IO, FORMAT: either file; UNSUPPORTED: a random: model.
 */
TLEE_API enum tlee_status tlee_write_thresholds(const char *model,
                                                const struct tlee_thresholds *thresholds,
                                                const char *path, struct tlee_error *error);

/* ---- Tuning ---- */

/*
 * By default the method that computes a convolution follows from its shape and the instruction set.
 * A tuning holds the methods that were fastest in a measurement instead. Measuring takes each shape
 * some 0.3 s and meanwhile 200 MB, with the threads of the model's options, on a machine that
 * should have nothing else to do. Methods differ in rounding, so answers are the same bits another
 * time or with other threads only with the same tuning, which a file can keep.
 *
 * *out: a tuning with what the file at path knows; an empty one when there is no such file or path
 * is NULL. Freed with tlee_tuning_free. allocator NULL: malloc and free; copied.
 * IO: the file cannot be read; FORMAT: a line of it is not as it should be; VERSION; NOMEM. *out is
 * NULL on failure.
 */
TLEE_API enum tlee_status tlee_tuning_open(const char *path, const struct tlee_allocator *allocator,
                                           tlee_tuning **out, struct tlee_error *error);

/* The number of shapes that were measured since it was opened. */
TLEE_API size_t tlee_tuning_measured(const tlee_tuning *tuning);

/* Writes all that it knows to path. The file appears whole or not at all. IO: it cannot be written;
 * NOMEM. */
TLEE_API enum tlee_status tlee_tuning_write(const tlee_tuning *tuning, const char *path,
                                            struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *tuning to NULL. */
TLEE_API void tlee_tuning_free(tlee_tuning **tuning);

/* ---- What a model is ---- */

/* Facts about a model. Pointers live as long as the model. */
struct tlee_model_info {
    const char *backbone; /* "resnet50", ... */
    const char *dataset;  /* "ucf101" has the feature MLP */
    const char *reuse;    /* feature reuse: "mp", "ap", "ema", "none", "frm", "na" */
    const char *gate;     /* gate in use: "gm", "eg", "random", "none" */
    const char *source;   /* what the file was made from; NULL when it does not say */
    const char *isa;      /* kernels in use: "c", "avx2", "avx512", "neon" */
    int prepared;         /* 1: opened from a prepared file */
    enum tlee_mode mode;  /* in use: TS, T or FULL */
    size_t classes;
    size_t branches; /* B of the file; exits are numbered 0..B */
    size_t frames;   /* T, frames sampled from a video */
    const size_t
        *order; /* T entries: position k of the order is the sampled frame processed k-th */
    int published_order;               /* 1: the order that the published system uses for this T */
    size_t resize;                     /* shorter side after the resize, pixels */
    size_t side;                       /* network input, pixels */
    size_t feature;                    /* D, length of the running feature */
    struct tlee_thresholds thresholds; /* as configured, up to exit B; first and exit are NaN when
                                          the model has none */
    uint64_t parameters;         /* learned numbers in use, batch-norm statistics not counted */
    uint64_t weight_bytes;       /* prepared weights in memory */
    uint64_t plain_weight_bytes; /* the same before packing, transforms and merging */
    uint64_t half_weight_bytes;  /* of weight_bytes, those in half precision */
    uint64_t arena_bytes;        /* working memory of a session of one thread */
    uint64_t workspace_bytes;    /* of it, what convolutions use while they run */
    uint64_t macs_full;          /* multiply-accumulates of a whole video in mode FULL */
    double paper_gmac_full;      /* the same in the paper convention; NaN without figures */
    uint64_t fingerprint; /* of the weights and of what scores depend on beside them; thresholds,
                             mode, gate and names of classes are no part of it */
};
TLEE_API void tlee_model_get_info(const tlee_model *model, struct tlee_model_info *info);

/* Cost of one exit, in multiply-accumulates (MACs) of convolutions and linear layers. */
struct tlee_exit_info {
    size_t exit;   /* b */
    uint64_t macs; /* frame at 0 < t < T-1 through exits up to b, heads and gate included */
    uint64_t macs_backbone; /* backbone stages alone, up to this exit */
    double paper_gmac;      /* the published figure, in 1e9; NaN where there is none */
};

/* Number of exits that the mode in use can take: B + 1 in mode TS, else 1. */
TLEE_API size_t tlee_model_exit_count(const tlee_model *model);

/* index < tlee_model_exit_count. */
TLEE_API void tlee_model_get_exit(const tlee_model *model, size_t index,
                                  struct tlee_exit_info *info);

/* One op of the network, in the order of execution. Pointers live as long as the model. */
struct tlee_layer_info {
    const char *part;    /* "stage 0", "branch 0", "feature", "reuse", "classifier", "gate" */
    const char *name;    /* as in PyTorch, "backbone.baseModel.4.0.conv1" */
    const char *op;      /* "conv2d", "batch_norm", ... */
    const char *method;  /* of a convolution: "gemm", "winograd4" (tiles of 4 x 4), "depthwise", "in
                            next" (within the next layer, whose time is for both); NULL: by its
                            definition, or no convolution */
    size_t input[3];     /* c, h, w */
    size_t output[3];    /* c, h, w */
    uint64_t macs;       /* of one execution, by the op's formula whatever the method; of two merged
                            layers ("fc1+mlp.layers.0") those of both */
    uint64_t parameters; /* learned numbers of the op; of two merged layers those of the first */
    size_t executions;   /* for a frame that goes through all exits */
    size_t kernel[2];    /* h, w of the window of a convolution or pooling; of a linear layer that
                            is a 1x1 convolution in PyTorch, 1 and 1. Zeros: none */
    size_t stride[2], padding[2]; /* h, w, with a window */
    size_t groups;                /* of a convolution; of a linear layer that is one in PyTorch, 1.
                                     0: neither */
    int bias; /* 1: a number is added to each channel: the bias of a convolution, linear layer or
                 batch-norm, and what is folded into it */
};
TLEE_API size_t tlee_model_layer_count(const tlee_model *model);
TLEE_API void tlee_model_get_layer(const tlee_model *model, size_t index,
                                   struct tlee_layer_info *info);

/* Name of a class; NULL when the model has no names or the class does not exist. */
TLEE_API const char *tlee_model_label(const tlee_model *model, size_t class_index);

/*
 * Reads a whole weights file and checks every checksum and bound, and that the network with all its
 * exits can be built from it, whatever its mode. A gate that is missing is no fault, as such a
 * model runs without one. tensors, bytes: filled on success, may be NULL.
 */
TLEE_API enum tlee_status tlee_verify(const char *path, size_t *tensors, uint64_t *bytes,
                                      struct tlee_error *error);

/* ---- Session ---- */

typedef struct tlee_session tlee_session;

/* Fill with tlee_session_options_default, then change fields. NULL stands for the defaults. */
struct tlee_session_options {
    size_t size;      /* sizeof this struct: tells a header of another version */
    unsigned threads; /* 1: the caller's own; results do not depend on it. 1..256 */
    int spin; /* 1: threads that wait for each other look for some 100 us, then sleep; 0: they sleep
                 at once. With OPENMP=1 that is for the OpenMP runtime to say */
    struct tlee_thresholds thresholds; /* 0..1, temperatures 0.001..1000; NaN, the default: the
                                          model's */
    uint64_t seed;                     /* of the random gate; 0 */
};
TLEE_API void tlee_session_options_default(struct tlee_session_options *options);

/*
 * A session of model, which must outlive it. The only allocations of its life happen here, with the
 * model's allocator (a build with OPENMP=1 leaves its threads to that library). ARG: an option out
 * of range; NOMEM; IO: a thread could not be started. On failure *out is NULL.
 */
TLEE_API enum tlee_status tlee_session_create(const tlee_model *model,
                                              const struct tlee_session_options *options,
                                              tlee_session **out, struct tlee_error *error);

/* Accepts NULL and a pointer to NULL; sets *session to NULL. */
TLEE_API void tlee_session_free(tlee_session **session);

/* Starts a video: forgets features, steps and costs of the one before. video_index enters the
 * random gate's coin and nothing else. */
TLEE_API void tlee_session_begin(tlee_session *session, uint64_t video_index);

enum tlee_decision {
    TLEE_NEXT_FRAME, /* push the next frame */
    TLEE_FINISHED    /* the video is decided */
};

/*
 * Recognises the next frame in processing order, given as prepared input: 3 * side * side floats,
 * not kept, any alignment. *decision says whether the video is decided; it always is after frame
 * T - 1. ARG: pushed after the end, or before tlee_session_begin; NUMERIC: logits or a gate that
 * are not finite, named by frame and exit; the video is lost then.
 */
TLEE_API enum tlee_status tlee_session_push(tlee_session *session, const float *frame,
                                            enum tlee_decision *decision, struct tlee_error *error);

/*
 * The same for a picture of 8-bit RGB: width x height pixels of 3 bytes, rows row_bytes apart
 * (at least 3 * width). Resized, cropped and normalised as the model says. SHAPE: after the resize
 * the crop does not fit.
 */
TLEE_API enum tlee_status tlee_session_push_rgb8(tlee_session *session, const uint8_t *rgb,
                                                 size_t width, size_t height, size_t row_bytes,
                                                 enum tlee_decision *decision,
                                                 struct tlee_error *error);

/* Ends a video whose frames ran out: the last step's answer stands, as does that of a video which
 * is decided already. ARG: no frame was pushed. */
TLEE_API enum tlee_status tlee_session_finish(tlee_session *session, struct tlee_error *error);

/* The answer, once the video is decided. */
struct tlee_result {
    size_t label;      /* class; ties go to the lowest */
    float confidence;  /* its softmax probability */
    size_t frame;      /* t at which the video ended */
    size_t exit;       /* b there */
    uint64_t macs;     /* what the formulas of the path taken perform */
    double paper_gmac; /* the paper's figure for it, in 1e9; NaN where there is none */
    uint64_t ns;       /* preprocessing and network */
};

/* ARG: the video is not decided. */
TLEE_API enum tlee_status tlee_session_result(const tlee_session *session,
                                              struct tlee_result *result);

/* softmax of the deciding exit at its temperature: probabilities[classes], each in 0..1. SHAPE if
 * classes differs. */
TLEE_API enum tlee_status tlee_session_probabilities(const tlee_session *session,
                                                     float *probabilities, size_t classes);

/* One exit that was evaluated. logits live until the next tlee_session_begin. */
struct tlee_step {
    size_t frame; /* t */
    size_t exit;  /* b */
    float confidence;
    float gate; /* what the gate said, 0..1; NaN where it was not asked */
    size_t top1;
    const float *logits; /* float[classes] */
    uint64_t ns;         /* preprocessing and network since the step before */
};
TLEE_API size_t tlee_session_step_count(const tlee_session *session);

/* index < tlee_session_step_count. */
TLEE_API void tlee_session_get_step(const tlee_session *session, size_t index,
                                    struct tlee_step *step);

/* ---- Auditing ---- */

/* What an op has just computed. Pointers are valid during the call only. */
struct tlee_observed {
    const char *part, *name, *op; /* as in tlee_layer_info */
    size_t frame;                 /* t; 0 outside of a video ("Measuring") */
    size_t exit;                  /* b, to which the frame is on its way */
    const float *data;            /* shape[0] * shape[1] * shape[2] floats */
    size_t shape[3];              /* c, h, w */
    int vector;                   /* 1: PyTorch has one axis there, (c); 0: (c, h, w) */
};
typedef void tlee_observer(void *cookie, const struct tlee_observed *seen);

/*
 * Calls observer after each op from now on, in the thread that pushes; NULL ends it. A layer that
 * is computed within the next one has no result to show; without folding (tlee_model_options) every
 * op stands by itself. Two things are shown that are no ops: before the first op of a frame its
 * prepared input, with "input" as part, name and op; after each exit's reuse step, with part "exit"
 * and "feature" as name and op, the running feature z that the classifier scores. NOMEM: no room
 * for a copy of the largest map, which is taken at the first call; nothing has changed then.
 */
TLEE_API enum tlee_status tlee_session_observe(tlee_session *session, tlee_observer *observer,
                                               void *cookie, struct tlee_error *error);

/* ---- Measuring ---- */

/*
 * The backbone alone on one prepared frame (as tlee_session_push takes it): no branch, no head. Its
 * last feature goes to feature, which may be NULL, and has tlee_model_feature_count floats. Ends a
 * video that is under way.
 */
TLEE_API enum tlee_status tlee_session_backbone(tlee_session *session, const float *frame,
                                                float *feature);
TLEE_API size_t tlee_model_feature_count(const tlee_model *model);

/*
 * One frame through the exits 0..index (of tlee_model_exit_count), each with all that it may cost
 * between the first and the last frame: branch, feature, reuse, classifier, gate. Takes no decision
 * and ends a video that is under way. layer_ns may be NULL; otherwise the time of each layer, in
 * the order of tlee_model_get_layer, is added to layer_ns[layer]. ARG: no such exit.
 */
TLEE_API enum tlee_status tlee_session_exit(tlee_session *session, const float *frame, size_t index,
                                            uint64_t *layer_ns);

/*
 * How many 10^9 floating-point operations a second one core reaches with the instruction set in
 * use: multiply-adds in registers, each counted as two, the best of several bursts. Takes about
 * 40 ms.
 */
TLEE_API double tlee_model_peak_gflops(const tlee_model *model);

#ifdef __cplusplus
}
#endif
#endif
