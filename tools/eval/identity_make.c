/* SPDX-License-Identifier: MIT */
/* The identity of what the command line asks for. */
#include "identity.h"
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tlee_identity_begin(struct tlee_identity *of, const struct tlee_model_info *info,
                         const struct tlee_list *list) {
    memset(of, 0, sizeof *of);
    snprintf(of->model, sizeof of->model, "%016" PRIx64, info->fingerprint);
    snprintf(of->list, sizeof of->list, "%016" PRIx64, list->hash);
    of->videos = list->count;
}

void tlee_identity_add(struct tlee_identity *of, const char *format, ...) {
    size_t used = strlen(of->settings);
    if (used && used + 1 < sizeof of->settings)
        of->settings[used++] = ' ';
    va_list args;
    va_start(args, format);
    vsnprintf(of->settings + used, sizeof of->settings - used, format, args);
    va_end(args);
}

void tlee_identity_add_network(struct tlee_identity *of, const struct tlee_cli_options *options,
                               const struct tlee_model_info *info) {
    const struct tlee_video_options *video = &options->video;
    tlee_identity_add(of, "classes=%zu frames=%zu branches=%zu mode=%s", info->classes,
                      info->frames, info->branches, tlee_cli_mode_name(info->mode));
    if (video->sequential)
        tlee_identity_add(of, "order=sequential every=%zu", video->every);
    else
        tlee_identity_add(of, "order=model");
    tlee_identity_add(of, "matrix=%s", video->matrix == TLEE_MATRIX_BT709 ? "bt709" : "bt601");
    tlee_identity_add(of, "exact=%d fold=%d", options->model.exact != 0, options->model.fold != 0);
}

/* One number where all exits have the same. In mode t there is but the last one. */
static void add_exits(struct tlee_identity *of, const char *key, const double *values,
                      const struct tlee_model_info *info) {
    char text[TLEE_EXITS_MAX * TLEE_NUMBER_BYTES] = "", number[TLEE_NUMBER_BYTES];
    size_t first = info->mode == TLEE_MODE_TS ? 0 : info->branches, end = first + 1;
    for (size_t b = first; b <= info->branches; b++)
        if (values[b] != values[first])
            end = info->branches + 1;
    for (size_t b = first; b < end; b++) {
        strcat(text, b > first ? "," : "");
        strcat(text, tlee_text_exact(number, values[b]));
    }
    tlee_identity_add(of, "%s=%s", key, text);
}

void tlee_identity_add_decisions(struct tlee_identity *of, const struct tlee_cli_options *options,
                                 const struct tlee_model_info *info) {
    struct tlee_thresholds at;
    bool warm = false;
    if (tlee_cli_thresholds(options, info, &at) != TLEE_EXIT_OK)
        return; /* the model would not have been opened */
    for (size_t b = info->mode == TLEE_MODE_TS ? 0 : info->branches; b <= info->branches; b++)
        warm = warm || at.temperature[b] != 1;
    if (warm)
        add_exits(of, "temperature", at.temperature, info);
    if (info->mode == TLEE_MODE_FULL)
        return; /* nobody decides */
    tlee_identity_add(of, "gate=%s", info->gate);
    if (!strcmp(info->gate, "random"))
        tlee_identity_add(of, "seed=%" PRIu64, options->session.seed);
    add_exits(of, "first", at.first, info);
    if (info->mode == TLEE_MODE_TS)
        add_exits(of, "exit", at.exit, info);
    if (strcmp(info->gate, "none") != 0)
        add_exits(of, "gate_threshold", at.gate, info);
}
