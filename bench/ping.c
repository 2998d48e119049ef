/* Decides how a ping is measured: N pings of one session that plays, ten seconds apart, each fired by a tick.
 *
 *   ping N          only queued: there is no transport
 *   ping N instant  queued, handed to a transport that answers at once, and done with
 *
 * N up to 8,000: a session of a day is replaced by a new one. Prints allocations per ping. Instructions per ping: bench/instructions with two values of N. */
#include <stdio.h>
#include <string.h>

#include "common.h"

static int64_t play(mb_client *client, mb_tracker *tracker, int64_t now) {
  must(mb_tracker_play(tracker, now), "mb_tracker_play");
  must(mb_client_tick(client, now += 1000), "mb_client_tick"); /* the second play, a second into the content */
  must(mb_tracker_update_playhead(tracker, 1234.567, now), "mb_tracker_update_playhead");
  return now;
}

static int64_t ping(mb_client *client, long count, int64_t now) {
  while (count-- > 0) must(mb_client_tick(client, now += 10000), "mb_client_tick");
  return now;
}

int main(int argc, char **argv) {
  enum { WARM_UP = 100 }; /* buffers have their size then */
  long count = number_argument(argc, argv, 1, 5000);
  bool instant = argc > 2 && strcmp(argv[2], "instant") == 0;
  memory_count memory;
  mb_host host = counting_host(&memory);
  mb_client *client = new_client(&host, instant ? &instant_transport : NULL);
  mb_tracker *tracker = new_session(client, 3, EPOCH_MS);
  int64_t now = ping(client, WARM_UP, play(client, tracker, EPOCH_MS));

  mb_stats before = {.size = sizeof before}, after = before;
  mb_client_stats(client, &before);
  size_t allocations = memory.allocations;
  ping(client, count, now);
  allocations = memory.allocations - allocations;
  mb_client_stats(client, &after);
  if (after.accepted - before.accepted != (uint64_t)count) must(MB_INVALID_EVENT, "one ping per tick");
  printf("allocations=%.3f\n", (double)allocations / (double)count);
  mb_client_free(client);
  return 0;
}
