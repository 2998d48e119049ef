/* Owns the endpoints of metrics. */
#include "report_api.h"

#include "calls.h"
#include "read_sessions.h"
#include "report.h"

static void finish(mbc_store *store, mbc_answer *answer, mbc_reading_result result) {
  answer->closed = true;
  if (answer->body.failed)
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
  else if (result != MBC_READ_GOOD)
    mbc_answer_refuse(answer, 500, "the store failed: %s", mbc_store_error(store));
  else
    mbc_answer_json(answer);
}

static bool write_one(void *user, const mbc_history *history) {
  mb__writer *body = user;
  if (mbc_report_session(body, history)) body->failed = true;
  mb__write_raw(body, "\n");
  return true;
}

static bool write_calls(void *user, const mbc_history *history) {
  mb__writer *body = user;
  if (mbc_calls_write(body, history)) body->failed = true;
  mb__write_raw(body, "\n");
  return true;
}

static void get(mbc_store *store, const mbc_request *request, mbc_history_visitor *write, mbc_answer *answer) {
  mbc_session session;
  mbc_result found = mbc_store_find_session(store, request->argument, &session);
  answer->closed = true;
  if (found == MBC_NONE)
    mbc_answer_refuse(answer, 404, "no such session");
  else if (found == MBC_FAILED)
    finish(store, answer, MBC_READ_FAILED);
  else
    finish(store, answer, mbc_read_session(store, &session, request->received_at, write, &answer->body));
}

void mbc_report_get_session(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  get(store, request, write_one, answer);
}

void mbc_report_get_calls(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  get(store, request, write_calls, answer);
}

typedef struct all {
  mbc_report *report;
  mb__writer *body;
} all;

static bool add(void *user, const mbc_history *history) {
  all *a = user;
  if (mbc_report_add(a->report, history)) a->body->failed = true;
  return !a->body->failed;
}

void mbc_report_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  all a = {mbc_report_begin(&answer->body), &answer->body};
  answer->closed = true;
  if (!a.report) {
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
    return;
  }
  mbc_reading_result result = mbc_read_store(store, request->received_at, add, &a);
  if (mbc_report_end(a.report)) answer->body.failed = true;
  finish(store, answer, result);
}
