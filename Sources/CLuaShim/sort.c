// A stable merge sort of indices: the same comparisons in the same order everywhere, for pairs and for table.sort.
#include <string.h>

#include "internal.h"

#define RUN 6

static void insertion_sort(int64_t *indices, int64_t count, swl_less less, void *context) {
  for (int64_t i = 1; i < count; i++) {
    int64_t moving = indices[i], at = i;
    while (at > 0 && less(context, moving, indices[at - 1])) {
      indices[at] = indices[at - 1];
      at--;
    }
    indices[at] = moving;
  }
}

void swl_merge_sort(int64_t *indices, int64_t *spare, int64_t count, swl_less less, void *context) {
  if (count <= RUN) {
    insertion_sort(indices, count, less, context);
    return;
  }
  int64_t half = count / 2;
  swl_merge_sort(indices, spare, half, less, context);
  swl_merge_sort(indices + half, spare, count - half, less, context);
  if (!less(context, indices[half], indices[half - 1])) return;
  memcpy(spare, indices, (size_t)half * sizeof *spare);
  int64_t left = 0, right = half, out = 0;
  // An element of the right half goes first only if it is less: equal elements keep their order.
  while (left < half && right < count)
    indices[out++] = less(context, indices[right], spare[left]) ? indices[right++] : spare[left++];
  memcpy(indices + out, spare + left, (size_t)(half - left) * sizeof *spare);
}
