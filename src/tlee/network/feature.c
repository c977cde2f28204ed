/* SPDX-License-Identifier: MIT */
/*
 * From an exit's D0 vector to the feature, and from the running feature to class scores (spec
 * section 5). One feature MLP (data set ucf101 only) and one classifier serve every exit.
 */
#include "network.h"

void tlee_build_feature(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    tlee_part_begin(builder, &network->feature, "feature");
    /* Without the MLP the feature is the D0 vector as it is: z and raw are one value. */
    if (network->z != network->raw)
        tlee_build_linear(&builder->base, network->raw,
                          &(struct tlee_linear_unit){.linear = "mlp.layers.0",
                                                     .norm = "mlp.layers.1",
                                                     .act_name = "mlp.layers.2",
                                                     .out = builder->feature,
                                                     .act = TLEE_ACT_RELU,
                                                     .into = network->z});
    tlee_part_end(builder, &network->feature);
}

void tlee_build_classifier(struct tlee_network_builder *builder) {
    struct tlee_network *network = builder->network;
    struct tlee_builder *base = &builder->base;
    size_t classes = builder->config->classes;
    tlee_part_begin(builder, &network->classifier, "classifier");
    network->logits = tlee_build_value(base, classes, 1, 1, true);
    network->probabilities = tlee_build_value(base, classes, 1, 1, true);
    tlee_build_linear(base, network->z,
                      &(struct tlee_linear_unit){
                          .linear = "classifiers.0", .out = classes, .into = network->logits});
    tlee_build_elementwise(base, TLEE_OP_SOFTMAX, "classifiers.0.softmax", network->logits,
                           TLEE_NO_VALUE, network->probabilities);
    tlee_part_end(builder, &network->classifier);
}
