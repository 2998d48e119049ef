/* Decides the floor: the least machinery that still does a tracker's work. A 4-ary heap of deadlines, one struct per
 * tracker, bodies appended to a queue of its own, each handed to a callback at once. No rules, no checks, no options.
 *
 *   floor session SESSIONS        workload W; prints events, bytes per event and CPU per session
 *   floor tick TRACKERS SECONDS   60 ticks a second, a ping every 10 s at a random phase; prints CPU per tick */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "append_writer.h"
#include "common.h"
#include "workload.h"

enum { MAIN_PING_MS = 10000, AD_PING_MS = 1000, MOST_BYTES = 1200 };

typedef struct tracker {
  double playhead;
  uint32_t slot; /* in the heap */
  uint32_t period, bitrate;
  char *queue; /* length and body of each event */
  uint32_t used, capacity;
  char *texts;
} tracker;

typedef struct entry {
  int64_t due;
  uint32_t tracker;
} entry;

static tracker *trackers;
static entry *heap;
static uint32_t count;
static uint64_t events, bytes;
static volatile uint64_t sum;

/* The heap. */

static void put(uint32_t slot, entry e) {
  heap[slot] = e;
  trackers[e.tracker].slot = slot;
}

static void sift_up(uint32_t slot, entry e) {
  while (slot) {
    uint32_t parent = (slot - 1) / 4;
    if (heap[parent].due <= e.due) break;
    put(slot, heap[parent]);
    slot = parent;
  }
  put(slot, e);
}

static void sift_down(uint32_t slot, entry e) {
  for (;;) {
    uint32_t child = 4 * slot + 1, end = child + 4;
    if (child >= count) break;
    if (end > count) end = count;
    uint32_t least = child;
    for (uint32_t i = child + 1; i < end; i++)
      if (heap[i].due < heap[least].due) least = i;
    if (heap[least].due >= e.due) break;
    put(slot, heap[least]);
    slot = least;
  }
  put(slot, e);
}

static void arm(tracker *t, int64_t due) {
  entry e = {due, (uint32_t)(t - trackers)};
  if (due < heap[t->slot].due)
    sift_up(t->slot, e);
  else
    sift_down(t->slot, e);
}

/* Bodies. */

static char *begin(tracker *t, int64_t now, const char *type) {
  if (t->used + MOST_BYTES > t->capacity) {
    t->capacity = t->capacity * 2 + 2048;
    t->queue = must_have(realloc(t->queue, t->capacity));
  }
  char *at = APPEND(t->queue + t->used + sizeof(uint32_t), "{\"eventType\":");
  at = append_text(at, type);
  at = append_number(APPEND(at, ",\"playerTime\":{\"playhead\":"), t->playhead);
  at = append_integer(APPEND(at, ",\"ts\":"), now);
  *at++ = '}';
  return at;
}

static void end(tracker *t, char *at) {
  *at++ = '}';
  uint32_t size = (uint32_t)(at - (t->queue + t->used + sizeof size));
  memcpy(t->queue + t->used, &size, sizeof size);
  t->used += (uint32_t)sizeof size + size;
}

static void plain(tracker *t, int64_t now, const char *type) {
  end(t, begin(t, now, type));
  arm(t, now + t->period);
}

static void take_body(const char *body, uint32_t size) {
  events++;
  bytes += size;
  sum += (unsigned char)body[0] + (unsigned char)body[size - 1];
}

static void drain(tracker *t) {
  for (uint32_t at = 0, size; at < t->used; at += (uint32_t)sizeof size + size) {
    memcpy(&size, t->queue + at, sizeof size);
    take_body(t->queue + at + sizeof size, size);
  }
  t->used = 0;
}

static void fire_until(int64_t now) {
  while (heap[0].due <= now) {
    entry e = heap[0];
    tracker *t = &trackers[e.tracker];
    end(t, begin(t, e.due, "ping"));
    e.due += t->period;
    sift_down(0, e);
    drain(t);
  }
}

static void make_trackers(long wanted) {
  trackers = must_have(calloc((size_t)wanted, sizeof *trackers));
  heap = must_have(calloc((size_t)wanted, sizeof *heap));
  for (; count < (uint32_t)wanted; count++) {
    trackers[count].period = MAIN_PING_MS;
    put(count, (entry){MB_NEVER, count});
  }
}

static void free_trackers(void) {
  for (uint32_t i = 0; i < count; i++) {
    free(trackers[i].queue);
    free(trackers[i].texts);
  }
  free(trackers);
  free(heap);
}

/* Workload W. */

#define EACH(t) for (tracker *t = trackers; t < trackers + count; t++)

static char *media_params(const tracker *t, char *at) {
  at = append_text_member(APPEND(at, ",\"params\":{"), "media.id", t->texts);
  at = append_text_member(APPEND(at, ","), "media.name", t->texts + 10);
  at = append_integer_member(APPEND(at, ","), "media.length", 3600);
  return APPEND(at, ",\"analytics.trackingServer\":\"example.sc.omtrdc.net\",\"analytics.reportSuite\":\"examplersid\","
                    "\"analytics.enableSSL\":true,\"visitor.marketingCloudOrgId\":"
                    "\"0123456789ABCDEF01234567@AdobeOrg\",\"visitor.marketingCloudUserId\":"
                    "\"12345678901234567890123456789012345678\",\"media.channel\":\"Sports\","
                    "\"media.playerName\":\"HTML5 Player\",\"media.contentType\":\"vod\","
                    "\"media.streamType\":\"video\",\"media.resume\":false}");
}

static void open_session(tracker *t, int64_t now) {
  static const char texts[] = "video-123\0The Final, second half\0Cup 2026\0sport\0true";
  memcpy(t->texts = must_have(malloc(sizeof texts)), texts, sizeof texts);
  char *at = media_params(t, begin(t, now, "sessionStart"));
  at = append_text_member(APPEND(at, ",\"customMetadata\":{"), "show", t->texts + 33);
  at = append_text_member(APPEND(at, ","), "genre", t->texts + 42);
  at = append_text_member(APPEND(at, ","), "isUserLoggedIn", t->texts + 48);
  end(t, APPEND(at, "}"));
}

static void start(int64_t now) {
  EACH(t) {
    open_session(t, now);
    plain(t, now, "play");
    drain(t);
  }
}

static void pod_start(int64_t now, int number, double playhead) {
  EACH(t) {
    char *at = begin(t, now, "adBreakStart");
    at = append_text_member(APPEND(at, ",\"params\":{"), "media.ad.podFriendlyName", "mid-roll");
    at = append_integer_member(APPEND(at, ","), "media.ad.podIndex", number);
    at = append_integer_member(APPEND(at, ","), "media.ad.podSecond", (int64_t)playhead);
    end(t, APPEND(at, "}"));
    drain(t);
  }
}

static void pod_complete(int64_t now) {
  EACH(t) {
    t->period = MAIN_PING_MS;
    plain(t, now, "adBreakComplete");
    plain(t, now, "play");
    drain(t);
  }
}

static void ad_start(int64_t now, int number) {
  EACH(t) {
    t->period = AD_PING_MS;
    char *at = begin(t, now, "adStart");
    at = append_text_member(APPEND(at, ",\"params\":{"), "media.ad.name", "Shop and save, autumn");
    at = append_text_member(APPEND(at, ","), "media.ad.id", "ad-98765");
    at = append_integer_member(APPEND(at, ","), "media.ad.length", 30);
    at = append_integer_member(APPEND(at, ","), "media.ad.podPosition", number);
    at = append_text_member(APPEND(at, "},\"customMetadata\":{"), "advertiser", "Example plc");
    at = append_text_member(APPEND(at, ","), "campaign", "Autumn 2026");
    end(t, APPEND(at, "}"));
    arm(t, now + t->period);
    drain(t);
  }
}

static void all_plain(int64_t now, const char *type) {
  EACH(t) {
    plain(t, now, type);
    drain(t);
  }
}

static void ad_complete(int64_t now) { all_plain(now, "adComplete"); }
static void chapter_complete(int64_t now) { all_plain(now, "chapterComplete"); }
static void complete(int64_t now) { all_plain(now, "sessionComplete"); }

static void chapter_start(int64_t now, int number, double playhead) {
  EACH(t) {
    char *at = begin(t, now, "chapterStart");
    at = append_text_member(APPEND(at, ",\"params\":{"), "media.chapter.friendlyName", "Chapter");
    at = append_integer_member(APPEND(at, ","), "media.chapter.index", number);
    at = append_integer_member(APPEND(at, ","), "media.chapter.length", 600);
    at = append_integer_member(APPEND(at, ","), "media.chapter.offset", (int64_t)playhead);
    end(t, APPEND(at, "}"));
    arm(t, now + t->period);
    drain(t);
  }
}

static void bitrate(int64_t now, double value) {
  EACH(t) {
    t->bitrate = (uint32_t)value;
    char *at = begin(t, now, "bitrateChange");
    at = append_integer_member(APPEND(at, ",\"qoeData\":{"), "media.qoe.bitrate", t->bitrate);
    at = APPEND(at, ",\"media.qoe.droppedFrames\":12,\"media.qoe.framesPerSecond\":50,\"media.qoe.timeToStart\":850}");
    end(t, at);
    arm(t, now + t->period);
    drain(t);
  }
}

static void playhead(int64_t now, double value) {
  (void)now;
  EACH(t) t->playhead = value;
}

static const workload_actor least_machinery = {.start = start,
                                               .pod_start = pod_start,
                                               .pod_complete = pod_complete,
                                               .ad_start = ad_start,
                                               .ad_complete = ad_complete,
                                               .chapter_start = chapter_start,
                                               .chapter_complete = chapter_complete,
                                               .bitrate = bitrate,
                                               .playhead = playhead,
                                               .complete = complete,
                                               .advance = fire_until};

static void run_session(long sessions) {
  make_trackers(sessions);
  double from = cpu_ns();
  workload_run(&least_machinery, EPOCH_MS, WORKLOAD_SECONDS);
  printf("events=%.0f bytes_per_event=%.0f cpu_ms=%.4f\n", (double)events / count, (double)bytes / (double)events,
         (cpu_ns() - from) / 1e6 / count);
}

static void run_ticks(long wanted, long seconds) {
  make_trackers(wanted);
  for (uint32_t i = 0; i < count; i++) arm(&trackers[i], EPOCH_MS + 1 + next_random() % MAIN_PING_MS);
  playhead(0, 1234.567);
  long ticks = (MAIN_PING_MS / 1000 + seconds) * 60, warm_up = MAIN_PING_MS / 1000 * 60;
  double from = 0;
  for (long i = 1; i <= ticks; i++) {
    if (i == warm_up + 1) from = cpu_ns(); /* every tracker has pinged once */
    fire_until(EPOCH_MS + i * 1000 / 60);
  }
  printf("us=%.3f\n", (cpu_ns() - from) / 1e3 / (double)(ticks - warm_up));
}

int main(int argc, char **argv) {
  if (argc < 3) return fputs("usage: floor session SESSIONS | tick TRACKERS SECONDS\n", stderr), 2;
  if (strcmp(argv[1], "tick") == 0)
    run_ticks(number_argument(argc, argv, 2, 1000), number_argument(argc, argv, 3, 100));
  else
    run_session(number_argument(argc, argv, 2, 1000));
  free_trackers();
  return 0;
}
