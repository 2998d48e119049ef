/* Decides workload W: an hour of video with four pods of two 30 s ads, pings every 10 s and every second inside ads, six
 * chapters, ten bitrate changes, the playhead reported each second. 3840 s, 635 to 650 events. */
#ifndef MEDIABEAT_BENCH_WORKLOAD_H
#define MEDIABEAT_BENCH_WORKLOAD_H

#include <stdint.h>

enum { WORKLOAD_SECONDS = 3840 };

/* What is measured. Every function acts on all of its sessions, which do the same at the same time. */
typedef struct workload_actor {
  void (*start)(int64_t now); /* and play */
  void (*pod_start)(int64_t now, int number, double playhead);
  void (*pod_complete)(int64_t now); /* and play on */
  void (*ad_start)(int64_t now, int number);
  void (*ad_complete)(int64_t now);
  void (*chapter_start)(int64_t now, int number, double playhead);
  void (*chapter_complete)(int64_t now);
  void (*bitrate)(int64_t now, double bitrate);
  void (*playhead)(int64_t now, double playhead);
  void (*complete)(int64_t now);
  void (*advance)(int64_t until); /* every timer that is due until then */
  void (*second)(int second);     /* begins; the session has been started. May be NULL. */
} workload_actor;

/* The first so many seconds; the session is completed after the last one only. */
void workload_run(const workload_actor *actor, int64_t start, int seconds);

#endif
