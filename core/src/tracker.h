/* Decides what a tracker remembers. The behaviour is in rules.c (calls), beat.c (time) and preroll.c (waiting); all of it
 * works on a copy of the state in a turn, which either becomes the state or never was. */
#ifndef MEDIABEAT_TRACKER_INTERNAL_H
#define MEDIABEAT_TRACKER_INTERNAL_H

#include "client.h"
#include "details.h"
#include "outbox.h"

typedef enum mb__playback { MB__INIT, MB__PLAYING, MB__PAUSED, MB__SEEKING, MB__BUFFERING } mb__playback;

typedef struct mb__state {
  bool open;
  mb__playback play;      /* init, playing or paused, beneath buffering and seeking */
  mb__playback announced; /* the last one that was sent */
  bool buffering, seeking;
  bool idle, idle_closed;
  bool content_started, has_content_reference;
  bool waiting; /* for a pre-roll */
  bool granular;
  uint8_t state_count; /* names known in this session */
  uint16_t states_on;  /* bit per name */
  int64_t waits_until;
  int64_t ping_since;
  int64_t idle_since;
  int64_t age_since;
  int64_t content_since;
  double playhead;
  mb__qoe qoe, sent;                         /* last known, last sent; present 0: none */
  mb__tail *media, *chapter, *ad_break, *ad; /* what is open, each with a reference; NULL when not */
  mb__outbox *outbox;                        /* of the session; NULL while none is open at the backend */
} mb__state;

struct mb_tracker {
  mb__timed timed; /* first: a timer is its tracker */
  mb_client *client;
  mb_tracker *previous, *next;
  mb__player *player;
  mb__details details;
  mb__state state;
  int64_t due;                        /* of the timer */
  char *state_names[MB__MOST_STATES]; /* those below state.state_count count */
  mb__call *preroll_first, *preroll_last;
  uint32_t preroll_count;
  int64_t released_at; /* end of the wait whose queue is being worked off; 0: none */
  bool draining;       /* the pre-roll queue is being worked off: details were asked when its calls came */
};

/* Sets the playhead without running anything, for a replay that moves it with the clock. */
void mb__tracker_set_playhead_silently(mb_tracker *tracker, double playhead);

/* Performs a call that has passed the door. */
mb_status mb__tracker_perform(mb_tracker *tracker, const mb__call *call);

/* preroll.c: keeps a call, or works off what was kept. `kept` says that the call itself waits now. */
mb_status mb__preroll(mb_tracker *tracker, const mb__call *call, bool *kept);
void mb__preroll_free(mb_tracker *tracker);

#endif
