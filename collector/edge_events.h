/* Decides what becomes of one event of a request to the Media Edge API: kept, with a handle when it opened a session,
 * or an error, or nothing when it is not of media. */
#ifndef MEDIABEAT_COLLECTOR_EDGE_EVENTS_H
#define MEDIABEAT_COLLECTOR_EDGE_EVENTS_H

#include "envelope.h"
#include "keep.h"
#include "problem.h"

/* The events of one request, and what the answer says about them. */
typedef struct mbc_edge_events {
  mbc_keeping keeping;
  mbc_envelope envelope;
  mb__writer handles, errors; /* elements of the answer's lists */
} mbc_edge_events;

mbc_part mbc_edge_xdm(mbc_part event);     /* tree NULL: it has none */
const char *mbc_edge_type(mbc_part event); /* xdm.eventType after "media."; NULL: not of media */

/* Takes the event that has this place in the list. False after a fault, which is then the answer. */
bool mbc_edge_take(mbc_edge_events *events, mbc_part event, size_t index);

/* What keeps a checked event from its session. */
typedef enum mbc_edge_search {
  MBC_EDGE_FOUND,
  MBC_EDGE_UNKNOWN,
  MBC_EDGE_ENDED,   /* or timed out */
  MBC_EDGE_TOO_OLD, /* ended by its age */
  MBC_EDGE_FAULT
} mbc_edge_search;

typedef struct mbc_edge_reason {
  mbc_problem problem;
  const char *detail, *text;
} mbc_edge_reason;

extern const mbc_edge_reason mbc_edge_reasons[]; /* of UNKNOWN, ENDED and TOO_OLD */
extern const char mbc_edge_unfit[];              /* says that an event has faults */

/* Finds the session of a checked event, and keeps the event there. */
mbc_edge_search mbc_edge_find(mbc_edge_events *events, mbc_part xdm, mb__event_type type);
bool mbc_edge_keep(mbc_edge_events *events, mbc_part xdm, mb__event_type type);

#endif
