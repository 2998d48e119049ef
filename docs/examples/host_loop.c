/* Loops that a host may have, around one client: host_loop ENDPOINT. Takes two seconds. */
#include <mediabeat/curl.h>
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <time.h>

/* [clock] */
static int64_t clock_ms(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
/* [/clock] */

/* [frame] */
static void draw_frame(mb_client *client, mb_tracker *tracker, double playhead) {
  int64_t now = clock_ms();
  mb_tracker_update_playhead(tracker, playhead, now);
  mb_client_tick(client, now);
}
/* [/frame] */

/* [wait] */
static void run_until(mb_client *client, int64_t end) {
  for (int64_t now = clock_ms(); now < end; now = clock_ms()) {
    int64_t due = mb_client_next_deadline(client);
    mb_client_wait(client, (due < end ? due : end) - now);
    mb_client_tick(client, clock_ms());
  }
}
/* [/wait] */

/* [suspend] */
static void before_sleep(mb_client *client, mb_tracker *tracker) {
  int64_t now = clock_ms();
  mb_tracker_pause(tracker, now); /* a machine that sleeps shows nothing */
  mb_client_deliver(client, now); /* hands over what can go out now; does not wait for answers */
}

static void after_sleep(mb_client *client) {
  mb_client_tick(client, clock_ms()); /* what fell due meanwhile; your player calls play when it plays again */
}
/* [/suspend] */

static mb_client *connect_to(const char *endpoint) {
  mb_client *client = NULL;
  mb_config *config;
  mb_transport transport;
  if (mb_config_new(NULL, &config) != MB_OK) return NULL;
  mb_config_set_text(config, "endpoint", endpoint);
  mb_config_set_text(config, "trackingServer", "metrics.example.com");
  mb_config_set_text(config, "reportSuite", "examplestream.prod");
  mb_config_set_text(config, "orgId", "0123456789ABCDEF01234567@AdobeOrg");
  mb_config_set_text(config, "channel", "Example Stream");
  mb_config_set_text(config, "playerName", "Example Player");
  if (mb_curl_transport_new(config, &transport) == MB_OK && mb_client_new(config, &transport, &client) != MB_OK)
    transport.free(transport.user);
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
  if (mb_tracker_new(client, "living-room", &tracker) != MB_OK) return NULL;
  mb_tracker_session_start(tracker, &film, NULL, 0, now);
  mb_tracker_play(tracker, now);
  return tracker;
}

static void draw_for_a_second(mb_client *client, mb_tracker *tracker, int64_t start) {
  for (int64_t now = clock_ms(); now < start + 1000; now = clock_ms()) {
    draw_frame(client, tracker, (double)(now - start) / 1000);
    mb_client_wait(client, 16); /* stands for a display that waits for its next frame */
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return fputs("usage: host_loop ENDPOINT\n", stderr), 2;
  mb_client *client = connect_to(argv[1]);
  int64_t start = clock_ms();
  mb_tracker *tracker = client ? start_film(client, start) : NULL;
  if (!tracker) return 1;
  draw_for_a_second(client, tracker, start);
  run_until(client, start + 2000);
  before_sleep(client, tracker);
  after_sleep(client);
  int64_t now = clock_ms();
  mb_tracker_session_end(tracker, now);
  mb_client_close(client, now, now + 5000);
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  mb_client_free(client);
  printf("%d of %d events delivered\n", (int)stats.delivered, (int)stats.accepted);
  return stats.delivered == stats.accepted ? 0 : 1;
}
