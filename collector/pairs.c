/* Owns the order of keys. By sorting, so that a client's hundred thousand keys take no longer than others. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

typedef struct placed {
  mb_pair pair;
  size_t place;
} placed;

static int by_key_and_place(const void *one, const void *other) {
  const placed *a = one, *b = other;
  int order = strcmp(a->pair.key, b->pair.key);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

mb_status mbc_pairs_unite(mb_pair *pairs, size_t *count) {
  size_t kept = 0;
  if (!*count) return MB_OK;
  placed *sorted = calloc(*count, sizeof *sorted);
  if (!sorted) return MB_NO_MEMORY;
  for (size_t i = 0; i < *count; i++) sorted[i] = (placed){pairs[i], i};
  qsort(sorted, *count, sizeof *sorted, by_key_and_place);
  for (size_t i = 0; i < *count; i++)
    if (i + 1 == *count || strcmp(sorted[i].pair.key, sorted[i + 1].pair.key) != 0) pairs[kept++] = sorted[i].pair;
  free(sorted);
  *count = kept;
  return MB_OK;
}
