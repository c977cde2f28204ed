/* SPDX-License-Identifier: MIT */
#include "small_model.h"

#include "test.h"

tlee_model *small_model_open(const char *name) {
    struct tlee_error error = {0};
    tlee_model *model = NULL;
    enum tlee_status status = tlee_model_open(name, NULL, &model, &error);
    CHECK(status == TLEE_OK && model, "%s: %s", name, error.message);
    return model;
}

static void paint(uint8_t *rgb, size_t width, size_t height, unsigned seed) {
    for (size_t i = 0; i < 3 * width * height; i++)
        rgb[i] = (uint8_t)((i * 7 + seed * 31 + (i / 97) * seed) >> 1);
}

bool small_model_recognise(tlee_session *session, uint64_t video, struct tlee_result *result) {
    uint8_t rgb[3 * 80 * 60];
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    tlee_session_begin(session, video);
    for (unsigned k = 0; decision != TLEE_FINISHED; k++) {
        paint(rgb, 80, 60, k);
        if (tlee_session_push_rgb8(session, rgb, 80, 60, 3 * 80, &decision, NULL) != TLEE_OK)
            return false;
    }
    return tlee_session_result(session, result) == TLEE_OK;
}
