/* Decides how much of the content was viewed at least once, from the time that content played and where the playhead
 * was. */
#ifndef MEDIABEAT_COLLECTOR_UNIQUE_H
#define MEDIABEAT_COLLECTOR_UNIQUE_H

#include "history.h"

/* Whether content played from step i to the next one without a jump: what was viewed is between their playheads. */
bool mbc_unique_is_continuous(const mbc_history *history, size_t i);

/* ms. False: memory ended. */
bool mbc_unique_played(const mbc_history *history, int64_t *played);

#endif
