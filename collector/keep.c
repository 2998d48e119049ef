/* Owns the lives of sessions, as events arrive. */
#include "keep.h"

#include <stdio.h>
#include <string.h>

#include "random.h"

static bool no_memory(mbc_keeping *keeping) {
  mbc_answer_refuse(keeping->answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
  return false;
}

/* Said without being asked: storing is what a collector is for. */
static bool store_failed(mbc_keeping *keeping) {
  fprintf(stderr, "mediabeat collector: the store failed: %s\n", mbc_store_error(keeping->store));
  mbc_answer_refuse(keeping->answer, 500, "nothing was kept, the store failed: %s", mbc_store_error(keeping->store));
  return false;
}

bool mbc_keep_together(mbc_keeping *keeping, bool (*work)(void *user), void *user) {
  bool good = (mbc_store_begin(keeping->store) || store_failed(keeping)) && work(user);
  if (!good && keeping->answer->status >= 500) mbc_store_fail(keeping->store);
  return good;
}

/* The id has 256 bits from the operating system: whoever knows one session cannot guess another. */
static void make_id(char id[MBC_ID_SIZE + 1]) {
  for (size_t at = 0; at < MBC_ID_SIZE; at += 16)
    snprintf(id + at, 17, "%016llx", (unsigned long long)mb__random_seed());
}

bool mbc_keep_open(mbc_keeping *keeping, const mbc_session *about) {
  keeping->session = *about;
  keeping->session.started_at = keeping->session.last_event_at = keeping->session.last_moved_at = keeping->received_at;
  make_id(keeping->session.id);
  return mbc_store_add_session(keeping->store, &keeping->session) || store_failed(keeping);
}

bool mbc_keep_is_id(const char *id) {
  return strlen(id) == MBC_ID_SIZE && strspn(id, "0123456789abcdef") == MBC_ID_SIZE;
}

mbc_result mbc_keep_find(mbc_keeping *keeping, const char *id) {
  mbc_result result = mbc_store_find_session(keeping->store, id, &keeping->session);
  if (result == MBC_FAILED) store_failed(keeping);
  return result;
}

bool mbc_keep_save(mbc_keeping *keeping) {
  return mbc_store_save_session(keeping->store, &keeping->session) || store_failed(keeping);
}

static void close_session(mbc_keeping *keeping, mbc_reason reason) {
  keeping->session.state = MBC_CLOSED;
  keeping->session.reason = reason;
  keeping->session.closed_at = keeping->received_at;
}

void mbc_keep_close_batch(mbc_keeping *keeping) {
  if (keeping->session.state != MBC_CLOSED) close_session(keeping, MBC_BATCH_END);
}

/* What an event does to its session. A duplicate is activity and nothing else; what follows the end is not even
 * that. */
static void advance(mbc_keeping *keeping, mb__event_type type, mbc_mark mark) {
  mbc_session *session = &keeping->session;
  session->arrivals++;
  session->events += mark == MBC_ACCEPTED;
  session->duplicates += mark == MBC_DUPLICATE;
  if (session->state != MBC_CLOSED) session->last_event_at = keeping->received_at;
  if (mark != MBC_ACCEPTED) return;
  if (type == MB__EVENT_SESSION_COMPLETE) session->state = MBC_COMPLETED;
  if (type == MB__EVENT_SESSION_END) close_session(keeping, MBC_SESSION_END);
}

typedef struct comparison {
  const mb__writer *canonical;
  mb__writer other;
  bool equal;
} comparison;

static bool compare(void *user, const mbc_event *event) {
  comparison *c = user;
  mb__writer_clear(&c->other);
  mbc_body_canonical_text(&c->other, event->body, event->size);
  c->equal = !c->other.failed && c->other.size == c->canonical->size &&
             memcmp(c->other.bytes, c->canonical->bytes, c->other.size) == 0;
  return !c->equal && !c->other.failed;
}

/* A client repeats a request whose answer was lost, byte for byte or written anew: the event counts once. */
static bool find_mark(mbc_keeping *keeping, const mb__writer *canonical, int64_t hash, mbc_mark *mark) {
  comparison c = {.canonical = canonical};
  mb__writer_init(&c.other, &mb__c_library);
  bool good = mbc_store_each_alike(keeping->store, keeping->session.key, hash, compare, &c);
  bool memory = !c.other.failed;
  mb__writer_free(&c.other);
  if (!good) return store_failed(keeping);
  if (!memory) return no_memory(keeping);
  *mark = c.equal ? MBC_DUPLICATE : keeping->session.state == MBC_CLOSED ? MBC_AFTER_END : MBC_ACCEPTED;
  return true;
}

static bool keep_canonical(mbc_keeping *keeping, mb__event_type type, mbc_event *event, const mb__writer *canonical) {
  if (canonical->failed) return no_memory(keeping);
  event->hash = mbc_body_hash(canonical);
  if (!find_mark(keeping, canonical, event->hash, &event->mark)) return false;
  if (!mbc_store_add_event(keeping->store, keeping->session.key, event)) return store_failed(keeping);
  advance(keeping, type, event->mark);
  return true;
}

bool mbc_keep_event(mbc_keeping *keeping, mbc_part part, mb__event_type type) {
  mbc_event event = {
      .position = keeping->session.arrivals, .received_at = keeping->received_at, .body = part.text, .size = part.size};
  mb__writer canonical;
  mb__writer_init(&canonical, &mb__c_library);
  mbc_body_canonical(&canonical, part.tree);
  bool good = keep_canonical(keeping, type, &event, &canonical);
  mb__writer_free(&canonical);
  return good;
}
