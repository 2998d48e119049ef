/* Owns the plan of workload W. */
#include "workload.h"

#include <stdbool.h>

enum {
  PODS = 4,
  POD_EVERY = 900,
  ADS = 2,
  AD_LENGTH = 30,
  CHAPTER_EVERY = 600,
  FIRST_BITRATE = 155,
  BITRATE_EVERY = 330
};

typedef struct viewing {
  const workload_actor *actor;
  int64_t now;
  int playhead, pods, ad, ad_left; /* ad: its number in the pod, 0 outside */
} viewing;

static void next_ad(viewing *v) {
  v->ad++;
  v->ad_left = AD_LENGTH;
  v->actor->ad_start(v->now, v->ad);
}

static void move_pod(viewing *v) {
  if (v->ad && !v->ad_left) {
    v->actor->ad_complete(v->now);
    if (v->ad < ADS) {
      next_ad(v);
    } else {
      v->ad = 0;
      v->actor->pod_complete(v->now);
    }
  } else if (!v->ad && v->pods < PODS && v->playhead == v->pods * POD_EVERY) {
    v->actor->pod_start(v->now, ++v->pods, v->playhead);
    next_ad(v);
  }
}

static void move_content(viewing *v) {
  if (v->playhead % CHAPTER_EVERY == 0) {
    if (v->playhead) v->actor->chapter_complete(v->now);
    v->actor->chapter_start(v->now, v->playhead / CHAPTER_EVERY + 1, v->playhead);
  }
  if (v->playhead >= FIRST_BITRATE && (v->playhead - FIRST_BITRATE) % BITRATE_EVERY == 0)
    v->actor->bitrate(v->now, 2000000 + v->playhead);
  v->playhead++;
}

/* Players report at moments of their own: pings count from calls and fall between the reports. */
void workload_run(const workload_actor *actor, int64_t start, int seconds) {
  enum { REPORT_MS = 500, SECOND_MS = 1000 };
  viewing v = {.actor = actor, .now = start};
  actor->start(v.now);
  for (int second = 0; second < seconds; second++, v.now += SECOND_MS) {
    if (actor->second) actor->second(second);
    move_pod(&v);
    if (v.ad)
      v.ad_left--;
    else
      move_content(&v);
    actor->advance(v.now + REPORT_MS - 1);
    actor->playhead(v.now + REPORT_MS, v.playhead);
    actor->advance(v.now + SECOND_MS - 1);
  }
  if (seconds < WORKLOAD_SECONDS) return;
  actor->chapter_complete(v.now);
  actor->complete(v.now);
}
