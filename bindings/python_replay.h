/* Decides what is asked of the core that no C host needs, for replays and for signals: it looks behind the public
 * headers, as the command does. */
#ifndef MEDIABEAT_PYTHON_REPLAY_H
#define MEDIABEAT_PYTHON_REPLAY_H

#include <mediabeat/mediabeat.h>

/* When delivery, without the timers of trackers and sessions, next has something to do; MB_NEVER if not. */
int64_t python_next_delivery(const mb_client *client);

/* mb_client_close that asks after every wait, of slice_ms at most, whether to wait on. */
mb_status python_close_interruptibly(mb_client *client, int64_t now_ms, int64_t deadline_ms, int64_t slice_ms,
                                     bool (*lasts)(void *user), void *user);

/* A playhead that follows the clock is where it is before a line of the log, which then sees it; nothing fires. */
void python_set_playhead_silently(mb_tracker *tracker, double playhead);

#endif
