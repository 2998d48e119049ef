/* Decides what a replay asks of the core that no host needs: it looks behind the public headers, as the command does. */
#ifndef MEDIABEAT_PYTHON_REPLAY_H
#define MEDIABEAT_PYTHON_REPLAY_H

#include <mediabeat/mediabeat.h>

/* When delivery, without the timers of trackers and sessions, next has something to do; MB_NEVER if not. */
int64_t python_next_delivery(const mb_client *client);

/* A playhead that follows the clock is where it is before a line of the log, which then sees it; nothing fires. */
void python_set_playhead_silently(mb_tracker *tracker, double playhead);

#endif
