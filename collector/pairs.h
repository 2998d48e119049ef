/* Decides which text counts where a key comes twice: the last one. */
#ifndef MEDIABEAT_COLLECTOR_PAIRS_H
#define MEDIABEAT_COLLECTOR_PAIRS_H

#include <stddef.h>

#include "mediabeat/mediabeat.h"

/* Sorts by key, and leaves each key once. MB_OK, or MB_NO_MEMORY, and nothing has changed. */
mb_status mbc_pairs_unite(mb_pair *pairs, size_t *count);

#endif
