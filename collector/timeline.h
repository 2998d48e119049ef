/* Decides how a session is drawn: its processed events as rows and everything that has a duration as spans, as JSON. */
#ifndef MEDIABEAT_COLLECTOR_TIMELINE_H
#define MEDIABEAT_COLLECTOR_TIMELINE_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* GET /api/sessions/{sid}/timeline?from=N:
 *
 *   {"now":..., "session":{...}, "start":..., "length":..., "live":..., "settled":..., "from":..., "total":...,
 *    "types":["sessionStart", ...], "notes":["late", ...],
 *    "steps":[[index, ts, time, receivedAt, type, playhead, bitrate, notes, label], ...],
 *    "others":[ rows of the same kind: what arrived and is not processed ],
 *    "spans":[[lane, kind, label, start, end, from, to, open, value], ...]}
 *
 * Steps are in the order of processing, from the N-th on. The first `settled` ones do not change any more: who has them
 * asks for the rest. type is a place in `types`, notes are bits in the order of `notes`; times and playheads are ms. */
void mbc_timeline_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif
