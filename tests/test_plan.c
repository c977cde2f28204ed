/* SPDX-License-Identifier: MIT */
/*
 * The memory plan, checked by playing a network's life: each node marks the places it writes with
 * the value's number, and must find the places it reads marked with what it reads. Nothing here
 * knows how lives are computed.
 */
#include "model.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static tlee_value_id owner(const struct tlee_graph *graph, tlee_value_id value) {
    while (graph->values[value].parent != TLEE_NO_VALUE)
        value = graph->values[value].parent;
    return value;
}

static void mark(const struct tlee_graph *graph, unsigned *places, tlee_value_id value) {
    const struct tlee_value *v = &graph->values[value];
    for (size_t i = 0; i < v->count; i++)
        places[v->offset + i] = owner(graph, value);
}

static bool holds(const struct tlee_graph *graph, const unsigned *places, tlee_value_id value) {
    const struct tlee_value *v = &graph->values[value];
    for (size_t i = 0; i < v->count; i++)
        if (places[v->offset + i] != owner(graph, value))
            return false;
    return true;
}

static void play(const struct tlee_network *network, unsigned *places, const struct tlee_part *part,
                 const char *name) {
    const struct tlee_graph *graph = &network->graph;
    for (size_t n = part->begin; n < part->end; n++) {
        const struct tlee_node *node = &graph->nodes[n];
        CHECK(holds(graph, places, node->x), "%s: %s reads what was overwritten", name, node->name);
        if (node->x2 != TLEE_NO_VALUE)
            CHECK(holds(graph, places, node->x2), "%s: %s's second operand was overwritten", name,
                  node->name);
        mark(graph, places, node->y);
    }
}

/* Two frames through all exits; the running feature must survive from one to the next. */
static void play_video(const struct tlee_model *model, const char *name) {
    const struct tlee_network *network = &model->network;
    const struct tlee_graph *graph = &network->graph;
    unsigned *places = malloc(model->arena_floats * sizeof *places);
    for (size_t i = 0; i < model->arena_floats; i++)
        places[i] = TLEE_NO_VALUE;
    for (size_t t = 0; t < 2; t++) {
        mark(graph, places, network->input);
        for (size_t b = 0; b < network->exits; b++) {
            play(network, places, &network->stage[b], name);
            if (b + 1 < network->exits)
                play(network, places, &network->branch[b], name);
            if (!network->makes_feature[b])
                play(network, places, &network->feature, name);
            if (t > 0)
                play(network, places, &network->reuse, name);
            play(network, places, &network->classifier, name);
            CHECK(holds(graph, places, network->logits), "%s: logits", name);
            if (t > 0)
                play(network, places, &network->gate, name);
            CHECK(holds(graph, places, network->z), "%s: z", name);
            mark(graph, places, network->z_prev);
        }
    }
    free(places);
}

/* The largest sum of bytes that one op has in its hands, which no plan can go below. */
static size_t lower_bound(const struct tlee_graph *graph) {
    size_t largest = 0;
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct tlee_node *node = &graph->nodes[n];
        size_t sum = graph->values[node->x].count + graph->values[node->y].count;
        if (node->x2 != TLEE_NO_VALUE)
            sum += graph->values[node->x2].count;
        largest = sum > largest ? sum : largest;
    }
    return largest;
}

static void try_model(const char *name, bool fold) {
    struct tlee_error error = {0};
    struct tlee_model_options options;
    tlee_model_options_default(&options);
    options.fold = fold;
    tlee_model *model = NULL;
    enum tlee_status status = tlee_model_open(name, &options, &model, &error);
    if (!CHECK(status == TLEE_OK, "%s: %s", name, error.message))
        return;
    play_video(model, name);
    const struct tlee_graph *graph = &model->network.graph;
    for (size_t v = 0; v < graph->value_count; v++)
        if (graph->values[v].parent == TLEE_NO_VALUE)
            CHECK(graph->values[v].offset % (TLEE_ALIGNMENT / sizeof(float)) == 0 &&
                      graph->values[v].offset + graph->values[v].count <= model->arena_floats,
                  "%s: value %zu at %zu", name, v, graph->values[v].offset);
    size_t least = lower_bound(graph);
    CHECK(model->arena_floats < 2 * least, "%s: %zu floats, one op needs %zu", name,
          model->arena_floats, least);
    tlee_model_close(&model);
}

int main(void) {
    static const char *const names[] = {
        "random:resnet18,input=64",
        "random:resnet18,input=96,branches=3,dataset=hmdb51,classes=5,gate=eg,reuse=ema",
        "random:resnet34,input=64,branches=1,reuse=ap",
        "random:resnet50,input=64,branches=3,gate=eg",
        "random:resnet50,input=64,branches=2,mode=t",
        "random:resnet50,input=64,branches=0,reuse=none",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        try_model(names[i], true);
        try_model(names[i], false);
    }
    return test_summary();
}
