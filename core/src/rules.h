/* Decides which call is taken when, and what it does by itself. */
#ifndef MEDIABEAT_RULES_H
#define MEDIABEAT_RULES_H

#include "turn.h"

/* Runs one call as a turn: refusal checks in the order of the table, its own effect and events, then what time does.
 * A refused call changes nothing, sends nothing and does not run the timers. */
mb_status mb__rules_run(mb_tracker *tracker, const mb__call *call);

#endif
