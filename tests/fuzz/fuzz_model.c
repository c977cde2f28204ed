/* SPDX-License-Identifier: MIT */
/*
 * A whole model from any bytes: settings, network, memory plan, and a few frames. Checksums of
 * tensors are not asked for, so that damaged values and shapes come through.
 */
#include "seal.h"
#include "tlee.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Large enough for the seeds; keeps a fuzzer from waiting for huge, but legal, networks. */
enum {
    MEMORY_LIMIT = 8 << 20,
    MACS_LIMIT = 20000000
};

static void recognise(const tlee_model *model) {
    static const uint8_t rgb[3 * 40 * 30] = {128};
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    tlee_session *session;
    struct tlee_result result;
    if (tlee_session_create(model, NULL, &session, NULL) != TLEE_OK)
        return;
    tlee_session_begin(session, 0);
    for (int k = 0; k < 3 && decision != TLEE_FINISHED; k++)
        if (tlee_session_push_rgb8(session, rgb, 40, 30, 120, &decision, NULL) != TLEE_OK)
            break;
    if (decision == TLEE_FINISHED && tlee_session_result(session, &result) != TLEE_OK)
        abort();
    tlee_session_free(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    tlee_model *model;
    struct tlee_model_options options;
    struct tlee_model_info info;
    struct tlee_error error;
    unsigned char *file = sealed_copy(bytes, size);
    if (!file)
        return 0;
    tlee_model_options_default(&options);
    options.verify = 0;
    options.fold = size % 2 == 0;
    if (tlee_model_open_memory(file, size, &options, &model, &error) != TLEE_OK) {
        if (model || !error.message[0])
            abort();
    } else {
        tlee_model_get_info(model, &info);
        if (info.arena_bytes < MEMORY_LIMIT && info.macs_full / info.frames < MACS_LIMIT)
            recognise(model);
    }
    tlee_model_close(&model);
    free(file);
    return 0;
}
