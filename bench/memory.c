/* Decides how the memory of live trackers is measured: each with media and 20 pairs of metadata, a chapter and an ad,
 * answered at once so that its queue is empty. Ads and chapters take turns for an hour.
 *
 *   memory TRACKERS
 *
 * Prints bytes per tracker at minutes 10 and 60, as the C library rounds them, with its part of what the client holds
 * for all. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

enum { AD_S = 30, CHAPTER_S = 600, MINUTE_S = 60, END_S = 60 * MINUTE_S };

static void start_ad(mb_tracker *tracker, int64_t number, int64_t now) {
  static const mb_pair metadata[] = {{"advertiser", "Example plc"}, {"campaign", "Autumn 2026"}};
  const mb_ad_info info = {
      .size = sizeof info, .id = "ad-98765", .name = "Shop and save, autumn", .position = number, .length = AD_S};
  must(mb_tracker_ad_start(tracker, &info, metadata, 2, now), "mb_tracker_ad_start");
}

static void start_chapter(mb_tracker *tracker, int64_t number, int64_t now) {
  const mb_chapter_info info = {.size = sizeof info, .name = "Chapter", .position = number, .length = CHAPTER_S};
  must(mb_tracker_chapter_start(tracker, &info, NULL, 0, now), "mb_tracker_chapter_start");
}

static mb_tracker *new_viewer(mb_client *client, int64_t now) {
  const mb_ad_break_info pod = {.size = sizeof pod, .name = "mid-roll", .position = 1};
  mb_tracker *tracker = new_session(client, 20, now);
  must(mb_tracker_play(tracker, now), "mb_tracker_play");
  start_chapter(tracker, 1, now);
  must(mb_tracker_ad_break_start(tracker, &pod, now), "mb_tracker_ad_break_start");
  start_ad(tracker, 1, now);
  return tracker;
}

static void view_a_second(mb_tracker *tracker, int second, int64_t now) {
  must(mb_tracker_update_playhead(tracker, second, now), "mb_tracker_update_playhead");
  if (second % AD_S == 0) {
    must(mb_tracker_ad_complete(tracker, now), "mb_tracker_ad_complete");
    start_ad(tracker, 1 + second / AD_S, now);
  }
  if (second % CHAPTER_S == 0) {
    must(mb_tracker_chapter_complete(tracker, now), "mb_tracker_chapter_complete");
    start_chapter(tracker, 1 + second / CHAPTER_S, now);
  }
}

int main(int argc, char **argv) {
  long count = number_argument(argc, argv, 1, 1000);
  memory_count memory;
  mb_host host = counting_host(&memory);
  mb_client *client = new_client(&host, &instant_transport);
  mb_tracker **trackers = must_have(calloc((size_t)count, sizeof(mb_tracker *)));
  size_t before = memory.bytes, at_minute_10 = 0;
  for (long i = 0; i < count; i++) trackers[i] = new_viewer(client, EPOCH_MS);
  for (int second = 1; second <= END_S; second++) {
    int64_t now = EPOCH_MS + (int64_t)second * 1000;
    must(mb_client_tick(client, now), "mb_client_tick");
    for (long i = 0; i < count; i++) view_a_second(trackers[i], second, now);
    if (second == 10 * MINUTE_S) at_minute_10 = memory.bytes;
  }
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  printf("minute_10=%.0f minute_60=%.0f queued=%llu\n", (double)(at_minute_10 - before) / (double)count,
         (double)(memory.bytes - before) / (double)count, (unsigned long long)stats.queued);
  mb_client_free(client);
  free(trackers);
  return 0;
}
