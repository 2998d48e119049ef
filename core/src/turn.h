/* Decides that a call happens whole or not at all: a working copy of the state, events that can be taken back, and one
 * commit. */
#ifndef MEDIABEAT_TURN_H
#define MEDIABEAT_TURN_H

#include "call.h"
#include "tracker.h"

typedef struct mb__turn {
  mb_tracker *tracker;
  mb_client *client;
  const mb__call *call;
  int64_t now;
  mb_status status; /* sticks at the first failure; events after it are not written */
  mb__state state;  /* working copy */
  mb__tail *tail;   /* prepared for the event of this call; taken over by the state, or dropped */
  bool force;       /* the playback state is announced even if it is not new */
  bool asked;       /* the player was asked for its details */
  bool marked;      /* mark belongs to the outbox the turn began with */
  mb__outbox_mark mark;
  mb__outbox *fresh; /* opened in this turn */
  mb__outbox *ended; /* to be let go with the commit */
  uint32_t accepted;
  uint32_t dropped_count; /* of those, by reason: */
  uint32_t dropped[MB_DROP_COUNT];
} mb__turn;

mb__turn mb__turn_begin(mb_tracker *tracker, const mb__call *call);

/* Writes an event of this turn; tail may be NULL. Nothing happens while the session is idle-closed. */
void mb__turn_event(mb__turn *turn, mb__event_type type, mb__tail *tail);
void mb__turn_session_start(mb__turn *turn, bool resume); /* opens a new outbox and writes state.media */
void mb__turn_error(mb__turn *turn, const char *error_id);
void mb__turn_let_go(mb__turn *turn); /* no more events for the present session */

/* Makes the working copy the state, or undoes everything when turn->status says so; returns the status. */
mb_status mb__turn_end(mb__turn *turn);

#endif
