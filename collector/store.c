/* Owns the statements: what is written to the database and read from it. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "store_parts.h"

enum { SILENCE_MS = 1000 };

#define SESSION_COLUMNS                                                                                        \
  "key, id, state, reason, downloaded, resume, started_at, last_event_at, closed_at, last_moved_at, look_at, " \
  "playhead,"                                                                                                  \
  " arrivals, events, duplicates, protocol"
#define TEXT_COLUMNS ", media_id, media_name, player_name, channel"

const char *const mbc_store_texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [ADD_SESSION] = "INSERT INTO session (id, protocol, state, reason, downloaded, resume, started_at, last_event_at,"
                    " closed_at, last_moved_at, look_at, playhead, arrivals, events, duplicates, media_id, media_name,"
                    " player_name, channel)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SAVE_SESSION] = "UPDATE session SET last_event_at = ?, last_moved_at = ?, playhead = ?, arrivals = ?, events = ?,"
                     " duplicates = ? WHERE key = ?",
    [SAVE_STATE] = "UPDATE session SET state = ?, reason = ?, closed_at = ? WHERE key = ?",
    [LOOK_AT] = "UPDATE session SET look_at = ? WHERE key = ?",
    [LOOK_AT_ALL] = "UPDATE session SET look_at = ? WHERE state <> 'closed'",
    [REMOVE_SESSION] = "DELETE FROM session WHERE key = ?",
    [REMOVE_EVENTS] = "DELETE FROM event WHERE session = ?",
    [ADD_EVENT] = "INSERT INTO event (session, position, received_at, mark, hash, body) VALUES (?, ?, ?, ?, ?, ?)",
    [FIND_SESSION] = "SELECT " SESSION_COLUMNS " FROM session WHERE id = ?",
    [NEXT_DUE] = "SELECT " SESSION_COLUMNS " FROM session WHERE state <> 'closed' AND look_at <= ?"
                 " ORDER BY look_at LIMIT 1",
    [OLDEST_CLOSED] = "SELECT " SESSION_COLUMNS " FROM session WHERE state = 'closed' ORDER BY closed_at LIMIT 1",
    [NEXT_LOOK] = "SELECT min(look_at) FROM session WHERE state <> 'closed'",
    [COUNT_OPEN] = "SELECT count(*) FROM session WHERE state <> 'closed'",
    [SIZE] = "SELECT (page_count - freelist_count) * page_size"
             " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    [VISIT_SESSION] = "SELECT " SESSION_COLUMNS TEXT_COLUMNS " FROM session WHERE id = ?",
    [VISIT_KEY] = "SELECT " SESSION_COLUMNS TEXT_COLUMNS " FROM session WHERE key = ?",
    [EACH_SESSION] = "SELECT " SESSION_COLUMNS TEXT_COLUMNS " FROM session WHERE key > ? ORDER BY key LIMIT ?",
    [EACH_EVENT] = "SELECT NULL, position, received_at, mark, body FROM event"
                   " WHERE session = ? AND position > ? ORDER BY key LIMIT ?",
    [EACH] = "SELECT session.id, position, received_at, mark, body FROM event CROSS JOIN session"
             " ON session.key = event.session ORDER BY event.key",
    [EACH_BY_SESSION] = "SELECT session.id, position, received_at, mark, body FROM session CROSS JOIN event"
                        " ON event.session = session.key ORDER BY session.key, event.key",
    [EACH_ALIKE] = "SELECT NULL, position, received_at, mark, body FROM event"
                   " WHERE session = ? AND hash = ? AND mark IS NULL",
};

static const char *const state_names[] = {"open", "completed", "closed"};
static const char *const reason_names[] = {NULL,         "sessionEnd", "batchEnd", "timeout10m",
                                           "timeout30m", "maxAge24h",  "forced"};
static const char *const mark_names[] = {NULL, "duplicate", "afterEnd"};

void mbc_session_close(mbc_session *session, mbc_reason reason, int64_t closed_at) {
  session->state = MBC_CLOSED;
  session->reason = reason;
  session->closed_at = closed_at;
}

const char *mbc_state_name(mbc_state state) { return state_names[state]; }
const char *mbc_reason_name(mbc_reason reason) { return reason_names[reason]; }
const char *mbc_store_error(const mbc_store *store) { return store->error; }

void mbc_store_complain(mbc_store *store) {
  int64_t now = mbc_clock_steady();
  if (now < store->silent_until) return;
  store->silent_until = now + SILENCE_MS;
  fprintf(stderr, "mediabeat collector: the store failed: %s\n", store->error);
}

bool mbc_store_failed(mbc_store *store) {
  snprintf(store->error, sizeof store->error, "%s", sqlite3_errmsg(store->db));
  return false;
}

static int named(const char *const *names, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (name && names[i] && strcmp(names[i], name) == 0) return i;
  return 0;
}

/* Running statements: bind, bind, ... then run once or step through rows. */

static void bind_integer(mbc_store *store, statement which, int place, int64_t value) {
  int status = sqlite3_bind_int64(store->statements[which], place, value);
  if (status != SQLITE_OK) store->bound = status;
}

/* Not copied: must stay until the statement is done. NULL binds NULL. */
static void bind_bytes(mbc_store *store, statement which, int place, const char *bytes, size_t size) {
  int status = sqlite3_bind_text64(store->statements[which], place, bytes, size, SQLITE_STATIC, SQLITE_UTF8);
  if (status != SQLITE_OK) store->bound = status;
}

static void bind_text(mbc_store *store, statement which, int place, const char *text) {
  bind_bytes(store, which, place, text, text ? strlen(text) : 0);
}

static bool done(mbc_store *store, statement which) {
  store->bound = SQLITE_OK;
  return sqlite3_reset(store->statements[which]) == SQLITE_OK;
}

static mbc_result step(mbc_store *store, statement which) {
  int status = store->bound == SQLITE_OK ? sqlite3_step(store->statements[which]) : store->bound;
  if (status == SQLITE_ROW) return MBC_FOUND;
  if (status == SQLITE_DONE) return MBC_NONE;
  mbc_store_failed(store); /* before the reset, which may say less */
  return MBC_FAILED;
}

static bool run(mbc_store *store, statement which) {
  mbc_result result = step(store, which);
  done(store, which);
  return result != MBC_FAILED;
}

/* A group that failed stays one until it is settled: what would join it now would be lost with it. */
bool mbc_store_begin(mbc_store *store) {
  if (store->group == NO_GROUP && run(store, BEGIN)) store->group = GROUP_OPEN;
  return store->group == GROUP_OPEN;
}

void mbc_store_fail(mbc_store *store) {
  if (store->group == NO_GROUP) return;
  store->group = GROUP_FAILED;
  char error[sizeof store->error];
  memcpy(error, store->error, sizeof error);
  if (!sqlite3_get_autocommit(store->db)) run(store, ROLLBACK); /* it does so by itself when a disk is full */
  mbc_store_read_number(store, COUNT_OPEN, 0, &store->open);
  memcpy(store->error, error, sizeof error); /* the reason why, not what came of it */
}

bool mbc_store_settle(mbc_store *store) {
  if (store->group == GROUP_OPEN && !run(store, COMMIT)) mbc_store_fail(store);
  bool good = store->group != GROUP_FAILED;
  store->group = NO_GROUP;
  return good;
}

bool mbc_store_unsettled(const mbc_store *store) { return store->group != NO_GROUP; }

static void bind_real(mbc_store *store, statement which, int place, double value) {
  int status = sqlite3_bind_double(store->statements[which], place, value);
  if (status != SQLITE_OK) store->bound = status;
}

static void note_change(mbc_store *store, int64_t key) { store->changed[store->changes++ % CHANGES] = key; }

bool mbc_store_add_session(mbc_store *store, mbc_session *session) {
  bind_text(store, ADD_SESSION, 1, session->id);
  bind_text(store, ADD_SESSION, 2, session->protocol);
  bind_text(store, ADD_SESSION, 3, state_names[session->state]);
  bind_text(store, ADD_SESSION, 4, reason_names[session->reason]);
  bind_integer(store, ADD_SESSION, 5, session->downloaded);
  bind_integer(store, ADD_SESSION, 6, session->resume);
  bind_integer(store, ADD_SESSION, 7, session->started_at);
  bind_integer(store, ADD_SESSION, 8, session->last_event_at);
  bind_integer(store, ADD_SESSION, 9, session->closed_at);
  bind_integer(store, ADD_SESSION, 10, session->last_moved_at);
  bind_integer(store, ADD_SESSION, 11, session->look_at);
  bind_real(store, ADD_SESSION, 12, session->playhead);
  bind_integer(store, ADD_SESSION, 13, session->arrivals);
  bind_integer(store, ADD_SESSION, 14, session->events);
  bind_integer(store, ADD_SESSION, 15, session->duplicates);
  bind_text(store, ADD_SESSION, 16, session->media_id);
  bind_text(store, ADD_SESSION, 17, session->media_name);
  bind_text(store, ADD_SESSION, 18, session->player_name);
  bind_text(store, ADD_SESSION, 19, session->channel);
  if (!run(store, ADD_SESSION)) return false;
  session->key = sqlite3_last_insert_rowid(store->db);
  session->saved = session->state;
  store->open += session->state != MBC_CLOSED;
  note_change(store, session->key);
  return true;
}

/* How many are open is counted along, for each start asks. */
static bool save_state(mbc_store *store, mbc_session *session) {
  bind_text(store, SAVE_STATE, 1, state_names[session->state]);
  bind_text(store, SAVE_STATE, 2, reason_names[session->reason]);
  bind_integer(store, SAVE_STATE, 3, session->closed_at);
  bind_integer(store, SAVE_STATE, 4, session->key);
  if (session->saved != MBC_CLOSED && session->state == MBC_CLOSED) store->open--;
  session->saved = session->state;
  return run(store, SAVE_STATE);
}

/* The state apart, for it stands in indices that would be written with every event. */
bool mbc_store_save_session(mbc_store *store, mbc_session *session) {
  bind_integer(store, SAVE_SESSION, 1, session->last_event_at);
  bind_integer(store, SAVE_SESSION, 2, session->last_moved_at);
  bind_real(store, SAVE_SESSION, 3, session->playhead);
  bind_integer(store, SAVE_SESSION, 4, session->arrivals);
  bind_integer(store, SAVE_SESSION, 5, session->events);
  bind_integer(store, SAVE_SESSION, 6, session->duplicates);
  bind_integer(store, SAVE_SESSION, 7, session->key);
  note_change(store, session->key);
  return run(store, SAVE_SESSION) && (session->state == session->saved || save_state(store, session));
}

bool mbc_store_look_at(mbc_store *store, int64_t session_key, int64_t look_at) {
  bind_integer(store, LOOK_AT, 1, look_at);
  bind_integer(store, LOOK_AT, 2, session_key);
  return run(store, LOOK_AT);
}

bool mbc_store_look_at_all(mbc_store *store, int64_t look_at) {
  bind_integer(store, LOOK_AT_ALL, 1, look_at);
  return run(store, LOOK_AT_ALL);
}

bool mbc_store_remove_session(mbc_store *store, int64_t session_key) {
  bind_integer(store, REMOVE_EVENTS, 1, session_key);
  bind_integer(store, REMOVE_SESSION, 1, session_key);
  note_change(store, session_key);
  return run(store, REMOVE_EVENTS) && run(store, REMOVE_SESSION);
}

bool mbc_store_add_event(mbc_store *store, int64_t session_key, const mbc_event *event) {
  bind_integer(store, ADD_EVENT, 1, session_key);
  bind_integer(store, ADD_EVENT, 2, event->position);
  bind_integer(store, ADD_EVENT, 3, event->received_at);
  bind_text(store, ADD_EVENT, 4, mark_names[event->mark]);
  bind_integer(store, ADD_EVENT, 5, event->hash);
  bind_bytes(store, ADD_EVENT, 6, event->body, event->size);
  return run(store, ADD_EVENT);
}

/* Reading rows. */

static const char *text_at(sqlite3_stmt *row, int column) { return (const char *)sqlite3_column_text(row, column); }

#define NAMED(names, row, column) named(names, (int)(sizeof names / sizeof *names), text_at(row, column))

static void read_session(sqlite3_stmt *row, mbc_session *session) {
  *session = (mbc_session){
      .key = sqlite3_column_int64(row, 0),
      .state = (mbc_state)NAMED(state_names, row, 2),
      .reason = (mbc_reason)NAMED(reason_names, row, 3),
      .downloaded = sqlite3_column_int(row, 4) != 0,
      .resume = sqlite3_column_int(row, 5) != 0,
      .started_at = sqlite3_column_int64(row, 6),
      .last_event_at = sqlite3_column_int64(row, 7),
      .closed_at = sqlite3_column_int64(row, 8),
      .last_moved_at = sqlite3_column_int64(row, 9),
      .look_at = sqlite3_column_int64(row, 10),
      .playhead = sqlite3_column_double(row, 11),
      .arrivals = sqlite3_column_int64(row, 12),
      .events = sqlite3_column_int64(row, 13),
      .duplicates = sqlite3_column_int64(row, 14),
  };
  const char *id = text_at(row, 1), *protocol = text_at(row, 15);
  snprintf(session->id, sizeof session->id, "%s", id ? id : "");
  session->edge = protocol && strcmp(protocol, "edge") == 0;
  session->saved = session->state;
}

/* Valid until the statement moves on. */
static void read_texts(sqlite3_stmt *row, mbc_session *session) {
  session->protocol = text_at(row, 15);
  session->media_id = text_at(row, 16);
  session->media_name = text_at(row, 17);
  session->player_name = text_at(row, 18);
  session->channel = text_at(row, 19);
}

static void read_event(sqlite3_stmt *row, mbc_event *event) {
  *event = (mbc_event){
      .session = text_at(row, 0),
      .position = sqlite3_column_int64(row, 1),
      .received_at = sqlite3_column_int64(row, 2),
      .mark = (mbc_mark)NAMED(mark_names, row, 3),
      .body = text_at(row, 4),
      .size = (size_t)sqlite3_column_bytes(row, 4),
  };
}

static mbc_result one_session(mbc_store *store, statement which, mbc_session *session) {
  mbc_result result = step(store, which);
  if (result == MBC_FOUND) read_session(store->statements[which], session);
  done(store, which);
  return result;
}

mbc_result mbc_store_find_session(mbc_store *store, const char *id, mbc_session *session) {
  bind_text(store, FIND_SESSION, 1, id);
  return one_session(store, FIND_SESSION, session);
}

mbc_result mbc_store_next_due(mbc_store *store, int64_t now, mbc_session *session) {
  bind_integer(store, NEXT_DUE, 1, now);
  return one_session(store, NEXT_DUE, session);
}

mbc_result mbc_store_oldest_closed(mbc_store *store, mbc_session *session) {
  return one_session(store, OLDEST_CLOSED, session);
}

/* A single number; `absent` when it is NULL. */
bool mbc_store_read_number(mbc_store *store, statement which, int64_t absent, int64_t *number) {
  sqlite3_stmt *row = store->statements[which];
  bool good = step(store, which) == MBC_FOUND;
  if (good) *number = sqlite3_column_type(row, 0) == SQLITE_NULL ? absent : sqlite3_column_int64(row, 0);
  done(store, which);
  return good;
}

bool mbc_store_next_look(mbc_store *store, int64_t *look_at) {
  return mbc_store_read_number(store, NEXT_LOOK, INT64_MAX, look_at);
}

int64_t mbc_store_open_sessions(const mbc_store *store) { return store->open; }

bool mbc_store_size(mbc_store *store, int64_t *bytes) { return mbc_store_read_number(store, SIZE, 0, bytes); }

/* Steps through sessions with their texts. */
static mbc_result visit_sessions(mbc_store *store, statement which, mbc_session_visitor *visit, void *user) {
  sqlite3_stmt *row = store->statements[which];
  mbc_result result, first = MBC_NONE;
  bool more = true;
  while (more && (result = step(store, which)) == MBC_FOUND) {
    mbc_session session;
    first = MBC_FOUND;
    read_session(row, &session);
    read_texts(row, &session);
    more = visit(user, &session);
  }
  done(store, which);
  return more && result == MBC_FAILED ? MBC_FAILED : first;
}

mbc_result mbc_store_visit_session(mbc_store *store, const char *id, mbc_session_visitor *visit, void *user) {
  bind_text(store, VISIT_SESSION, 1, id);
  return visit_sessions(store, VISIT_SESSION, visit, user);
}

bool mbc_store_each_session(mbc_store *store, int64_t after, int64_t limit, mbc_session_visitor *visit, void *user) {
  bind_integer(store, EACH_SESSION, 1, after);
  bind_integer(store, EACH_SESSION, 2, limit);
  return visit_sessions(store, EACH_SESSION, visit, user) != MBC_FAILED;
}

/* Changes. */

uint64_t mbc_store_changes(const mbc_store *store) { return store->changes; }

static int by_key(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return (a > b) - (a < b);
}

typedef struct watched {
  mbc_session_visitor *visit;
  void *user;
  bool more;
} watched;

static bool pass_on(void *user, const mbc_session *session) {
  watched *w = user;
  return w->more = w->visit(w->user, session);
}

static bool visit_keys(mbc_store *store, const int64_t *keys, size_t count, watched *w) {
  for (size_t i = 0; i < count && w->more; i++) {
    bind_integer(store, VISIT_KEY, 1, keys[i]);
    if (visit_sessions(store, VISIT_KEY, pass_on, w) == MBC_FAILED) return false;
  }
  return true;
}

static size_t keep_each_once(int64_t *keys, size_t count) {
  size_t kept = 0;
  qsort(keys, count, sizeof *keys, by_key);
  for (size_t i = 0; i < count; i++)
    if (!kept || keys[i] != keys[kept - 1]) keys[kept++] = keys[i];
  return kept;
}

bool mbc_store_each_changed(mbc_store *store, uint64_t after, size_t most, bool *complete, mbc_session_visitor *visit,
                            void *user) {
  uint64_t count = after < store->changes ? store->changes - after : 0;
  *complete = after <= store->changes && count <= CHANGES;
  if (!*complete || !count) return true;
  int64_t *keys = malloc((size_t)count * sizeof *keys);
  if (!keys) return snprintf(store->error, sizeof store->error, "out of memory"), false;
  for (uint64_t i = 0; i < count; i++) keys[i] = store->changed[(after + i) % CHANGES];
  size_t sessions = keep_each_once(keys, (size_t)count);
  watched w = {visit, user, true};
  *complete = sessions <= most;
  bool good = !*complete || visit_keys(store, keys, sessions, &w);
  free(keys);
  return good;
}

static bool each_event(mbc_store *store, statement which, mbc_event_visitor *visit, void *user) {
  mbc_result result;
  bool more = true;
  while (more && (result = step(store, which)) == MBC_FOUND) {
    mbc_event event;
    read_event(store->statements[which], &event);
    more = visit(user, &event);
  }
  done(store, which);
  return !more || result != MBC_FAILED;
}

bool mbc_store_each_event(mbc_store *store, int64_t session_key, int64_t after, int64_t limit, mbc_event_visitor *visit,
                          void *user) {
  bind_integer(store, EACH_EVENT, 1, session_key);
  bind_integer(store, EACH_EVENT, 2, after);
  bind_integer(store, EACH_EVENT, 3, limit);
  return each_event(store, EACH_EVENT, visit, user);
}

bool mbc_store_each(mbc_store *store, mbc_event_visitor *visit, void *user) {
  return each_event(store, EACH, visit, user);
}

bool mbc_store_each_by_session(mbc_store *store, mbc_event_visitor *visit, void *user) {
  return each_event(store, EACH_BY_SESSION, visit, user);
}

bool mbc_store_each_alike(mbc_store *store, int64_t session_key, int64_t hash, mbc_event_visitor *visit, void *user) {
  bind_integer(store, EACH_ALIKE, 1, session_key);
  bind_integer(store, EACH_ALIKE, 2, hash);
  return each_event(store, EACH_ALIKE, visit, user);
}
