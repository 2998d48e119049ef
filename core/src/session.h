/* Decides what a session at the event-by-event level remembers. */
#ifndef MEDIABEAT_SESSION_INTERNAL_H
#define MEDIABEAT_SESSION_INTERNAL_H

#include "client.h"
#include "details.h"
#include "outbox.h"

struct mb_session {
  mb__timed timed; /* first: a timer is its session */
  mb_client *client;
  mb_session *previous, *next;
  mb__player *player;
  mb__outbox *outbox; /* NULL after sessionEnd */
  mb__details details;
  double playhead;
  mb__qoe qoe, sent;
  int64_t anchor;    /* what pings count from */
  int64_t next_ping; /* MB_NEVER when none is to come */
  mb__anchoring anchoring;
  bool in_ad, granular, pings, manual;
  bool resumed; /* opened elsewhere */
};

#endif
