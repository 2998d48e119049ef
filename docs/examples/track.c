/* Tracks thirty seconds of a film and says what became of the events: track ENDPOINT. */
#include <inttypes.h>
#include <mediabeat/curl.h>
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <time.h>

/* [track] */
static mb_client *connect_to(const char *endpoint) {
  mb_client *client = NULL;
  mb_config *config = NULL;
  mb_transport transport;
  if (mb_config_new(NULL, &config) != MB_OK) return NULL;
  mb_config_set_text(config, "endpoint", endpoint);
  mb_config_set_text(config, "trackingServer", "metrics.example.com");
  mb_config_set_text(config, "reportSuite", "examplestream.prod");
  mb_config_set_text(config, "orgId", "0123456789ABCDEF01234567@AdobeOrg");
  mb_config_set_text(config, "channel", "Example Stream");
  mb_config_set_text(config, "playerName", "Example Player");
  if (mb_config_check_live(config) == MB_OK && mb_curl_transport_new(config, &transport) == MB_OK &&
      mb_client_new(config, &transport, &client) != MB_OK)
    transport.free(transport.user);
  mb_config_free(config);
  return client;
}

static void watch(mb_client *client, int64_t now) {
  mb_tracker *tracker;
  mb_media_info film;
  mb_media_info_init(&film);
  film.id = "tos-2012";
  film.name = "Tears of Steel";
  film.length = 734; /* s */
  film.stream_type = "vod";
  film.media_type = "video";
  if (mb_tracker_new(client, "living-room", &tracker) != MB_OK) return;
  mb_tracker_session_start(tracker, &film, NULL, 0, now);
  mb_tracker_play(tracker, now);
  for (int second = 1; second <= 30; second++) { /* your player's loop */
    now += 1000;
    mb_tracker_update_playhead(tracker, second, now);
    mb_client_tick(client, now);
  }
  mb_tracker_session_end(tracker, now);
  mb_client_close(client, now, now + 5000); /* delivers what waits, for five seconds at most */
}
/* [/track] */

static int64_t clock_ms(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* [account] */
static bool all_delivered(const mb_client *client) {
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  printf("%" PRIu64 " events: %" PRIu64 " delivered\n", stats.accepted, stats.delivered);
  for (int reason = 0; reason < MB_DROP_COUNT; reason++)
    if (stats.dropped[reason])
      printf("  %" PRIu64 " dropped: %s\n", stats.dropped[reason], mb_drop_text((mb_drop)reason));
  return stats.delivered == stats.accepted;
}
/* [/account] */

int main(int argc, char **argv) {
  if (argc != 2) return fputs("usage: track ENDPOINT\n", stderr), 2;
  mb_client *client = connect_to(argv[1]);
  if (!client) return fputs("track: the client could not be made\n", stderr), 1;
  watch(client, clock_ms());
  bool good = all_delivered(client);
  mb_client_free(client);
  return good ? 0 : 1;
}
