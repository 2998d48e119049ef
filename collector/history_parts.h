/* Decides what the parts of a history share: the arrivals, and who does which step of mbc_history_finish. */
#ifndef MEDIABEAT_COLLECTOR_HISTORY_PARTS_H
#define MEDIABEAT_COLLECTOR_HISTORY_PARTS_H

#include "history.h"

/* Every event in order of arrival. Owns the bodies, trees and readings that steps point to. */
typedef struct mbc_arrivals {
  mbc_step *steps;
  size_t count;
  bool failed; /* memory ended */
} mbc_arrivals;

/* window.c: arrivals become steps and others. `history` has room for as many as arrived. */
void mbc_window_order(mbc_history *history, const mbc_arrivals *arrivals);

/* breaks.c: finds breaks and says which are valid. False: memory ended. */
bool mbc_breaks_find(mbc_history *history);

/* walk.c: from step to step. False: memory ended. */
bool mbc_walk(mbc_history *history);

/* states.c: player states at step i. False: memory ended. */
bool mbc_states_take(mbc_history *history, size_t i);
void mbc_states_end(mbc_history *history); /* those that are on, at the last step */

/* stalls.c: finds stalls among the activities that the walk left. False: memory ended. */
bool mbc_stalls_find(mbc_history *history);

#endif
