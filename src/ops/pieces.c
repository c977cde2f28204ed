/* SPDX-License-Identifier: MIT */
#include "pieces.h"

void tlee_pieces_init(struct tlee_pieces *pieces, float *workspace, size_t floats, unsigned count) {
    pieces->workspace = workspace;
    pieces->floats = floats;
    pieces->count = count;
    for (unsigned i = 0; i < count; i++)
        atomic_flag_clear(&pieces->taken[i]);
}

size_t tlee_pieces_take(struct tlee_pieces *pieces) {
    size_t piece = 0;
    while (atomic_flag_test_and_set(&pieces->taken[piece]))
        piece = (piece + 1) % pieces->count;
    return piece;
}

void tlee_pieces_give_back(struct tlee_pieces *pieces, size_t piece) {
    atomic_flag_clear(&pieces->taken[piece]);
}
