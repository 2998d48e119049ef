/* Decides how metrics are asked for over HTTP. */
#ifndef MEDIABEAT_COLLECTOR_REPORT_API_H
#define MEDIABEAT_COLLECTOR_REPORT_API_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* GET /api/sessions/{sid}/metrics: one session as a report shows it; provisional while the session is open. */
void mbc_report_get_session(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET /api/sessions/{sid}/calls: the records that Adobe's backend would make of it, as calls.h has them. */
void mbc_report_get_calls(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET /api/report: every session, and the totals. */
void mbc_report_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif
