/* Decides what becomes of a request to the Media Edge API: which answer, and what is kept. As with v1, an answer looks
 * at the request and at whether its session is known and open, at nothing else. */
#ifndef MEDIABEAT_COLLECTOR_EDGE_INTAKE_H
#define MEDIABEAT_COLLECTOR_EDGE_INTAKE_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* POST .../va/v1/sessionStart and .../va/v1/downloaded: what opens sessions. */
void mbc_edge_start(mbc_store *store, const mbc_request *request, mbc_answer *answer);
void mbc_edge_downloaded(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* POST .../va/v1/{action}: any other event; and which actions there are. */
void mbc_edge_event(mbc_store *store, const mbc_request *request, mbc_answer *answer);
bool mbc_edge_is_action(const char *action);

/* POST .../v1/interact, .../v1/collect and .../v2/interact: events of all kinds, of which those of media count. */
void mbc_edge_interact(mbc_store *store, const mbc_request *request, mbc_answer *answer);
void mbc_edge_interact_v2(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif
