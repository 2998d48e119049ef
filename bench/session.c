/* Decides how a whole session is measured: workload W through trackers, over a transport that answers at once.
 *
 *   session SESSIONS [SECONDS]
 *
 * Prints events and CPU per session, and the CPU of the ten minutes that begin with the last pod over that of the first
 * ten: the same things happen in both (a pod, a chapter, two changes of the bitrate). Instructions per session:
 * bench/instructions with two counts of sessions. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "workload.h"

enum { WINDOW = 600, LAST_WINDOW = 2880 };

static mb_client *client;
static mb_tracker **trackers;
static long count;
static double window_begin[2], window_end[2];

#define EACH(call) \
  for (long i = 0; i < count; i++) must(call, #call)

static void start(int64_t now) {
  for (long i = 0; i < count; i++) trackers[i] = new_session(client, 3, now);
  EACH(mb_tracker_play(trackers[i], now));
}

static void pod_start(int64_t now, int number, double playhead) {
  const mb_ad_break_info info = {.size = sizeof info, .name = "mid-roll", .position = number, .start_time = playhead};
  EACH(mb_tracker_ad_break_start(trackers[i], &info, now));
}

static void pod_complete(int64_t now) { EACH(mb_tracker_ad_break_complete(trackers[i], now)); }

static void ad_start(int64_t now, int number) {
  static const mb_pair metadata[] = {{"advertiser", "Example plc"}, {"campaign", "Autumn 2026"}};
  const mb_ad_info info = {
      .size = sizeof info, .id = "ad-98765", .name = "Shop and save, autumn", .position = number, .length = 30};
  EACH(mb_tracker_ad_start(trackers[i], &info, metadata, 2, now));
}

static void ad_complete(int64_t now) { EACH(mb_tracker_ad_complete(trackers[i], now)); }

static void chapter_start(int64_t now, int number, double playhead) {
  const mb_chapter_info info = {
      .size = sizeof info, .name = "Chapter", .position = number, .length = 600, .start_time = playhead};
  EACH(mb_tracker_chapter_start(trackers[i], &info, NULL, 0, now));
}

static void chapter_complete(int64_t now) { EACH(mb_tracker_chapter_complete(trackers[i], now)); }

static void bitrate(int64_t now, double value) {
  const mb_qoe_info info = {
      .size = sizeof info, .bitrate = value, .startup_time = 850, .fps = 50, .dropped_frames = 12};
  EACH(mb_tracker_update_qoe(trackers[i], &info, now));
  EACH(mb_tracker_bitrate_change(trackers[i], now));
}

static void playhead(int64_t now, double value) { EACH(mb_tracker_update_playhead(trackers[i], value, now)); }

static void complete(int64_t now) { EACH(mb_tracker_complete(trackers[i], now)); }

/* As a host does that sleeps until something is due. */
static void advance(int64_t until) {
  for (int64_t due; (due = mb_client_next_deadline(client)) <= until;)
    must(mb_client_tick(client, due), "mb_client_tick");
}

static void note_windows(int second) {
  if (second == 0) window_begin[0] = cpu_ns();
  if (second == WINDOW) window_end[0] = cpu_ns();
  if (second == LAST_WINDOW) window_begin[1] = cpu_ns();
  if (second == LAST_WINDOW + WINDOW) window_end[1] = cpu_ns();
}

static const workload_actor mediabeat = {.start = start,
                                         .pod_start = pod_start,
                                         .pod_complete = pod_complete,
                                         .ad_start = ad_start,
                                         .ad_complete = ad_complete,
                                         .chapter_start = chapter_start,
                                         .chapter_complete = chapter_complete,
                                         .bitrate = bitrate,
                                         .playhead = playhead,
                                         .complete = complete,
                                         .advance = advance,
                                         .second = note_windows};

int main(int argc, char **argv) {
  count = number_argument(argc, argv, 1, 1000);
  trackers = must_have(calloc((size_t)count, sizeof(mb_tracker *)));
  client = new_client(NULL, &instant_transport);
  double begin = cpu_ns();
  workload_run(&mediabeat, EPOCH_MS, (int)number_argument(argc, argv, 2, WORKLOAD_SECONDS));
  double ms = (cpu_ns() - begin) / 1e6 / (double)count;

  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  if (stats.delivered != stats.accepted) must(MB_TRANSPORT_FAILED, "every event is delivered");
  double growth = (window_end[1] - window_begin[1]) / (window_end[0] - window_begin[0]);
  printf("events=%.0f cpu_ms=%.4f growth=%.3f\n", (double)stats.accepted / (double)count, ms, growth);
  mb_client_free(client);
  free(trackers);
  return 0;
}
