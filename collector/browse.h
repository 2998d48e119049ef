/* Decides how stored sessions and events are shown: as JSON over HTTP and as JSON Lines. */
#ifndef MEDIABEAT_COLLECTOR_BROWSE_H
#define MEDIABEAT_COLLECTOR_BROWSE_H

#include <stdbool.h>
#include <stdio.h>

#include "answer.h"
#include "request.h"
#include "store.h"

/* GET /api/sessions: an array of sessions in order of arrival. ?limit=N, ?after=ID of the last one that is known,
 * ?with=findings: each with how many findings it has. */
void mbc_browse_sessions(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET /api/sessions/{sid}/events: an array of events in order of arrival. ?limit=N, ?after=INDEX of the last one that is
 * known, ?form=normalised. */
void mbc_browse_events(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* Writes every event as a line, in order of arrival over all sessions:
 *
 *   {"session":"<id>","index":0,"receivedAt":1700000000000,"duplicate":false,"afterEnd":false,"event":{...}}
 *
 * index: order within the session. receivedAt: ms since 1970 UTC by the collector's clock, as playerTime.ts is by the
 * client's. duplicate: the request was a repetition; afterEnd: it came behind the session's end. Neither of these counts
 * as an event. event: the body as it was sent, on one line; of an Edge event, its xdm. `normalised`: session after
 * session, and event is the normal form. False, with a sentence in `error`, when reading or writing failed. */
bool mbc_browse_export(mbc_store *store, bool normalised, FILE *out, char *error, size_t size);

/* The object that stands for a session in every list. */
void mbc_browse_session(mb__writer *writer, const mbc_session *session);

/* A whole number of the query, or what it is when `absent`. False: refused. */
bool mbc_browse_number(const mbc_request *request, const char *key, int64_t absent, int64_t *number,
                       mbc_answer *answer);

#endif
