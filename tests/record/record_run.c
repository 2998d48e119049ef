/* Plays with a client as a host would, ticks at its own pace, and writes two files: the recording, and every body that
 * was sent. A replay of the first must send the second.
 *
 *   record_run RECORDING BODIES SEED */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
  FILE *recording, *bodies;
  uint64_t chance;
  int64_t now;
  double playhead;
};

static unsigned roll(struct host *host, unsigned sides) {
  host->chance = host->chance * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(host->chance >> 33) % sides;
}

static void write_line(void *user, const char *line, size_t size) {
  fwrite(line, 1, size, ((struct host *)user)->recording);
}

static mb_status send_now(void *user, mb_request *request, int64_t now_ms) {
  struct host *host = user;
  size_t size;
  const char *body = mb_request_body(request, &size);
  fprintf(host->bodies, "%s %u %s %.*s\n", mb_request_player(request), mb_request_session(request),
          mb_request_path(request), (int)size, body);
  mb_response response = {.size = sizeof response, .status = 204};
  if (strcmp(mb_request_path(request), "/api/v1/sessions") == 0) {
    response.status = 201;
    response.location = "/api/v1/sessions/the-session";
  }
  mb_request_complete(request, &response, now_ms);
  return MB_OK;
}

static void cancel(void *user, mb_request *request) {
  (void)user;
  (void)request;
}

static bool details(void *user, mb_player_details *details) {
  struct host *host = user;
  details->playhead = host->playhead;
  details->has_qoe = host->playhead > 30;
  details->qoe = (mb_qoe_info){sizeof details->qoe, 1e6 + 1000 * (int)(host->playhead / 100), 800.5, 25, 3};
  return true;
}

static void start(struct host *host, mb_tracker *tracker) {
  const mb_pair metadata[] = {
      {"a.media.show", "Zo\xc3\xab \"quoted\""}, {"zebra", "z"}, {"apple", "a"}, {"bad key", "x"}};
  mb_media_info info;
  mb_media_info_init(&info);
  info.id = "m1";
  info.name = "A film";
  info.length = 5400.25;
  info.stream_type = "vod";
  info.media_type = "video";
  info.granular_ad_tracking = roll(host, 2);
  mb_tracker_session_start(tracker, &info, metadata, sizeof metadata / sizeof *metadata, host->now);
}

static void ads(struct host *host, mb_tracker *tracker) {
  mb_ad_break_info pod = {sizeof pod, "pod", (int64_t)roll(host, 3), 0.1 * roll(host, 100)};
  mb_ad_info ad = {sizeof ad, "ad", "An ad", 1 + (int64_t)roll(host, 2), 30};
  switch (roll(host, 5)) {
    case 0: mb_tracker_ad_break_start(tracker, &pod, host->now); return;
    case 1: mb_tracker_ad_break_complete(tracker, host->now); return;
    case 2: mb_tracker_ad_start(tracker, &ad, NULL, 0, host->now); return;
    case 3: mb_tracker_ad_complete(tracker, host->now); return;
    default: mb_tracker_ad_skip(tracker, host->now); return;
  }
}

static void playback(struct host *host, mb_tracker *tracker) {
  static mb_status (*const calls[])(mb_tracker *, int64_t) = {
      mb_tracker_play,       mb_tracker_pause,         mb_tracker_buffer_start,   mb_tracker_buffer_complete,
      mb_tracker_seek_start, mb_tracker_seek_complete, mb_tracker_bitrate_change, mb_tracker_play};
  calls[roll(host, sizeof calls / sizeof *calls)](tracker, host->now);
}

static void others(struct host *host, mb_tracker *tracker) {
  static const char *const states[] = {"mute", "fullscreen", "in.focus", "not a state"};
  mb_chapter_info chapter = {sizeof chapter, "Chapter", 1 + (int64_t)roll(host, 3), 60, 60};
  switch (roll(host, 6)) {
    case 0: mb_tracker_chapter_start(tracker, &chapter, NULL, 0, host->now); return;
    case 1: mb_tracker_chapter_complete(tracker, host->now); return;
    case 2: mb_tracker_state_start(tracker, states[roll(host, 4)], host->now); return;
    case 3: mb_tracker_state_end(tracker, states[roll(host, 4)], host->now); return;
    case 4: mb_tracker_error(tracker, roll(host, 3) ? "E-1" : "", host->now); return;
    default: mb_tracker_update_playhead(tracker, host->playhead + 0.001 * roll(host, 1000), host->now); return;
  }
}

static void random_call(struct host *host, mb_tracker *tracker) {
  switch (roll(host, 24)) {
    case 0: start(host, tracker); return;
    case 1:
      if (roll(host, 4) == 0) mb_tracker_complete(tracker, host->now);
      return;
    case 2:
    case 3:
    case 4:
    case 5: ads(host, tracker); return;
    case 6:
    case 7:
    case 8: others(host, tracker); return;
    default: playback(host, tracker); return;
  }
}

static void send_json(struct host *host, mb_session *session, const char *json) {
  mb_session_send(session, json, strlen(json), host->now);
}

static void session_call(struct host *host, mb_session *session) {
  switch (roll(host, 6)) {
    case 0: send_json(host, session, "{\"eventType\":\"play\"}"); return;
    case 1: send_json(host, session, "{\"eventType\":\"bufferStart\",\"playerTime\":{\"playhead\":12.5}}"); return;
    case 2:
      send_json(host, session,
                "{\"eventType\":\"adStart\",\"params\":{\"media.ad.id\":\"a\",\"media.ad.length\":5,"
                "\"media.ad.podPosition\":1},\"customMetadata\":{\"a.media.ad.site\":\"s\",\"k\":\"v\"}}");
      return;
    case 3: send_json(host, session, "{\"eventType\":\"adComplete\"}"); return;
    case 4: mb_session_update_playhead(session, host->playhead, host->now); return;
    default:
      send_json(host, session,
                "{\"eventType\":\"statesUpdate\",\"params\":{\"statesStart\":[{\"media.state.name\":\"mute\"}]}}");
      return;
  }
}

static void play(struct host *host, mb_client *client) {
  static const char opening[] = "{\"eventType\":\"sessionStart\",\"params\":{\"media.id\":\"s\",\"media.length\":60,"
                                "\"media.contentType\":\"vod\"}}";
  mb_tracker *one, *two;
  mb_session *session;
  if (mb_tracker_new(client, "one", &one)) exit(1);
  start(host, one);
  if (mb_tracker_new(client, "two", &two)) exit(1);
  mb_tracker_set_player_details(two, details, host);
  start(host, two);
  mb_session_options options = {.size = sizeof options, .player = "three", .granular_ad_tracking = true};
  if (mb_session_open(client, &options, opening, strlen(opening), host->now, &session)) exit(1);
  for (int i = 0; i < 4000; i++) {
    host->now += roll(host, 40) ? roll(host, 900) : roll(host, 2400000);
    host->playhead += 0.25;
    mb_client_tick(client, host->now);
    if (roll(host, 3)) continue;
    random_call(host, roll(host, 2) ? one : two);
    if (roll(host, 4) == 0) session_call(host, session);
  }
  mb_client_set_consent(client, MB_CONSENT_OUT, host->now);
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: record_run RECORDING BODIES SEED\n"), 2;
  struct host host = {fopen(argv[1], "wb"), fopen(argv[2], "wb"), strtoull(argv[3], NULL, 10), 1700000000123, 0};
  if (!host.recording || !host.bodies) return perror("record_run"), 1;
  const mb_transport transport = {
      .size = sizeof transport, .user = &host, .capacity = 64, .send = send_now, .cancel = cancel};
  static const char settings[] =
      "{\"trackingServer\":\"t\",\"channel\":\"c\",\"playerName\":\"p\",\"mainPingInterval\":20,"
      "\"customerIDs\":{\"crm\":{\"id\":\"7\",\"authState\":1}}}";
  mb_config *config;
  mb_client *client;
  if (mb_config_new(NULL, &config) || mb_config_set_json(config, settings, strlen(settings))) return 1;
  if (mb_client_new(config, &transport, &client) || mb_client_record(client, write_line, &host)) return 1;
  mb_config_free(config);
  play(&host, client);
  mb_client_free(client);
  return fclose(host.recording) || fclose(host.bodies);
}
