/* SPDX-License-Identifier: MIT */
/* Where each value of a graph lies in a session's arena. */
#ifndef TLEE_PLAN_H
#define TLEE_PLAN_H

#include "graph.h"

/*
 * Sets the offset of every value. The stages and branches run in their order in the list (skipping
 * some only shortens lives), so a value of theirs lives from the node that writes it to the last
 * that reads it; values whose lives overlap get disjoint places, all at multiples of TLEE_ALIGNMENT
 * bytes. Values that nothing writes live from the start. Pinned ones always live: those of the head
 * must be, as it runs after every exit although it stands once, at the list's end. Views lie in
 * their parents. *floats: elements that the arena needs.
 */
enum tlee_status tlee_plan(struct tlee_graph *graph, size_t *floats, struct tlee_error *error);

#endif
