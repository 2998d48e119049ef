/* A program as somebody else would write it: tracks one session over a transport of its own. Also makes a libcurl
 * transport, to show that the second library links. */
#include <mediabeat/curl.h>
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <string.h>

#define CHECK(call) check((call), #call)

static int failures;

static void check(mb_status status, const char *call) {
  if (status == MB_OK) return;
  fprintf(stderr, "%s: %s\n", call, mb_status_text(status));
  failures++;
}

/* Answers at once, as a backend would. */
static mb_status send_request(void *user, mb_request *request, int64_t now_ms) {
  mb_response response = {.size = sizeof response, .status = 204};
  int *requests = user;
  if ((*requests)++ == 0) {
    response.status = 201;
    response.location = "/api/v1/sessions/one";
  }
  mb_request_complete(request, &response, now_ms);
  return MB_OK;
}

static void cancel_request(void *user, mb_request *request) {
  (void)user;
  (void)request;
}

static void watch(mb_client *client, int64_t now) {
  mb_tracker *tracker = NULL;
  mb_media_info media;
  mb_media_info_init(&media);
  media.id = "film-1";
  media.name = "A film";
  media.length = 60;
  media.stream_type = "vod";
  media.media_type = "video";
  media.preroll_waiting_time_ms = 0;
  const mb_pair metadata[] = {{"a.media.show", "A show"}, {"shelf", "top"}};

  CHECK(mb_tracker_new(client, "living-room", &tracker));
  CHECK(mb_tracker_session_start(tracker, &media, metadata, 2, now));
  CHECK(mb_tracker_play(tracker, now));
  for (int second = 1; second <= 30; second++) {
    CHECK(mb_tracker_update_playhead(tracker, second, now + second * 1000));
    CHECK(mb_client_tick(client, now + second * 1000));
  }
  CHECK(mb_tracker_complete(tracker, now + 30000));
  mb_tracker_free(tracker);
}

static void configure(mb_config *config) {
  CHECK(mb_config_set_text(config, "endpoint", "http://127.0.0.1:9"));
  CHECK(mb_config_set_text(config, "trackingServer", "example.sc.omtrdc.net"));
  CHECK(mb_config_set_text(config, "reportSuite", "example"));
  CHECK(mb_config_set_text(config, "orgId", "EXAMPLE@AdobeOrg"));
  CHECK(mb_config_check_live(config));
}

static void try_curl(const mb_config *config) {
  mb_transport transport = {.size = sizeof transport};
  mb_status status = mb_curl_transport_new(config, &transport);
  check(status, "mb_curl_transport_new");
  if (status == MB_OK) transport.free(transport.user);
}

int main(void) {
  int requests = 0;
  mb_transport transport = {
      .size = sizeof transport, .user = &requests, .capacity = 1, .send = send_request, .cancel = cancel_request};
  mb_config *config = NULL;
  mb_client *client = NULL;
  mb_stats stats = {.size = sizeof stats};

  if (strcmp(mb_version(), MB_VERSION) != 0) failures++;
  CHECK(mb_config_new(NULL, &config));
  if (!config) return 1;
  configure(config);
  try_curl(config);
  CHECK(mb_client_new(config, &transport, &client));
  mb_config_free(config);
  if (!client) return 1;

  int64_t now = 1700000000000;
  watch(client, now);
  CHECK(mb_client_close(client, now + 31000, now + 32000));
  CHECK(mb_client_stats(client, &stats));
  mb_client_free(client);

  printf("mediabeat %s: %d requests, %llu of %llu events delivered\n", mb_version(), requests,
         (unsigned long long)stats.delivered, (unsigned long long)stats.accepted);
  return failures || stats.accepted < 4 || stats.delivered != stats.accepted;
}
