/* Decides what time does to a session: pings, content start, the end after 30 idle minutes, the restart after 24 hours.
 * https://developer.adobe.com/client-sdks/solution/adobe-media-analytics/ */
#ifndef MEDIABEAT_BEAT_H
#define MEDIABEAT_BEAT_H

#include "turn.h"

/* The steps after a call's own effect, in order: idle, age, content start, announcement or ping. */
void mb__beat(mb__turn *turn);

/* When the state next needs a tick; MB_NEVER when nothing is to come. */
int64_t mb__beat_deadline(const mb__state *state, const mb__settings *settings);

#endif
