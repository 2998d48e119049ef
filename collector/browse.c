/* Owns the reading side: one way to write a session, one to write an event. */
#include "browse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "normal.h"
#include "work.h"

/* {"name":value,... : the comma is written before every member but the first. */
static void name(mb__writer *writer, const char *text) {
  bool first = writer->size && writer->bytes[writer->size - 1] == '{';
  if (!first) mb__write(writer, ",", 1);
  mb__write_text(writer, text);
  mb__write(writer, ":", 1);
}

static void text_member(mb__writer *writer, const char *key, const char *value) {
  name(writer, key);
  if (value)
    mb__write_text(writer, value);
  else
    mb__write_raw(writer, "null");
}

static void integer_member(mb__writer *writer, const char *key, int64_t value) {
  name(writer, key);
  mb__write_integer(writer, value);
}

static void flag_member(mb__writer *writer, const char *key, bool value) {
  name(writer, key);
  mb__write_flag(writer, value);
}

static void close_members(mb__writer *writer, const mbc_session *session) {
  text_member(writer, "closeReason", mbc_reason_name(session->reason));
  if (session->state == MBC_CLOSED)
    integer_member(writer, "closedAt", session->closed_at);
  else
    text_member(writer, "closedAt", NULL);
}

static void session_members(mb__writer *writer, const mbc_session *session) {
  text_member(writer, "id", session->id);
  text_member(writer, "state", mbc_state_name(session->state));
  text_member(writer, "protocol", session->protocol);
  integer_member(writer, "startedAt", session->started_at);
  integer_member(writer, "lastEventAt", session->last_event_at);
  close_members(writer, session);
  integer_member(writer, "eventCount", session->events);
  integer_member(writer, "duplicateCount", session->duplicates);
  text_member(writer, "mediaId", session->media_id);
  text_member(writer, "mediaName", session->media_name);
  text_member(writer, "playerName", session->player_name);
  text_member(writer, "channel", session->channel);
  flag_member(writer, "resume", session->resume);
  flag_member(writer, "downloaded", session->downloaded);
}

void mbc_browse_session(mb__writer *writer, const mbc_session *session) {
  mb__write(writer, "{", 1);
  session_members(writer, session);
  mb__write(writer, "}", 1);
}

/* With its session where events of many stand side by side. `session` NULL: as it was sent. */
static void write_event(mb__writer *writer, const mbc_event *event, mbc_normal *session) {
  mb__write(writer, "{", 1);
  if (event->session) text_member(writer, "session", event->session);
  integer_member(writer, "index", event->position);
  integer_member(writer, "receivedAt", event->received_at);
  flag_member(writer, "duplicate", event->mark == MBC_DUPLICATE);
  flag_member(writer, "afterEnd", event->mark == MBC_AFTER_END);
  name(writer, "event");
  if (session)
    mbc_normal_write(writer, session, event);
  else
    mb__write(writer, event->body, event->size);
  mb__write(writer, "}", 1);
}

/* Elements stand on lines of their own, so that a terminal shows them one by one. */
static void begin_element(mb__writer *writer) { mb__write_raw(writer, writer->size == 1 ? "\n" : ",\n"); }

static bool list_session(void *user, const mbc_session *session) {
  mb__writer *writer = user;
  begin_element(writer);
  mbc_browse_session(writer, session);
  return !writer->failed;
}

/* A list that says how many findings of each severity a session has: all its events are read for that. */
typedef struct checked {
  mbc_store *store;
  mb__writer *writer;
  int64_t now;
  bool failed; /* the store has */
} checked;

static void write_counts(mb__writer *writer, const mbc_finding_counts *counts) {
  name(writer, "findings");
  mb__write(writer, "{", 1);
  for (int i = 0; i < MBC_SEVERITY_COUNT; i++)
    integer_member(writer, mbc_severity_name((mbc_severity)i), counts->of[i]);
  mb__write(writer, "}", 1);
}

static bool count_findings(checked *list, mbc_history *history, mbc_finding_counts *counts) {
  list->failed = !mbc_store_each_event(list->store, history->session.key, -1, -1, mbc_history_add, history);
  if (list->failed) return false;
  if (mbc_history_finish(history) != MB_OK) list->writer->failed = true;
  if (!list->writer->failed) *counts = mbc_findings_count(history);
  return !list->writer->failed;
}

static bool list_checked(void *user, const mbc_session *session) {
  checked *list = user;
  mbc_finding_counts counts;
  mbc_history *history = mbc_history_new(session, list->now);
  if (!history) list->writer->failed = true;
  bool good = history && count_findings(list, history, &counts);
  mbc_history_free(history);
  if (!good) return false;
  begin_element(list->writer);
  mb__write(list->writer, "{", 1);
  session_members(list->writer, session);
  write_counts(list->writer, &counts);
  mb__write(list->writer, "}", 1);
  return !list->writer->failed;
}

static bool list_event(void *user, const mbc_event *event) {
  mb__writer *writer = user;
  begin_element(writer);
  write_event(writer, event, NULL);
  return !writer->failed;
}

/* A page of the normal form, for which all events before it are read. */
typedef struct page {
  mb__writer *writer;
  mbc_normal session;
  int64_t after, left; /* left < 0: no limit */
} page;

static bool list_normalised(void *user, const mbc_event *event) {
  page *p = user;
  size_t before = p->writer->size;
  if (p->left == 0) return false;
  begin_element(p->writer);
  write_event(p->writer, event, &p->session);
  if (event->position <= p->after)
    p->writer->size = before;
  else
    p->left--;
  return !p->writer->failed;
}

static void finish_list(mbc_store *store, mbc_answer *answer, bool good) {
  answer->closed = true;
  mb__write_raw(&answer->body, "\n]\n");
  if (good)
    mbc_answer_json(answer);
  else
    mbc_answer_refuse(answer, 500, "the store failed: %s", mbc_store_error(store));
}

/* At most 15 digits. */
bool mbc_browse_number(const mbc_request *request, const char *key, int64_t absent, int64_t *number,
                       mbc_answer *answer) {
  const char *text = request->query(request->user, key);
  *number = absent;
  if (!text) return true;
  size_t digits = strspn(text, "0123456789");
  if (!digits || digits > 15 || text[digits]) {
    mbc_answer_refuse(answer, 400, "%s: a whole number is needed", key);
    return false;
  }
  *number = strtoll(text, NULL, 10);
  return true;
}

static bool find(mbc_store *store, const char *id, mbc_session *session, int missing, mbc_answer *answer) {
  mbc_result result = mbc_store_find_session(store, id, session);
  if (result == MBC_NONE) mbc_answer_refuse(answer, missing, "no such session");
  if (result == MBC_FAILED) mbc_answer_refuse(answer, 500, "the store failed: %s", mbc_store_error(store));
  return result == MBC_FOUND;
}

static bool query_word(const mbc_request *request, const char *key, const char *word, bool *given, mbc_answer *answer) {
  const char *text = request->query(request->user, key);
  *given = text && strcmp(text, word) == 0;
  if (text && !*given) mbc_answer_refuse(answer, 400, "%s: %s, or nothing, is needed", key, word);
  return !text || *given;
}

static void finish_checked(void *user, mbc_answer *answer, bool good) {
  const checked *list = user;
  finish_list(list->store, answer, good && !list->failed);
}

static void list_with_findings(mbc_store *store, const mbc_request *request, int64_t after, int64_t limit,
                               mbc_answer *answer) {
  checked *list = malloc(sizeof *list);
  if (!list) {
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
    return;
  }
  *list = (checked){.store = store, .writer = &answer->body, .now = request->received_at};
  mbc_work_begin(&(mbc_sweep){store, after, limit, list_checked, finish_checked, free, list}, answer);
}

void mbc_browse_sessions(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mbc_session last = {.key = -1};
  const char *after = request->query(request->user, "after");
  int64_t limit;
  bool with_findings;
  if (!query_word(request, "with", "findings", &with_findings, answer)) return;
  if (!mbc_browse_number(request, "limit", -1, &limit, answer)) return;
  if (after && !find(store, after, &last, 400, answer)) return;
  mb__write_raw(&answer->body, "[");
  if (with_findings)
    list_with_findings(store, request, last.key, limit, answer);
  else
    finish_list(store, answer, mbc_store_each_session(store, last.key, limit, list_session, &answer->body));
}

void mbc_browse_events(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mbc_session session;
  int64_t after, limit;
  bool normalised;
  if (!mbc_browse_number(request, "limit", -1, &limit, answer)) return;
  if (!mbc_browse_number(request, "after", -1, &after, answer)) return;
  if (!query_word(request, "form", "normalised", &normalised, answer)) return;
  if (!find(store, request->argument, &session, 404, answer)) return;
  mb__write_raw(&answer->body, "[");
  page p = {.writer = &answer->body, .after = after, .left = limit};
  finish_list(store, answer,
              normalised ? mbc_store_each_event(store, session.key, -1, -1, list_normalised, &p)
                         : mbc_store_each_event(store, session.key, after, limit, list_event, &answer->body));
}

typedef struct lines {
  FILE *out;
  mb__writer line;
  bool normalised;
  char id[MBC_ID_SIZE + 1]; /* of the session under way */
  mbc_normal session;
  int failure; /* errno */
} lines;

static void follow_session(lines *l, const mbc_event *event) {
  if (strcmp(l->id, event->session) == 0) return;
  snprintf(l->id, sizeof l->id, "%s", event->session);
  l->session = (mbc_normal){0};
}

static bool write_line(void *user, const mbc_event *event) {
  lines *l = user;
  mb__writer_clear(&l->line);
  follow_session(l, event);
  write_event(&l->line, event, l->normalised ? &l->session : NULL);
  mb__write(&l->line, "\n", 1);
  if (l->line.failed)
    l->failure = ENOMEM;
  else if (fwrite(l->line.bytes, 1, l->line.size, l->out) != l->line.size)
    l->failure = errno;
  return !l->failure;
}

bool mbc_browse_export(mbc_store *store, bool normalised, FILE *out, char *error, size_t size) {
  lines l = {.out = out, .normalised = normalised};
  mb__writer_init(&l.line, &mb__c_library);
  bool good = (normalised ? mbc_store_each_by_session : mbc_store_each)(store, write_line, &l);
  if (good && !l.failure && fflush(out) != 0) l.failure = errno;
  mb__writer_free(&l.line);
  if (!good) snprintf(error, size, "reading failed: %s", mbc_store_error(store));
  if (l.failure) snprintf(error, size, "writing failed: %s", strerror(l.failure));
  return good && !l.failure;
}
