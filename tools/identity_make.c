/* SPDX-License-Identifier: MIT */
/* The identity of what the command line asks for. */
#include "identity.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
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

void tlee_identity_add_real(struct tlee_identity *of, const char *key, double value) {
    char number[TLEE_NUMBER_BYTES];
    tlee_identity_add(of, "%s=%s", key, tlee_text_exact(number, value));
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

void tlee_identity_add_decisions(struct tlee_identity *of, const struct tlee_cli_options *options,
                                 const struct tlee_model_info *info) {
    const struct tlee_session_options *session = &options->session;
    double first = session->first_threshold, exit = session->exit_threshold;
    if (info->mode == TLEE_MODE_FULL)
        return; /* nobody decides */
    tlee_identity_add(of, "gate=%s", info->gate);
    if (!strcmp(info->gate, "random"))
        tlee_identity_add(of, "seed=%" PRIu64, session->seed);
    tlee_identity_add_real(of, "first", isnan(first) ? info->first_threshold : first);
    if (info->mode == TLEE_MODE_TS)
        tlee_identity_add_real(of, "exit", isnan(exit) ? info->exit_threshold : exit);
    if (strcmp(info->gate, "none") != 0)
        tlee_identity_add_real(of, "gate_threshold", session->gate_threshold);
}
