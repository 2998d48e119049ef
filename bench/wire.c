/* Decides how the two wires are compared: the same events over either, each taken by a transport that answers at once, or
 * only queued: then there is no transport.
 *
 *   wire PROTOCOL ping N [queued]    pings of sessions that play, each from its timer to its answer, or to its queue
 *   wire PROTOCOL start N [queued]   sessions, each from its sessionStart to the answer, or to its queue
 *
 * Prints CPU and bytes of body per event, and what it costs to copy so many bytes: the least that a body can cost.
 * Instructions per event: bench/instructions with two values of N. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

static mb_client *client;
static double ns; /* of what is measured, so far */

/* Of bodies that were made: those that wait and those that went out. */
static uint64_t body_bytes(void) {
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  return stats.queued_bytes + answered_bytes();
}

static mb_tracker *playing_session(int64_t now) {
  mb_tracker *tracker = new_session(client, 3, now);
  must(mb_tracker_play(tracker, now), "mb_tracker_play");
  must(mb_client_tick(client, now += 1000), "mb_client_tick"); /* the second play, a second into the content */
  must(mb_tracker_update_playhead(tracker, 1234.567, now), "mb_tracker_update_playhead");
  return tracker;
}

static int64_t ping(long count, int64_t now) {
  double from = cpu_ns();
  for (long i = 0; i < count; i++) must(mb_client_tick(client, now += 10000), "mb_client_tick");
  ns += cpu_ns() - from;
  return now;
}

/* A session ends after a day, so the pings are those of many. */
static uint64_t measure_pings(long count) {
  enum { A_SESSION = 5000, FIRST_PING = 9000 };
  uint64_t bytes = 0;
  int64_t now = EPOCH_MS;
  while (count > 0) {
    long pings = count < A_SESSION ? count : A_SESSION;
    mb_tracker *tracker = playing_session(now);
    uint64_t before = body_bytes();
    now = ping(pings, now + FIRST_PING);
    bytes += body_bytes() - before;
    mb_tracker_free(tracker);
    count -= pings;
  }
  return bytes;
}

static uint64_t measure_starts(long count) {
  uint64_t before = body_bytes();
  double from = cpu_ns();
  for (long i = 0; i < count; i++) mb_tracker_free(new_session(client, 3, EPOCH_MS));
  ns = cpu_ns() - from;
  return body_bytes() - before;
}

/* From one place to another in blocks of memory as large as a queue's. */
static double copy_ns(size_t size, long count) {
  enum { BLOCK = 65536 };
  char *from = must_have(calloc(2, BLOCK)), *to = from + BLOCK;
  size_t places = BLOCK / size;
  double begin = cpu_ns();
  for (long i = 0; i < count; i++) {
    size_t at = (size_t)i % places * size;
    memcpy(to + at, from + at, size);
    __asm__ volatile("" : : "r"(to) : "memory");
  }
  double each = (cpu_ns() - begin) / (double)count;
  free(from);
  return each;
}

int main(int argc, char **argv) {
  if (argc < 4) return fputs("usage: wire PROTOCOL ping|start N [queued]\n", stderr), 2;
  long count = number_argument(argc, argv, 3, 1);
  bool queued = argc > 4 && strcmp(argv[4], "queued") == 0;
  client = new_client_of(argv[1], NULL, queued ? NULL : &instant_transport);
  double bytes = (double)(strcmp(argv[2], "ping") == 0 ? measure_pings(count) : measure_starts(count)) / (double)count;
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  if (stats.delivered != (queued ? 0 : stats.accepted)) must(MB_TRANSPORT_FAILED, "every event is delivered");
  printf("ns=%.2f bytes=%.1f per_byte=%.4f copy_ns=%.2f\n", ns / (double)count, bytes, ns / (double)count / bytes,
         copy_ns((size_t)bytes, count));
  mb_client_free(client);
  return 0;
}
