/* What the library makes of a clock that is late, leaps, or steps back. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>

#include "printing.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static mb_client *new_client(int64_t *start) {
  mb_config *config;
  mb_client *client = NULL;
  mb_transport transport;
  print_requests(&transport, start);
  if (mb_config_new(NULL, &config) != MB_OK) return NULL;
  mb_client_new(config, &transport, &client);
  mb_config_free(config);
  return client;
}

static mb_tracker *start_film(mb_client *client, int64_t now) {
  mb_tracker *tracker = NULL;
  mb_media_info film;
  mb_media_info_init(&film);
  film.id = "tos-2012";
  film.name = "Tears of Steel";
  film.length = 734;
  film.stream_type = "vod";
  film.media_type = "video";
  film.preroll_waiting_time_ms = 0;
  if (mb_tracker_new(client, "living-room", &tracker) != MB_OK) return NULL;
  mb_tracker_session_start(tracker, &film, NULL, 0, now);
  mb_tracker_play(tracker, now);
  mb_client_tick(client, now + 1000); /* a second of main content: the content has started */
  return tracker;
}

static void on_time(mb_client *client, int64_t now) {
  puts("ticks on time");
  mb_tracker *tracker = start_film(client, now);
  mb_client_tick(client, now + 11000);
  mb_client_tick(client, now + 21000);
  mb_tracker_session_end(tracker, now + 22000);
}

static void late(mb_client *client, int64_t now) {
  puts("one tick, three minutes late");
  mb_tracker *tracker = start_film(client, now);
  mb_client_tick(client, now + 3 * MINUTE);
  mb_client_tick(client, now + 3 * MINUTE + 10000);
  mb_tracker_session_end(tracker, now + 3 * MINUTE + 11000);
}

/* [asleep] */
static void asleep(mb_client *client, int64_t now) {
  puts("paused, then asleep for two hours");
  mb_tracker *tracker = start_film(client, now);
  mb_tracker_pause(tracker, now + 5000); /* the machine is about to sleep */
  now += 2 * HOUR;                       /* and wakes up */
  mb_client_tick(client, now);
  mb_tracker_play(tracker, now + 3000);
  mb_tracker_session_end(tracker, now + 4000);
}
/* [/asleep] */

static void stepping_back(mb_client *client, int64_t now) {
  puts("a clock that is set back by an hour");
  mb_tracker *tracker = start_film(client, now);
  now -= HOUR;
  mb_client_tick(client, now + 6000);  /* time stands still here ... */
  mb_client_tick(client, now + 16000); /* ... and goes on with the host's clock */
  mb_tracker_session_end(tracker, now + 17000);
}

int main(void) {
  static void (*const stories[])(mb_client * client, int64_t now) = {on_time, late, asleep, stepping_back};
  for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
    int64_t start = 1700000000000;
    mb_client *client = new_client(&start);
    if (!client) return 1;
    stories[i](client, start);
    mb_client_free(client);
  }
  return 0;
}
