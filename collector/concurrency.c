/* Owns the sweep over minutes. It goes from change to change: a session of a year is two of them, or four. */
#include "concurrency.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000 };

/* From this minute on, so many more. */
typedef struct change {
  int64_t minute;
  int64_t viewers, sessions, ms;
} change;

typedef struct changes {
  change *list;
  size_t count;
} changes;

enum { MOST_CHANGES = 6 }; /* of one viewing */

static int64_t floor_minute(int64_t ms) { return ms / MINUTE_MS - (ms % MINUTE_MS < 0); }

static int64_t first_minute(const mbc_viewing *viewing) { return floor_minute(viewing->start); }

/* A viewing that ends with a minute is not in the next one. */
static int64_t last_minute(const mbc_viewing *viewing) {
  return floor_minute(viewing->end > viewing->start ? viewing->end - 1 : viewing->start);
}

static void add(changes *c, change more) { c->list[c->count++] = more; }

/* Full minutes between a part of the first and a part of the last. */
static void add_session(changes *c, const mbc_viewing *viewing) {
  int64_t first = first_minute(viewing), last = last_minute(viewing);
  int64_t length = viewing->end - viewing->start;
  int64_t of_first = first == last ? length : (first + 1) * MINUTE_MS - viewing->start;
  int64_t of_last = first == last ? length : viewing->end - last * MINUTE_MS;
  add(c, (change){.minute = first, .sessions = 1, .ms = of_first});
  if (first != last) {
    add(c, (change){.minute = first + 1, .ms = MINUTE_MS - of_first});
    add(c, (change){.minute = last, .ms = of_last - MINUTE_MS});
  }
  add(c, (change){.minute = last + 1, .sessions = -1, .ms = -of_last});
}

static void add_viewer(changes *c, int64_t first, int64_t last) {
  add(c, (change){.minute = first, .viewers = 1});
  add(c, (change){.minute = last + 1, .viewers = -1});
}

static int by_visitor_and_time(const void *one, const void *other) {
  const mbc_viewing *a = one, *b = other;
  int order = strcmp(a->visitor, b->visitor);
  return order ? order : (a->start > b->start) - (a->start < b->start);
}

/* Viewings of one visitor in the same or the next minute are one presence. Returns the first one after it. */
static size_t add_presence(changes *c, const mbc_viewing *viewings, size_t count, size_t i) {
  int64_t first = first_minute(&viewings[i]), last = last_minute(&viewings[i]);
  size_t next = i + 1;
  for (; next < count && strcmp(viewings[next].visitor, viewings[i].visitor) == 0; next++) {
    if (first_minute(&viewings[next]) > last + 1) break;
    if (last_minute(&viewings[next]) > last) last = last_minute(&viewings[next]);
  }
  add_viewer(c, first, last);
  return next;
}

static int by_minute(const void *one, const void *other) {
  const change *a = one, *b = other;
  return (a->minute > b->minute) - (a->minute < b->minute);
}

static void sweep(const changes *c, mbc_minutes_visitor *visit, void *user) {
  mbc_minutes now = {0};
  for (size_t i = 0; i < c->count; i++) {
    now.viewers += c->list[i].viewers;
    now.sessions += c->list[i].sessions;
    now.ms += c->list[i].ms;
    bool is_last = i + 1 == c->count;
    if (is_last || c->list[i + 1].minute == c->list[i].minute) continue;
    now.from = c->list[i].minute;
    now.to = c->list[i + 1].minute;
    if (now.sessions && !visit(user, &now)) return;
  }
}

bool mbc_concurrency(mbc_viewing *viewings, size_t count, mbc_minutes_visitor *visit, void *user) {
  if (!count) return true;
  changes c = {.list = calloc(count, MOST_CHANGES * sizeof(change))};
  if (!c.list) return false;
  qsort(viewings, count, sizeof *viewings, by_visitor_and_time);
  for (size_t i = 0; i < count; i++) add_session(&c, &viewings[i]);
  for (size_t i = 0; i < count;) i = add_presence(&c, viewings, count, i);
  qsort(c.list, c.count, sizeof *c.list, by_minute);
  sweep(&c, visit, user);
  free(c.list);
  return true;
}
