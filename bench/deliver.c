/* Decides how delivery is measured: pings of 64 sessions through one client and the libcurl transport over 8
 * connections, driven as a host does it: wait, tick. Virtual time runs ahead, so that pings are always waiting.
 *
 *   deliver ENDPOINT EVENTS [CA_BUNDLE]
 *
 * Prints events per CPU second of this process, bytes per body, and connections opened, all after the first tenth. */
#include <mediabeat/curl.h>
#include <stdio.h>

#include "common.h"
#include "count_connections.h"

enum { SESSIONS = 64, CONNECTIONS = 8, PING_MS = 10000, ENOUGH_WAITING = SESSIONS };

static mb_client *new_curl_client(const char *endpoint, const char *ca_bundle) {
  mb_config *config = new_config(NULL, COLLECTION_V1);
  mb_transport transport;
  mb_client *client;
  must(mb_config_set_text(config, "endpoint", endpoint), "endpoint");
  must(mb_config_set_text(config, "caBundle", ca_bundle), "caBundle");
  must(mb_config_set_number(config, "maxConnections", CONNECTIONS), "maxConnections");
  must(mb_curl_transport_new(config, &transport), "mb_curl_transport_new");
  must(mb_client_new(config, &transport, &client), "mb_client_new");
  mb_config_free(config);
  return client;
}

static mb_stats stats_of(const mb_client *client) {
  mb_stats stats = {.size = sizeof stats};
  must(mb_client_stats(client, &stats), "mb_client_stats");
  return stats;
}

/* Until so many are delivered. Sessions of a day are replaced by new ones, which is some more events and no more. */
static mb_stats deliver(mb_client *client, uint64_t events, int64_t *now) {
  mb_stats stats;
  while ((stats = stats_of(client)).delivered < events) {
    if (stats.queued < ENOUGH_WAITING)
      *now += PING_MS;
    else
      mb_client_wait(client, 1000);
    must(mb_client_tick(client, *now), "mb_client_tick");
  }
  return stats;
}

int main(int argc, char **argv) {
  if (argc < 3) return fputs("usage: deliver ENDPOINT EVENTS [CA_BUNDLE]\n", stderr), 2;
  uint64_t events = (uint64_t)number_argument(argc, argv, 2, 10000);
  int64_t now = EPOCH_MS;
  mb_client *client = new_curl_client(argv[1], argc > 3 ? argv[3] : NULL);
  for (int i = 0; i < SESSIONS; i++) {
    mb_tracker *tracker = new_session(client, 3, now);
    must(mb_tracker_play(tracker, now), "mb_tracker_play");
    must(mb_tracker_update_playhead(tracker, 1234.567, now), "mb_tracker_update_playhead");
  }
  mb_stats before = deliver(client, events / 10, &now);
  long connections = connections_opened();
  must(connections >= CONNECTIONS ? MB_OK : MB_TRANSPORT_FAILED, "connections are counted");
  double from = cpu_ns();
  mb_stats after = deliver(client, events, &now);
  double seconds = (cpu_ns() - from) / 1e9;
  must(after.retries ? MB_TRANSPORT_FAILED : MB_OK, "every request is answered");
  printf("per_cpu_second=%.0f body=%.0f connections=%ld\n", (double)(after.delivered - before.delivered) / seconds,
         (double)after.queued_bytes / (double)after.queued, connections_opened() - connections);
  mb_client_free(client);
  return 0;
}
