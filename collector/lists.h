/* Decides how lists grow: twofold. */
#ifndef MEDIABEAT_COLLECTOR_LISTS_H
#define MEDIABEAT_COLLECTOR_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* `list` with room for one element behind `count` of them, or NULL, which leaves it as it was. It may only ever grow
 * one by one. */
static inline void *mbc_list_room(void *list, size_t count, size_t size) {
  bool is_full = (count & (count - 1)) == 0; /* a power of two, or 0 */
  if (!is_full) return list;
  size_t capacity = count ? count * 2 : 1;
  return capacity > (size_t)-1 / size ? NULL : realloc(list, capacity * size);
}

#endif
