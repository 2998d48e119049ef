/* Owns readers: a list of them, each with a place and at most one message. */
#include "live.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "browse.h"

enum {
  MOST_READERS = 64,
  BEAT = 250,            /* ms between two messages to a reader: eyes are no faster, and changes add up to fewer */
  SILENCE = 5000,        /* ms after which the time is told, so that broken connections show */
  MOST_CHANGES = 4096,   /* that are looked through for one message */
  MOST_SESSIONS = 256,   /* in a message */
  MOST_BYTES = 256 << 10 /* of a message, and one session more */
};

struct mbc_reader {
  mbc_reader *next;
  void (*wake)(void *user);
  void *user;
  uint64_t seen; /* changes of the store */
  int64_t told;  /* tick of the last message */
  bool asleep;   /* has read all there was */
  bool greeted;
  size_t sent; /* bytes of the message */
  mb__writer message;
};

struct mbc_live {
  mbc_store *store;
  mbc_reader *first;
  unsigned count;
};

void mbc_live_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store, (void)request;
  answer->closed = true;
  answer->live = true;
  mbc_answer_document(answer, 200, "text/event-stream");
}

mbc_live *mbc_live_new(mbc_store *store) {
  mbc_live *live = calloc(1, sizeof *live);
  if (live) live->store = store;
  return live;
}

void mbc_live_free(mbc_live *live) { free(live); }

unsigned mbc_live_readers(const mbc_live *live) { return live->count; }

bool mbc_live_full(const mbc_live *live) { return live->count >= MOST_READERS; }

mbc_reader *mbc_live_join(mbc_live *live, void (*wake)(void *user), void *user) {
  mbc_reader *reader = mbc_live_full(live) ? NULL : calloc(1, sizeof *reader);
  if (!reader) return NULL;
  *reader = (mbc_reader){.next = live->first, .wake = wake, .user = user, .seen = mbc_store_changes(live->store)};
  mb__writer_init(&reader->message, &mb__c_library);
  live->first = reader;
  live->count++;
  return reader;
}

void mbc_live_leave(mbc_live *live, mbc_reader *reader) {
  mbc_reader **at = &live->first;
  while (*at != reader) at = &(*at)->next;
  *at = reader->next;
  live->count--;
  mb__writer_free(&reader->message);
  free(reader);
}

size_t mbc_live_read(mbc_reader *reader, char *bytes, size_t most) {
  size_t left = reader->message.size - reader->sent, size = left < most ? left : most;
  if (size) memcpy(bytes, reader->message.bytes + reader->sent, size);
  reader->sent += size;
  reader->asleep = !size;
  return size;
}

/* Messages. */

static void begin(mb__writer *out, const char *event, int64_t now) {
  mb__writer_clear(out);
  mb__write_raw(out, "event: ");
  mb__write_raw(out, event);
  mb__write_raw(out, "\ndata: {\"now\":");
  mb__write_integer(out, now);
}

static void end(mb__writer *out) { mb__write_raw(out, "}\n\n"); }

static void tell(mb__writer *out, const char *event, int64_t now) {
  begin(out, event, now);
  end(out);
}

typedef struct listing {
  mb__writer *out;
  unsigned count;
  bool too_many;
} listing;

static bool list_changed(void *user, const mbc_session *session) {
  listing *list = user;
  list->too_many = list->count == MOST_SESSIONS || list->out->size > MOST_BYTES;
  if (list->too_many) return false;
  if (list->count++) mb__write_raw(list->out, ",");
  mbc_browse_session(list->out, session);
  return !list->out->failed;
}

/* JSON on one line is what an event's data has to be: escaped texts have no line ends. False: not all could be said. */
static bool tell_changes(const mbc_live *live, mbc_reader *reader, int64_t now) {
  listing list = {.out = &reader->message};
  bool complete;
  if (mbc_store_changes(live->store) - reader->seen > MOST_CHANGES) return false;
  begin(&reader->message, "sessions", now);
  mb__write_raw(&reader->message, ",\"sessions\":[");
  bool good = mbc_store_each_changed(live->store, reader->seen, &complete, list_changed, &list);
  mb__write_raw(&reader->message, "]");
  end(&reader->message);
  return good && complete && !list.too_many && !reader->message.failed;
}

static bool has_news(const mbc_live *live, const mbc_reader *reader) {
  return !reader->greeted || reader->seen != mbc_store_changes(live->store);
}

static int64_t due(const mbc_live *live, const mbc_reader *reader) {
  if (!reader->greeted) return 0;
  return reader->told + (has_news(live, reader) ? BEAT : SILENCE);
}

static void compose(const mbc_live *live, mbc_reader *reader, int64_t now) {
  if (!reader->greeted || !has_news(live, reader))
    tell(&reader->message, "now", now);
  else if (!tell_changes(live, reader, now))
    tell(&reader->message, "reload", now);
  /* Nothing can be said without memory, not even that: the changes wait for the next beat. */
  if (reader->message.failed)
    mb__writer_clear(&reader->message);
  else
    reader->seen = mbc_store_changes(live->store), reader->greeted = true;
}

static void serve(const mbc_live *live, mbc_reader *reader, int64_t tick, int64_t now) {
  compose(live, reader, now);
  reader->told = tick;
  reader->sent = 0;
  if (!reader->message.size) return;
  reader->asleep = false;
  reader->wake(reader->user);
}

/* A reader that has not taken its message yet is not looked at: its connection is as slow as it likes. */
void mbc_live_turn(mbc_live *live, int64_t tick, int64_t now) {
  for (mbc_reader *reader = live->first; reader; reader = reader->next)
    if (reader->asleep && due(live, reader) <= tick) serve(live, reader, tick, now);
}

int mbc_live_patience(const mbc_live *live, int64_t tick) {
  int64_t least = INT64_MAX;
  for (const mbc_reader *reader = live->first; reader; reader = reader->next)
    if (reader->asleep && due(live, reader) < least) least = due(live, reader);
  if (least == INT64_MAX) return -1;
  return least <= tick ? 0 : least - tick < INT_MAX ? (int)(least - tick) : INT_MAX;
}
