/* SPDX-License-Identifier: MIT */
#include "utf8.h"
#include "weights_internal.h"

#include <inttypes.h>

/* strcmp-like, on indices of metas or tensors. Equals stay in the order of the file. */
typedef int compare_fn(const struct tlee_weights *w, uint32_t a, uint32_t b);

static int compare_metas(const struct tlee_weights *w, uint32_t a, uint32_t b) {
    int order = strcmp(w->metas[a].key, w->metas[b].key);
    return order ? order : (a > b) - (a < b);
}

static int compare_tensors(const struct tlee_weights *w, uint32_t a, uint32_t b) {
    const struct tlee_weights_entry *x = &w->tensors[a].entry, *y = &w->tensors[b].entry;
    int order = strcmp(x->name, y->name);
    if (!order)
        order = (x->layout > y->layout) - (x->layout < y->layout);
    return order ? order : (a > b) - (a < b);
}

/* Restores the heap order[root .. count - 1], largest first, where root alone may break it. */
static void sift_down(const struct tlee_weights *w, compare_fn *compare, uint32_t *order,
                      size_t root, size_t count) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(w, order[child], order[child + 1]) < 0)
            child++;
        if (compare(w, order[root], order[child]) >= 0)
            return;
        uint32_t swapped = order[root];
        order[root] = order[child];
        order[child] = swapped;
    }
}

/* Heap sort, because qsort(3) may allocate behind the allocator's back, and promises nothing about
 * the time it takes on names chosen to slow it down. */
static void sort(const struct tlee_weights *w, compare_fn *compare, uint32_t *order, size_t count) {
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count / 2; i-- > 0;)
        sift_down(w, compare, order, i, count);
    for (size_t i = count; i-- > 1;) {
        uint32_t largest = order[0];
        order[0] = order[i];
        order[i] = largest;
        sift_down(w, compare, order, 0, i);
    }
}

static enum tlee_status check_metas(const struct tlee_weights *w, struct tlee_error *error) {
    for (size_t i = 1; i < w->meta_count; i++) {
        const struct tlee_weights_meta *a = &w->metas[w->meta_order[i - 1]];
        const struct tlee_weights_meta *b = &w->metas[w->meta_order[i]];
        if (!strcmp(a->key, b->key))
            return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)b->offset,
                             "key '%s' occurs twice, at bytes %" PRIu64 " and %" PRIu64, b->key,
                             a->offset, b->offset);
    }
    return TLEE_OK;
}

static enum tlee_status check_tensors(const struct tlee_weights *w, struct tlee_error *error) {
    for (size_t i = 0; i < w->tensor_count; i++) {
        const struct tlee_weights_tensor *a = i ? &w->tensors[w->tensor_order[i - 1]] : NULL;
        const struct tlee_weights_tensor *b = &w->tensors[w->tensor_order[i]];
        bool same_name = a && !strcmp(a->entry.name, b->entry.name);
        int shown = tlee_utf8_cut(b->entry.name, TLEE_WEIGHTS_NAME_SHOWN);
        if (same_name && a->entry.layout == b->entry.layout)
            return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)b->table_offset,
                             "tensor '%.*s', layout %" PRIu32 ", occurs twice, at bytes %" PRIu64
                             " and %" PRIu64,
                             shown, b->entry.name, b->entry.layout, a->table_offset,
                             b->table_offset);
        bool alone = w->prepared && b->entry.layout < TLEE_LAYOUTS;
        if (!same_name && b->entry.layout && !alone)
            return tlee_fail(error, TLEE_ERR_FORMAT, (int64_t)b->table_offset,
                             "tensor '%.*s', byte %" PRIu64 ": has layout %" PRIu32
                             " but no layout 0 beside it",
                             shown, b->entry.name, b->table_offset, b->entry.layout);
    }
    return TLEE_OK;
}

enum tlee_status tlee_weights_index(struct tlee_weights *w, struct tlee_error *error) {
    sort(w, compare_metas, w->meta_order, w->meta_count);
    sort(w, compare_tensors, w->tensor_order, w->tensor_count);
    w->prepared = tlee_weights_meta_named(w, "prepared.isa") != NULL;
    enum tlee_status status = check_metas(w, error);
    return status ? status : check_tensors(w, error);
}

const struct tlee_weights_meta *tlee_weights_meta_named(const struct tlee_weights *w,
                                                        const char *key) {
    size_t low = 0;
    for (size_t high = w->meta_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(w->metas[w->meta_order[middle]].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct tlee_weights_meta *found =
        low < w->meta_count ? &w->metas[w->meta_order[low]] : NULL;
    return found && !strcmp(found->key, key) ? found : NULL;
}

/* Of the rows with that name, the one of layout 0, if there is one, comes first. */
struct tlee_weights_tensor *tlee_weights_tensor_named(const struct tlee_weights *w,
                                                      const char *name) {
    size_t low = 0;
    for (size_t high = w->tensor_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(w->tensors[w->tensor_order[middle]].entry.name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct tlee_weights_tensor *found =
        low < w->tensor_count ? &w->tensors[w->tensor_order[low]] : NULL;
    return found && !strcmp(found->entry.name, name) ? found : NULL;
}
