/* Decides when things happen: how the clock goes from one line of a log to the next, and on when the log is over. */
#ifndef MEDIABEAT_CLI_PACE_H
#define MEDIABEAT_CLI_PACE_H

#include "play.h"

typedef struct pacer {
  playback *play;
  double speed;     /* log time over real time; 0: as fast as it can be done */
  bool sends;       /* the transport is a real one, on which one can wait */
  bool recorded;    /* the log says itself when timers fire */
  int64_t now;      /* the clock: of the log, shifted */
  int64_t fired_at; /* the last tick that was not a line's */
  int64_t real_start, log_start;
} pacer;

/* The clock stands at the first line's time from now on. */
void pace_init(pacer *pace, playback *play, const mb_config *config, double speed, int64_t start_ms);

/* Goes on to a line's time and fires what is due before it, each at its own time. Returns early when interrupted. */
mb_status pace_to(pacer *pace, int64_t ts);

/* While no line comes: moves I/O for at most timeout_ms; the clock stands. */
void pace_idle(pacer *pace, int64_t timeout_ms);

/* The log is over: no more timers. Delivers what is queued, for drain_ms at most of real time (in a dry run: of the
 * clock), and for 2 s when interrupted. */
void pace_end(pacer *pace, int64_t drain_ms);

#endif
