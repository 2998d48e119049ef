/* Decides what a check of sessions looks like: the findings of each, and how many there are.
 *
 *   {"sessions":[{"id":"...","state":"closed","closeReason":"sessionEnd","findings":[
 *       {"code":"equalTs","severity":"note","event":3,"type":"play","message":"...","says":"...","where":"..."}],
 *     "errors":0,"warnings":0,"notes":1}],
 *    "total":{"sessions":1,"errors":0,"warnings":0,"notes":1}} */
#ifndef MEDIABEAT_COLLECTOR_CHECK_H
#define MEDIABEAT_COLLECTOR_CHECK_H

#include "answer.h"
#include "findings.h"
#include "request.h"

typedef struct mbc_checks {
  mb__writer *out;
  int64_t sessions;
  mbc_finding_counts counts;
} mbc_checks;

/* Memory that ends shows in out->failed. */
void mbc_checks_begin(mbc_checks *checks, mb__writer *out);
void mbc_checks_add(mbc_checks *checks, const mbc_history *history);
void mbc_checks_end(mbc_checks *checks);

/* The array of a session's findings. */
mbc_finding_counts mbc_checks_write(mb__writer *out, const mbc_history *history);

/* GET /api/sessions/{sid}/findings: that array; provisional while the session is open. */
void mbc_checks_get_session(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET /api/findings: every session. */
void mbc_checks_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif
