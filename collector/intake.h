/* Decides what becomes of a v1 request: which answer, and what is kept. An answer looks at the request and at whether
 * its session is known and open, at nothing else; what events mean within a session is not judged here. */
#ifndef MEDIABEAT_COLLECTOR_INTAKE_H
#define MEDIABEAT_COLLECTOR_INTAKE_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* POST /api/v1/sessions: a sessionStart; or, deprecated, a batch whose sessionStart says media.downloaded. */
void mbc_intake_start(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* POST /api/v1/sessions/{sid}/events: any other event. */
void mbc_intake_event(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* POST /api/v1/downloaded: an array, which is one whole session. All of it or nothing. */
void mbc_intake_batch(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif
