/* Owns the endpoints of metrics. */
#include "report_api.h"

#include <stdlib.h>

#include "calls.h"
#include "read_answer.h"
#include "report.h"
#include "work.h"

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

void mbc_report_get_session(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mbc_read_answer_session(store, request, write_one, answer);
}

void mbc_report_get_calls(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mbc_read_answer_session(store, request, write_calls, answer);
}

/* All of them. */

typedef struct all {
  mbc_store *store;
  mbc_report *report; /* NULL when it has ended */
  mb__writer *body;
  int64_t now;
  mbc_reading_result result;
} all;

static bool add(void *user, const mbc_history *history) {
  all *a = user;
  if (mbc_report_add(a->report, history)) a->body->failed = true;
  return !a->body->failed;
}

static bool add_stored(void *user, const mbc_session *session) {
  all *a = user;
  a->result = mbc_read_session(a->store, session, a->now, add, a);
  return a->result == MBC_READ_GOOD && !a->body->failed;
}

static void end(all *a) {
  if (a->report && mbc_report_end(a->report)) a->body->failed = true;
  a->report = NULL;
}

static void finish_all(void *user, mbc_answer *answer, bool good) {
  all *a = user;
  end(a);
  mbc_read_answer(a->store, answer, good ? a->result : MBC_READ_FAILED);
}

static void drop(void *user) {
  end(user);
  free(user);
}

void mbc_report_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  all *a = malloc(sizeof *a);
  mbc_report *report = a ? mbc_report_begin(&answer->body) : NULL;
  if (!report) {
    free(a);
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
    return;
  }
  *a = (all){store, report, &answer->body, request->received_at, MBC_READ_GOOD};
  mbc_work_begin(&(mbc_sweep){store, -1, -1, add_stored, finish_all, drop, a}, answer);
}
