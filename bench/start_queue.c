/* Decides what "start to first queued event" is: a client without a transport, a tracker, its sessionStart. */
#include <mediabeat/mediabeat.h>

int main(void) {
  const int64_t now = INT64_C(1700000000000);
  mb_media_info media;
  mb_media_info_init(&media);
  media.id = media.name = "a";
  media.stream_type = "vod";
  media.media_type = "video";
  mb_config *config;
  mb_client *client;
  mb_tracker *tracker;
  mb_stats stats = {.size = sizeof stats};
  bool done = !mb_config_new(NULL, &config) && !mb_client_new(config, NULL, &client) &&
              !mb_tracker_new(client, NULL, &tracker) && !mb_tracker_session_start(tracker, &media, NULL, 0, now) &&
              !mb_client_stats(client, &stats) && stats.queued == 1;
  return !done;
}
