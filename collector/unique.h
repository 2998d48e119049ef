/* Decides how much of the content was viewed at least once, from the time that content played and where the playhead
 * was. */
#ifndef MEDIABEAT_COLLECTOR_UNIQUE_H
#define MEDIABEAT_COLLECTOR_UNIQUE_H

#include "history.h"

/* ms. False: memory ended. */
bool mbc_unique_played(const mbc_history *history, int64_t *played);

#endif
