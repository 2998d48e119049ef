/* Decides how ticks are measured.
 *
 *   tick idle                    ns of a tick with nothing due, with 1, 1,000 and 1,000,000 trackers that play, and of an
 *                                empty call into a shared library; rounds interleaved, medians
 *   tick idle-count N            the same with 1,000 trackers and N ticks, to count instructions
 *   tick frames TRACKERS SECONDS us of a tick at 60 a second, pings every 10 s at random phases, answered at once */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "empty_call.h"

enum { PHASES_MS = 10000, SETTLED_MS = 12000, ROUNDS = 15 };

static void shuffle(mb_tracker **trackers, long count) {
  for (uint32_t left = (uint32_t)count; left > 1; left--) {
    uint32_t other = next_random() % left;
    mb_tracker *swapped = trackers[left - 1];
    trackers[left - 1] = trackers[other];
    trackers[other] = swapped;
  }
}

static void tick_until(mb_client *client, int64_t until) {
  for (int64_t due; (due = mb_client_next_deadline(client)) <= until;)
    must(mb_client_tick(client, due), "mb_client_tick");
}

/* Trackers that play, with pings spread over ten seconds in another order than that of their making. Virtual time is
 * SETTLED_MS afterwards: nothing but pings is to come. */
static mb_client *new_audience(long count) {
  mb_client *client = new_client(NULL, &instant_transport);
  mb_tracker **trackers = must_have(calloc((size_t)count, sizeof(mb_tracker *)));
  for (long i = 0; i < count; i++) trackers[i] = new_session(client, 3, EPOCH_MS);
  shuffle(trackers, count);
  for (long i = 0; i < count; i++) {
    int64_t now = EPOCH_MS + i * PHASES_MS / count;
    tick_until(client, now);
    must(mb_tracker_update_playhead(trackers[i], 1234.567, now), "mb_tracker_update_playhead");
    must(mb_tracker_play(trackers[i], now), "mb_tracker_play");
  }
  free(trackers);
  tick_until(client, EPOCH_MS + SETTLED_MS);
  return client;
}

static double empty_ns(long calls) {
  double from = wall_ns();
  for (long i = 0; i < calls; i++) bench_empty_call(NULL, i);
  return (wall_ns() - from) / (double)calls;
}

static double idle_ns(mb_client *client, long ticks) {
  double from = wall_ns();
  for (long i = 0; i < ticks; i++) mb_client_tick(client, EPOCH_MS + SETTLED_MS);
  return (wall_ns() - from) / (double)ticks;
}

static int run_idle(void) {
  enum { SIZES = 3, TICKS = 1000000 };
  static const long sizes[SIZES] = {1, 1000, 1000000};
  mb_client *clients[SIZES];
  double empty[ROUNDS], idle[SIZES][ROUNDS];
  for (int i = 0; i < SIZES; i++) clients[i] = new_audience(sizes[i]);
  for (int round = 0; round < ROUNDS; round++) {
    empty[round] = empty_ns(TICKS);
    for (int i = 0; i < SIZES; i++) idle[i][round] = idle_ns(clients[i], TICKS);
  }
  printf("empty=%.1f", median(empty, ROUNDS));
  for (int i = 0; i < SIZES; i++) printf(" idle_%ld=%.1f", sizes[i], median(idle[i], ROUNDS));
  putchar('\n');
  return 0; /* a million trackers are left to the system */
}

static int run_idle_count(long ticks) {
  mb_client *client = new_audience(1000);
  idle_ns(client, ticks);
  mb_client_free(client);
  return 0;
}

static int run_frames(long count, long seconds) {
  mb_client *client = new_audience(count);
  mb_stats before = {.size = sizeof before}, after = before;
  long warm_up = PHASES_MS / 1000 * 60, ticks = seconds * 60;
  double from = 0;
  for (long i = 1; i <= warm_up + ticks; i++) {
    must(mb_client_tick(client, EPOCH_MS + SETTLED_MS + i * 1000 / 60), "mb_client_tick");
    if (i != warm_up) continue;
    mb_client_stats(client, &before);
    from = cpu_ns();
  }
  double us = (cpu_ns() - from) / 1e3 / (double)ticks;
  mb_client_stats(client, &after);
  printf("us=%.3f pings=%.2f\n", us, (double)(after.delivered - before.delivered) / (double)ticks);
  mb_client_free(client);
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "idle") == 0) return run_idle();
  if (strcmp(what, "idle-count") == 0) return run_idle_count(number_argument(argc, argv, 2, 1000));
  if (strcmp(what, "frames") == 0)
    return run_frames(number_argument(argc, argv, 2, 1000), number_argument(argc, argv, 3, 100));
  fputs("usage: tick idle | idle-count N | frames TRACKERS SECONDS\n", stderr);
  return 2;
}
