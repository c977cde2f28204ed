/* SPDX-License-Identifier: MIT */
/* Scaling of planes for every instruction set: included once by each norm_<isa>.c, after its vector
 * header. The operations are those of the C row, and so are the bits. */
#include "ops.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* y = x * scale, + shift if there is one */
VEC_INLINE vec scaled(vec x, float scale, float shift, bool shifted) {
    vec product = vec_mul(x, vec_set(scale));
    return shifted ? vec_add(product, vec_set(shift)) : product;
}

VEC_INLINE void scale_plane(const float *x, float scale, float shift, bool shifted, float *y,
                            size_t count) {
    size_t i = 0, rest = count % LANES;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, scaled(vec_load(x + i), scale, shift, shifted));
    if (rest)
        vec_store_first(y + i, scaled(vec_load_first(x + i, rest), scale, shift, shifted), rest);
}

/* With vectors in the plain layout and in the row's own blocks; no network has others. */
VEC_INLINE void scale_channels(const float *x, const float *scale, size_t hw, size_t block,
                               float *y, size_t begin, size_t end) {
    assert(begin <= end);
    if (block != 1 && block != LANES) {
        tlee_scale_channels_f32_c(x, scale, hw, block, y, begin, end);
        return;
    }
    for (size_t b = begin; b < end; b++) {
        const float *from = x + b * hw * block;
        float *to = y + b * hw * block;
        if (block == 1) {
            scale_plane(from, scale[b], 0, false, to, hw);
            continue;
        }
        vec scales = vec_load(scale + b * LANES);
        for (size_t i = 0; i < hw * LANES; i += LANES)
            vec_store(to + i, vec_mul(vec_load(from + i), scales));
    }
}

VEC_INLINE void batch_norm(const float *x, const float *weight, const float *bias,
                           const float *mean, const float *var, double eps, size_t hw, float *y,
                           size_t c_begin, size_t c_end) {
    assert(c_begin <= c_end);
    for (size_t c = c_begin; c < c_end; c++) {
        double exact_scale = (double)weight[c] / sqrt((double)var[c] + eps);
        float shift = (float)((double)bias[c] - (double)mean[c] * exact_scale);
        scale_plane(x + c * hw, (float)exact_scale, shift, true, y + c * hw, hw);
    }
}
