/* SPDX-License-Identifier: MIT */
#include "backbone.h"

typedef const struct tlee_backbone *find_fn(const char *name);

const struct tlee_backbone *tlee_backbone_find(const char *name) {
    static find_fn *const families[] = {tlee_resnet_find, tlee_vgg_find, tlee_mobilenet_find,
                                        tlee_efficientnet_find};
    const struct tlee_backbone *found = NULL;
    for (size_t i = 0; !found && i < sizeof families / sizeof *families; i++)
        found = families[i](name);
    return found;
}

tlee_value_id tlee_backbone_conv(struct tlee_network_builder *builder, tlee_value_id x,
                                 const struct tlee_backbone_unit *unit) {
    struct tlee_builder *base = &builder->base;
    size_t in = tlee_build_shape(base, x).c, oc = in;
    if (unit->add)
        oc = tlee_build_shape(base, unit->residual).c;
    else if (!unit->depthwise)
        oc = tlee_build_dim(base, unit->conv, 0, unit->oc);
    struct tlee_conv_unit spec = {
        .conv = unit->conv,
        .norm = unit->norm,
        .add = unit->add,
        .act_name = unit->act_name,
        .oc = oc,
        .kernel = unit->kernel,
        .stride = unit->stride,
        .pad = unit->kernel / 2,
        .groups = unit->depthwise ? in : 1,
        .inner = unit->inner,
        .residual = unit->residual,
        .scale_name = unit->scale_name,
        .scale = unit->scale,
        .act = unit->act,
    };
    return tlee_build_conv(base, x, &spec);
}

tlee_value_id tlee_backbone_conv_norm(struct tlee_network_builder *builder, const char *name,
                                      tlee_value_id x, const struct tlee_backbone_unit *unit) {
    struct tlee_builder *base = &builder->base;
    struct tlee_backbone_unit named = *unit;
    named.conv = tlee_build_name(base, "%s.0", name);
    named.norm = tlee_build_name(base, "%s.1", name);
    named.act_name = tlee_build_name(base, "%s.2", name);
    return tlee_backbone_conv(builder, x, &named);
}
