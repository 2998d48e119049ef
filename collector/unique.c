/* Owns the union of what was viewed.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/metrics-and-metadata/audio-video-parameters */
#include "unique.h"

#include <stdlib.h>

typedef struct viewed {
  int64_t from, to; /* ms of content */
} viewed;

static int64_t least(int64_t one, int64_t other) { return one < other ? one : other; }

enum { STANDS_STILL_MS = 1, SLACK_MS = 1000 };

/* Up to double speed, with a second of slack. */
static bool is_continuous(int64_t moved, int64_t passed) {
  return moved > STANDS_STILL_MS && moved <= 2 * passed + SLACK_MS;
}

/* Where the playhead jumped it is not known when; what counts is where playing would have gone without it. */
static viewed viewed_in(const mbc_step *step) {
  int64_t passed = step[1].time - step->time, moved = step[1].playhead - step->playhead;
  bool stands_still = moved >= -STANDS_STILL_MS && moved <= STANDS_STILL_MS;
  if (stands_still) return (viewed){0, 0};
  return (viewed){step->playhead, step->playhead + (is_continuous(moved, passed) ? moved : passed)};
}

bool mbc_unique_is_continuous(const mbc_history *history, size_t i) {
  if (i + 1 >= history->step_count || history->steps[i].activity != MBC_PLAY) return false;
  const mbc_step *step = &history->steps[i];
  return is_continuous(step[1].playhead - step->playhead, step[1].time - step->time);
}

static viewed cut(const mbc_history *history, viewed part) {
  if (history->live || history->length <= 0) return part;
  return (viewed){least(part.from, history->length), least(part.to, history->length)};
}

static size_t collect(const mbc_history *history, viewed *parts) {
  size_t count = 0;
  for (size_t i = 0; i + 1 < history->step_count; i++) {
    if (history->steps[i].activity != MBC_PLAY) continue;
    viewed part = cut(history, viewed_in(&history->steps[i]));
    if (part.to > part.from) parts[count++] = part;
  }
  return count;
}

static int by_beginning(const void *one, const void *other) {
  const viewed *a = one, *b = other;
  return (a->from > b->from) - (a->from < b->from);
}

static int64_t union_of(const viewed *parts, size_t count) {
  int64_t sum = 0, seen = INT64_MIN; /* up to there */
  for (size_t i = 0; i < count; i++) {
    int64_t from = parts[i].from > seen ? parts[i].from : seen;
    if (parts[i].to <= from) continue;
    sum += parts[i].to - from;
    seen = parts[i].to;
  }
  return sum;
}

bool mbc_unique_played(const mbc_history *history, int64_t *played) {
  viewed *parts = calloc(history->step_count + 1, sizeof *parts);
  if (!parts) return false;
  size_t count = collect(history, parts);
  qsort(parts, count, sizeof *parts, by_beginning);
  *played = union_of(parts, count);
  free(parts);
  return true;
}
