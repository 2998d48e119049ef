/* Owns the writing of checks and their endpoints. */
#include "check.h"

#include <stdlib.h>

#include "members.h"
#include "read_answer.h"
#include "work.h"

static const char *const plurals[MBC_SEVERITY_COUNT] = {"errors", "warnings", "notes"};

typedef struct writing {
  mb__writer *out;
  mbc_finding_counts counts;
} writing;

/* Each on a line of its own, so that a terminal shows them one by one. */
static bool write_finding(void *user, const mbc_finding *finding) {
  writing *w = user;
  const mbc_finding_row *row = &mbc_finding_rows[finding->code];
  bool is_known = finding->type < MB__EVENT_COUNT;
  w->counts.of[row->severity]++;
  mbc_element(w->out);
  mb__write_raw(w->out, "\n{");
  mbc_member_text(w->out, "code", row->code);
  mbc_member_text(w->out, "severity", mbc_severity_name(row->severity));
  mbc_member_integer(w->out, "event", finding->event);
  mbc_member_text(w->out, "type", is_known ? mb__events[finding->type].name : NULL);
  mbc_member_text(w->out, "message", finding->message);
  mbc_member_text(w->out, "says", row->says);
  mbc_member_text(w->out, "where", row->where);
  mb__write_raw(w->out, "}");
  return !w->out->failed;
}

mbc_finding_counts mbc_checks_write(mb__writer *out, const mbc_history *history) {
  writing w = {.out = out};
  mb__write_raw(out, "[");
  if (mbc_findings_each(history, write_finding, &w)) out->failed = true;
  mb__write_raw(out, "]");
  return w.counts;
}

static void write_counts(mb__writer *out, const mbc_finding_counts *counts) {
  for (int severity = 0; severity < MBC_SEVERITY_COUNT; severity++)
    mbc_member_integer(out, plurals[severity], counts->of[severity]);
}

void mbc_checks_begin(mbc_checks *checks, mb__writer *out) {
  *checks = (mbc_checks){.out = out};
  mb__write_raw(out, "{\"sessions\":[");
}

void mbc_checks_add(mbc_checks *checks, const mbc_history *history) {
  const mbc_session *session = &history->session;
  mb__writer *out = checks->out;
  mbc_element(out);
  mb__write_raw(out, "\n{");
  mbc_member_text(out, "id", *session->id ? session->id : NULL); /* an array has none */
  mbc_member_text(out, "state", mbc_state_name(session->state));
  mbc_member_text(out, "closeReason", mbc_reason_name(session->reason));
  mbc_member(out, "findings");
  mbc_finding_counts counts = mbc_checks_write(out, history);
  write_counts(out, &counts);
  mb__write_raw(out, "}");
  checks->sessions++;
  for (int severity = 0; severity < MBC_SEVERITY_COUNT; severity++) checks->counts.of[severity] += counts.of[severity];
}

void mbc_checks_end(mbc_checks *checks) {
  mb__write_raw(checks->out, "],\n\"total\":{");
  mbc_member_integer(checks->out, "sessions", checks->sessions);
  write_counts(checks->out, &checks->counts);
  mb__write_raw(checks->out, "}}\n");
}

/* Over HTTP. */

static bool write_one(void *user, const mbc_history *history) {
  mb__writer *body = user;
  mbc_checks_write(body, history);
  mb__write_raw(body, "\n");
  return true;
}

void mbc_checks_get_session(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mbc_read_answer_session(store, request, write_one, answer);
}

typedef struct all {
  mbc_store *store;
  mbc_checks checks;
  int64_t now;
  mbc_reading_result result;
} all;

static bool add(void *user, const mbc_history *history) {
  mbc_checks *checks = user;
  mbc_checks_add(checks, history);
  return !checks->out->failed;
}

static bool add_stored(void *user, const mbc_session *session) {
  all *a = user;
  a->result = mbc_read_session(a->store, session, a->now, add, &a->checks);
  return a->result == MBC_READ_GOOD && !a->checks.out->failed;
}

static void finish_all(void *user, mbc_answer *answer, bool good) {
  all *a = user;
  mbc_checks_end(&a->checks);
  mbc_read_answer(a->store, answer, good ? a->result : MBC_READ_FAILED);
}

void mbc_checks_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  all *a = malloc(sizeof *a);
  if (!a) {
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
    return;
  }
  *a = (all){.store = store, .now = request->received_at, .result = MBC_READ_GOOD};
  mbc_checks_begin(&a->checks, &answer->body);
  mbc_work_begin(&(mbc_sweep){store, -1, -1, add_stored, finish_all, free, a}, answer);
}
