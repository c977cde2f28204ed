/* SPDX-License-Identifier: MIT */
#include "prepared.h"

#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Better sets build on the ones below them. */
static const struct {
    const char *name;
    unsigned cpu;
} sets[] = {{"c", TLEE_CPU_C},
            {"avx2", TLEE_CPU_AVX2},
            {"avx512", TLEE_CPU_AVX2 | TLEE_CPU_AVX512},
            {"neon", TLEE_CPU_NEON}};
static const char *const mode_names[] = {"", "ts", "t", "full"};

/* ---- Reading ---- */

static enum tlee_status expect_one(const char *key, size_t count, struct tlee_error *error) {
    if (count == 1)
        return TLEE_OK;
    return tlee_fail(error, TLEE_ERR_FORMAT, -1, "key '%s' has %zu values, must have 1", key,
                     count);
}

/* The one text of that key, in *value. */
static enum tlee_status read_text(const struct tlee_weights *weights, const char *key,
                                  const char **value, struct tlee_error *error) {
    size_t count = 0;
    const char *const *values = NULL;
    enum tlee_status status = tlee_weights_texts(weights, key, &count, &values, error);
    if (status == TLEE_OK)
        status = expect_one(key, count, error);
    if (status == TLEE_OK)
        *value = values[0];
    return status;
}

static enum tlee_status read_int(const struct tlee_weights *weights, const char *key,
                                 int64_t *value, struct tlee_error *error) {
    size_t count = 0;
    const int64_t *values = NULL;
    enum tlee_status status = tlee_weights_ints(weights, key, &count, &values, error);
    if (status == TLEE_OK)
        status = expect_one(key, count, error);
    if (status == TLEE_OK)
        *value = *values;
    return status;
}

static enum tlee_status fail_value(const char *key, const char *value, struct tlee_error *error) {
    return tlee_fail(error, TLEE_ERR_FORMAT, -1, "key '%s' has the value '%.40s'", key, value);
}

static enum tlee_status read_mode(struct tlee_prepared *prepared,
                                  const struct tlee_weights *weights, struct tlee_error *error) {
    const char *text = NULL;
    enum tlee_status status = read_text(weights, "prepared.mode", &text, error);
    if (status != TLEE_OK)
        return status;
    for (int mode = TLEE_MODE_TS; mode <= TLEE_MODE_FULL; mode++)
        if (!strcmp(text, mode_names[mode])) {
            prepared->mode = (enum tlee_mode)mode;
            return TLEE_OK;
        }
    return fail_value("prepared.mode", text, error);
}

static enum tlee_status read_gate(struct tlee_prepared *prepared,
                                  const struct tlee_weights *weights, struct tlee_error *error) {
    static const char *const names[] = {
        [TLEE_GATE_AS_MODEL] = "model", [TLEE_GATE_NONE] = "none", [TLEE_GATE_RANDOM] = "random"};
    const char *text = NULL;
    enum tlee_status status = read_text(weights, "prepared.gate", &text, error);
    if (status != TLEE_OK)
        return status;
    for (int gate = TLEE_GATE_AS_MODEL; gate <= TLEE_GATE_RANDOM; gate++)
        if (names[gate] && !strcmp(text, names[gate])) {
            prepared->gate = (enum tlee_gate)gate;
            return TLEE_OK;
        }
    return fail_value("prepared.gate", text, error);
}

enum tlee_status tlee_prepared_read(struct tlee_prepared *prepared,
                                    const struct tlee_weights *weights, struct tlee_error *error) {
    *prepared = (struct tlee_prepared){0};
    if (!tlee_weights_is_prepared(weights))
        return TLEE_OK;
    int64_t version = 0, exact = 0, fingerprint = 0;
    enum tlee_status status = read_int(weights, "prepared.version", &version, error);
    if (status == TLEE_OK && version != TLEE_PREPARED_VERSION)
        return tlee_fail(error, TLEE_ERR_VERSION, -1,
                         "it is prepared in version %" PRId64 ", this build uses %d; make it anew: "
                         "tlee prepare MODEL -o FILE",
                         version, TLEE_PREPARED_VERSION);
    if (status == TLEE_OK)
        status = read_text(weights, "prepared.isa", &prepared->isa, error);
    if (status == TLEE_OK)
        status = read_mode(prepared, weights, error);
    if (status == TLEE_OK)
        status = read_gate(prepared, weights, error);
    if (status == TLEE_OK)
        status = read_int(weights, "prepared.exact", &exact, error);
    if (status == TLEE_OK)
        status = read_int(weights, "prepared.model", &fingerprint, error);
    prepared->exact = exact != 0;
    prepared->fingerprint = (uint64_t)fingerprint;
    return status;
}

/* ---- Using ---- */

/* What the file has and what is wanted instead, with the command that makes such a file. */
static enum tlee_status refuse(const struct tlee_model_options *options, const char *has,
                               const char *wants, struct tlee_error *error) {
    char cpu[32] = "", mode[32] = "";
    if (options->cpu != TLEE_CPU_AUTO)
        snprintf(cpu, sizeof cpu, "--cpu %s ", tlee_cpu_name((unsigned)options->cpu));
    if (options->mode != TLEE_MODE_AS_MODEL)
        snprintf(mode, sizeof mode, "--mode %s ", mode_names[options->mode]);
    return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                     "it is prepared %s, %s; make it anew: tlee prepare %s%s%sMODEL -o FILE", has,
                     wants, cpu, mode, options->exact ? "--exact " : "");
}

/* The instruction set that the file is for, in *cpu. */
static enum tlee_status adopt_cpu(const struct tlee_prepared *prepared,
                                  const struct tlee_model_options *options, int *cpu,
                                  struct tlee_error *error) {
    bool open = options->cpu == TLEE_CPU_AUTO;
    unsigned usable = open ? tlee_cpu_available() : (unsigned)options->cpu;
    char has[48], wants[48];
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        bool same = !strcmp(prepared->isa, sets[i].name);
        if (same &&
            (open ? !(sets[i].cpu & ~usable) : !strcmp(tlee_cpu_name(usable), sets[i].name))) {
            *cpu = (int)sets[i].cpu;
            return TLEE_OK;
        }
    }
    snprintf(has, sizeof has, "for %.40s", prepared->isa);
    snprintf(wants, sizeof wants, open ? "this build and machine have %s" : "%s is asked for",
             tlee_cpu_name(usable));
    return refuse(options, has, wants, error);
}

/* Each mode takes no more than the one before it in the enum. */
static enum tlee_status check_mode(const struct tlee_prepared *prepared, size_t branches,
                                   const struct tlee_model_options *options,
                                   struct tlee_error *error) {
    char has[48], wants[48];
    if (!branches || options->mode == TLEE_MODE_AS_MODEL || options->mode >= prepared->mode)
        return TLEE_OK;
    snprintf(has, sizeof has, "for mode %s", mode_names[prepared->mode]);
    snprintf(wants, sizeof wants, "mode %s is asked for", mode_names[options->mode]);
    return refuse(options, has, wants, error);
}

enum tlee_status tlee_prepared_adopt(const struct tlee_prepared *prepared, size_t branches,
                                     struct tlee_model_options *options, struct tlee_error *error) {
    int cpu = 0;
    if (!prepared->isa)
        return TLEE_OK;
    enum tlee_status status = adopt_cpu(prepared, options, &cpu, error);
    if (status == TLEE_OK)
        status = check_mode(prepared, branches, options, error);
    if (status == TLEE_OK && options->exact && !prepared->exact)
        status = refuse(options, "without --exact", "exact is asked for", error);
    if (status == TLEE_OK && !options->fold)
        status = tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                           "it is prepared with batch-norm folded in: only the model that it was "
                           "made from can run without folding");
    if (status != TLEE_OK)
        return status;
    options->cpu = cpu;
    options->exact = prepared->exact;
    if (options->mode == TLEE_MODE_AS_MODEL)
        options->mode = prepared->mode;
    if (options->gate == TLEE_GATE_AS_MODEL || options->gate == TLEE_GATE_IF_STORED)
        options->gate = prepared->gate;
    return TLEE_OK;
}
