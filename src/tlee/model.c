/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "denormals.h"
#include "plan.h"
#include "status.h"

#include <string.h>

void tlee_model_options_default(struct tlee_model_options *options) {
    *options = (struct tlee_model_options){.size = sizeof *options,
                                           .load = TLEE_LOAD_AUTO,
                                           .cpu = TLEE_CPU_AUTO,
                                           .fold = 1,
                                           .threads = 1,
                                           .verify = 1};
}

/* The defaults for NULL; ARG for a struct of another version or values out of range. */
static enum tlee_status read_options(const struct tlee_model_options *given,
                                     struct tlee_model_options *options, struct tlee_error *error) {
    tlee_model_options_default(options);
    if (!given)
        return TLEE_OK;
    if (given->size != sizeof *given)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "model options of another version");
    *options = *given;
    if (options->load > TLEE_LOAD_AUTO || options->mode > TLEE_MODE_FULL ||
        options->gate > TLEE_GATE_RANDOM || options->threads < 1 ||
        options->threads > TLEE_THREADS_MAX)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a model option is out of range");
    return TLEE_OK;
}

static enum tlee_status choose_kernels(struct tlee_model *model, int cpu,
                                       struct tlee_error *error) {
    unsigned available = tlee_cpu_available();
    model->cpu = cpu == TLEE_CPU_AUTO ? available : (unsigned)cpu;
    if (model->cpu & ~available)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1,
                         "%s is not available: this build and machine have %s",
                         tlee_cpu_name(model->cpu), tlee_cpu_name(available));
    tlee_ops_init(&model->ops, model->cpu);
    return TLEE_OK;
}

/* What the caller wants in place of the model's own settings. B = 0 is always FULL. */
static void override_settings(struct tlee_model *model, const struct tlee_model_options *options) {
    struct tlee_config *config = &model->config;
    if (options->mode != TLEE_MODE_AS_MODEL && config->branches)
        config->mode = options->mode;
    bool missing =
        options->gate == TLEE_GATE_IF_STORED && !tlee_gate_is_stored(config->gate, model->weights);
    if (options->gate == TLEE_GATE_NONE || missing || config->mode == TLEE_MODE_FULL)
        config->gate = TLEE_GATE_KIND_NONE;
    else if (options->gate == TLEE_GATE_RANDOM)
        config->gate = TLEE_GATE_KIND_RANDOM;
}

static enum tlee_status build(struct tlee_model *model, const struct tlee_model_options *options,
                              struct tlee_error *error) {
    struct tlee_build_options how = {.ops = &model->ops,
                                     .thread_count = options->threads,
                                     .fold = options->fold != 0,
                                     .exact = options->exact != 0,
                                     .tuning = options->tuning,
                                     .cpu = model->cpu};
    enum tlee_status status = TLEE_OK;
    model->fold = how.fold;
    model->exact = how.exact;
    if (options->threads > 1 && !model->prepared.isa)
        status = tlee_threads_create(options->threads, options->tuning != NULL, &model->allocator,
                                     &how.threads, error);
    uint64_t before = tlee_denormals_flush();
    if (status == TLEE_OK)
        status = tlee_network_build(&model->network, &model->config, model->weights, &how,
                                    &model->allocator, error);
    tlee_denormals_restore(before);
    tlee_threads_free(how.threads);
    return status;
}

/* Everything after the weights and their settings are known. */
static enum tlee_status assemble(struct tlee_model *model, struct tlee_model_options *options,
                                 struct tlee_error *error) {
    enum tlee_status status =
        tlee_prepared_adopt(&model->prepared, model->config.branches, options, error);
    if (status != TLEE_OK)
        return status;
    override_settings(model, options);
    status = choose_kernels(model, options->cpu, error);
    if (status == TLEE_OK && options->verify > (model->prepared.isa ? 1 : 0))
        status = tlee_weights_check(model->weights, error);
    if (status == TLEE_OK)
        status = build(model, options, error);
    if (status == TLEE_OK)
        status = tlee_plan(&model->network.graph, &model->arena_floats, error);
    if (status == TLEE_OK && !tlee_session_bytes(model, 1))
        status = tlee_fail(error, TLEE_ERR_NOMEM, -1, "a session would not fit in memory");
    if (status == TLEE_OK)
        tlee_exit_costs(&model->network, &model->config, model->costs);
    return status;
}

static enum tlee_status load_random(struct tlee_model *model, const char *name,
                                    struct tlee_error *error) {
    size_t bytes = strlen(name) + 1;
    model->description = tlee_alloc(&model->allocator, bytes);
    if (!model->description)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory");
    memcpy(model->description, name, bytes);
    enum tlee_status status = tlee_config_from_text(&model->config, model->description, error);
    if (status != TLEE_OK)
        return status;
    return tlee_weights_random(model->config.seed, &model->allocator, &model->weights, error);
}

/* From a file or description when `name` is given, else from memory. */
static enum tlee_status load(struct tlee_model *model, const char *name, const void *bytes,
                             size_t length, enum tlee_load how, struct tlee_error *error) {
    if (name && tlee_config_is_random(name))
        return load_random(model, name, error);
    enum tlee_status status =
        name ? tlee_weights_open(name, how, &model->allocator, &model->weights, error)
             : tlee_weights_open_memory(bytes, length, &model->allocator, &model->weights, error);
    if (status == TLEE_OK)
        status = tlee_prepared_read(&model->prepared, model->weights, error);
    if (status != TLEE_OK)
        return status;
    return tlee_config_from_weights(&model->config, model->weights, &model->allocator, error);
}

static enum tlee_status open_model(const char *name, const void *bytes, size_t length,
                                   const struct tlee_model_options *given, tlee_model **out,
                                   struct tlee_error *error) {
    if (out)
        *out = NULL;
    if (!out || (!name && !bytes))
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    struct tlee_model_options options;
    enum tlee_status status = read_options(given, &options, error);
    if (status != TLEE_OK)
        return status;
    struct tlee_allocator allocator = tlee_allocator_or_default(options.allocator);
    struct tlee_model *model = tlee_alloc(&allocator, sizeof *model);
    if (!model)
        return tlee_fail(error, TLEE_ERR_NOMEM, -1, "out of memory for the model");
    model->allocator = allocator;
    status = load(model, name, bytes, length, options.load, error);
    if (status == TLEE_OK)
        status = assemble(model, &options, error);
    if (status != TLEE_OK)
        tlee_model_close(&model);
    *out = model;
    return status;
}

enum tlee_status tlee_model_open(const char *name, const struct tlee_model_options *options,
                                 tlee_model **out, struct tlee_error *error) {
    return open_model(name, NULL, 0, options, out, error);
}

enum tlee_status tlee_model_open_memory(const void *bytes, size_t length,
                                        const struct tlee_model_options *options, tlee_model **out,
                                        struct tlee_error *error) {
    return open_model(NULL, bytes, length, options, out, error);
}

/* Frees what a model owns, also when it was only half built. */
static void clear(struct tlee_model *model) {
    tlee_network_clear(&model->network);
    tlee_config_clear(&model->config, &model->allocator);
    tlee_weights_close(&model->weights);
    tlee_free(&model->allocator, model->description);
}

void tlee_model_close(tlee_model **model) {
    if (!model || !*model)
        return;
    struct tlee_allocator allocator = (*model)->allocator;
    clear(*model);
    tlee_free(&allocator, *model);
    *model = NULL;
}

/* A gate that is missing is no damage: such a file runs with --gate none. */
enum tlee_status tlee_verify(const char *path, size_t *tensors, uint64_t *bytes,
                             struct tlee_error *error) {
    if (!path)
        return tlee_fail(error, TLEE_ERR_ARG, -1, "a pointer is NULL");
    struct tlee_model model = {.allocator = tlee_allocator_or_default(NULL)};
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    options.gate = TLEE_GATE_IF_STORED;
    options.verify = 2;
    enum tlee_status status = load(&model, path, NULL, 0, TLEE_LOAD_READ, error);
    /* The mode that uses all there is, whatever the file's own; a prepared one may have less. */
    options.mode = model.prepared.isa ? TLEE_MODE_AS_MODEL : TLEE_MODE_TS;
    if (status == TLEE_OK)
        status = assemble(&model, &options, error);
    if (status == TLEE_OK && tensors)
        *tensors = tlee_weights_count(model.weights);
    if (status == TLEE_OK && bytes)
        *bytes = tlee_weights_bytes(model.weights);
    clear(&model);
    return status;
}
