/* SPDX-License-Identifier: MIT */
/*
 * A branch ends in a linear layer (fc1), and the feature MLP begins with one, its batch-norm folded
 * in; nothing stands between (spec sections 4 and 5). W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 +
 * b2): one layer does the work of both, and reads far fewer weights, which is what such layers
 * cost. The backbone's own end still needs the MLP by itself.
 */
#include "network.h"

#include "half.h"
#include "layout.h"
#include "memory.h"

#include <string.h>

enum {
    /* How often an exit is evaluated in 15 to 20 videos. */
    EXPECTED_RUNS = 48,
    /* Rows of the product that are made at a time, so that what they are made in stays small. */
    SLICE = 512
};

/* first: k -> d0; second: d0 -> d. */
struct pair {
    const struct tlee_node *first, *second;
    size_t k, d0, d;
};

/* What the product is made in. */
struct work {
    const float *first, *second; /* weights; in memory of their own where they had to be widened */
    float *own_first, *own_second;
    struct tlee_conv conv; /* that makes a slice */
    size_t *runs;
    float *packed, *blocks, *slice, *space;
};

/*
 * As a 1x1 convolution sees it, the first layer is a map of d0 channels and k pixels, and the
 * second one's rows are output channels: so the kernels of convolutions make the product. False
 * when the SIMD kernels cannot.
 */
static bool slice_of(const struct pair *pair, size_t rows, const struct tlee_ops *ops,
                     struct tlee_conv2d *p, struct tlee_conv *conv) {
    *p = (struct tlee_conv2d){.c = pair->d0,
                              .h = 1,
                              .w = pair->k,
                              .oc = rows,
                              .oh = 1,
                              .ow = pair->k,
                              .kh = 1,
                              .kw = 1,
                              .sh = 1,
                              .sw = 1,
                              .groups = 1};
    return tlee_conv_choose(p, &ops->blocked, false, TLEE_CONV_BY_GEMM, conv);
}

static double weight_bytes(const struct tlee_node *node) {
    double count = (double)node->p.linear.in * (double)node->p.linear.out;
    return count * (double)(node->half ? sizeof *node->half : sizeof *node->weight);
}

/*
 * The one layer reads less than the two, and that has to pay back the multiply-adds that the
 * product takes; a weight from memory takes about as long as so many of them as a vector register
 * holds floats. ResNet-50 (Xeon, AVX-512, one thread): its last branch takes 62 ms here and 0.3 in
 * place of 2.2 ms in each run; the one before takes 124 ms and 0.9 in place of 2.5 ms; the first
 * would take 233 ms, for 1.6 in place of 2.9 ms. Prepared files hold the same layers, merged or
 * not, so that they give the same bits.
 */
static bool is_worth_it(const struct pair *pair, const struct tlee_ops *ops) {
    struct tlee_conv2d p;
    struct tlee_conv conv;
    double merged = (double)pair->k * (double)pair->d;
    double before = weight_bytes(pair->first) + weight_bytes(pair->second);
    double spared = before / sizeof(float) - merged;
    double weight_cost = slice_of(pair, SLICE, ops, &p, &conv) ? (double)conv.block : 1;
    return spared * weight_cost * EXPECTED_RUNS > merged * (double)pair->d0;
}

/* The weights as floats, a batch-norm's factor in them. NULL without memory. */
static const float *floats(const struct tlee_allocator *allocator, const struct tlee_node *node,
                           float **own) {
    size_t in = node->p.linear.in, out = node->p.linear.out;
    if (!node->half)
        return node->weight;
    float *values = *own = tlee_alloc_aligned(allocator, in * out * sizeof *values);
    for (size_t o = 0; values && o < out; o++)
        for (size_t i = 0; i < in; i++) {
            float value = tlee_half_to_float(node->half[o * in + i]);
            values[o * in + i] = node->scale ? value * node->scale[o] : value;
        }
    return values;
}

static void clear_work(const struct tlee_allocator *allocator, struct work *work) {
    tlee_free_aligned(allocator, work->own_first);
    tlee_free_aligned(allocator, work->own_second);
    tlee_free_aligned(allocator, work->runs);
    tlee_free_aligned(allocator, work->packed);
    tlee_free_aligned(allocator, work->blocks);
    tlee_free_aligned(allocator, work->slice);
    tlee_free_aligned(allocator, work->space);
}

/* False without memory. */
static bool get_work(const struct tlee_allocator *allocator, const struct tlee_machine *machine,
                     const struct pair *pair, struct work *work) {
    struct tlee_conv2d p;
    struct tlee_conv *conv = &work->conv;
    *work = (struct work){0};
    work->first = floats(allocator, pair->first, &work->own_first);
    work->second = floats(allocator, pair->second, &work->own_second);
    if (!work->first || !work->second)
        return false;
    if (!slice_of(pair, SLICE, machine->ops, &p, conv))
        return true;
    size_t pixels = conv->block * pair->k;
    size_t space = tlee_conv_workspace(conv, machine->thread_count);
    work->runs = tlee_alloc_aligned(allocator, conv->run_count * sizeof *work->runs);
    work->packed = tlee_alloc_aligned(allocator, conv->packed_floats * sizeof(float));
    work->blocks = tlee_alloc_aligned(allocator, conv->in_blocks * pixels * sizeof(float));
    work->slice = tlee_alloc_aligned(allocator, conv->out_blocks * pixels * sizeof(float));
    work->space = tlee_alloc_aligned(allocator, space * sizeof(float));
    if (!work->runs || !work->packed || !work->blocks || !work->slice || !work->space)
        return false;
    tlee_conv_runs(conv, work->runs);
    tlee_to_blocks(work->first, pair->d0, pair->k, conv->block, work->blocks);
    return true;
}

/* product, d x k: the second layer's weights times the first's. */
static void multiply(const struct tlee_machine *machine, const struct pair *pair, struct work *work,
                     float *product) {
    for (size_t row = 0; row < pair->d; row += SLICE) {
        size_t rows = pair->d - row < SLICE ? pair->d - row : SLICE;
        const float *second = work->second + row * pair->d0;
        struct tlee_conv2d p;
        float *y = product + row * pair->k;
        if (!slice_of(pair, rows, machine->ops, &p, &work->conv) || !work->blocks) {
            tlee_run_conv2d(machine, &p, work->first, second, NULL, NULL, y);
            continue;
        }
        tlee_conv_pack(&work->conv, second, machine->threads, work->packed);
        work->conv.runs = work->runs;
        work->conv.weight = work->packed;
        tlee_conv_run(machine, &work->conv, work->blocks, NULL, NULL, work->space, work->slice);
        tlee_from_blocks(work->slice, rows, pair->k, work->conv.block, y);
    }
}

/* Weight and bias of the one layer in place of the first's. */
static void count_bytes(struct tlee_graph *graph, const struct pair *pair) {
    double floats = ((double)pair->k + 1) * (double)pair->d - (double)pair->d0;
    int64_t added = (int64_t)(floats * sizeof(float) - weight_bytes(pair->first));
    graph->packing_bytes += added;
    graph->weight_bytes += (uint64_t)added;
    graph->half_bytes -= pair->first->half ? (uint64_t)weight_bytes(pair->first) : 0;
}

/* Makes the first layer, of the branch, do the second one's work too. */
static void merge(struct tlee_builder *builder, struct tlee_node *first,
                  const struct tlee_node *second) {
    struct tlee_graph *graph = builder->graph;
    const struct tlee_build_options *options = &builder->options;
    const struct tlee_machine machine = {options->ops, options->threads, options->thread_count};
    const struct pair pair = {first, second, first->p.linear.in, first->p.linear.out,
                              second->p.linear.out};
    const struct tlee_linear whole = {pair.d0, pair.d, TLEE_ACT_NONE};
    struct work work;
    float *weight = tlee_graph_alloc(graph, pair.k * pair.d * sizeof *weight);
    float *bias = tlee_graph_alloc(graph, pair.d * sizeof *bias);
    const char *raw = tlee_build_name(builder, "%s.weight", first->name);
    const char *name = tlee_build_name(builder, "%s+%s", first->name, second->name);
    bool ready = get_work(&graph->allocator, &machine, &pair, &work);
    if (ready && weight && bias && name) {
        multiply(&machine, &pair, &work, weight);
        tlee_run_linear(&machine, &whole, first->bias, work.second, second->bias, bias);
        count_bytes(graph, &pair);
        tlee_weights_release(builder->weights, raw);
        *first = (struct tlee_node){.op = TLEE_OP_LINEAR,
                                    .name = name,
                                    .x = first->x,
                                    .x2 = TLEE_NO_VALUE,
                                    .y = second->y,
                                    .p.linear = {pair.k, pair.d, second->p.linear.act},
                                    .weight = weight,
                                    .bias = bias,
                                    .weight_ndim = 2,
                                    .weight_count = pair.k * pair.d,
                                    .bias_count = pair.d,
                                    .macs = first->macs,
                                    .parameters = first->parameters};
    } else {
        tlee_build_fail_memory(builder);
    }
    clear_work(&graph->allocator, &work);
}

void tlee_merge_branches(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    struct tlee_builder *base = &builder->base;
    const struct tlee_build_options *options = &base->options;
    if (base->status != TLEE_OK || !options->fold || options->exact || network->z == network->raw ||
        tlee_weights_is_prepared(base->weights))
        return; /* a prepared file holds the merged layers (branch.c) */
    const struct tlee_node *mlp = &network->graph.nodes[network->feature.begin];
    for (size_t b = 0; b + 1 < network->exits && base->status == TLEE_OK; b++) {
        struct tlee_node *last = &network->graph.nodes[network->branch[b].end - 1];
        struct pair pair = {last, mlp, last->p.linear.in, last->p.linear.out, mlp->p.linear.out};
        network->makes_feature[b] = is_worth_it(&pair, options->ops);
        if (network->makes_feature[b])
            merge(base, last, mlp);
    }
}
