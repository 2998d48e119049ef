/* Plays with a client as a host would, ticks at its own pace, and writes two files: the recording, and every body that
 * was sent. A replay of the first must send the second.
 *
 *   record_run RECORDING BODIES SEED PROTOCOL */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
  FILE *recording, *bodies;
  uint64_t chance;
  int64_t now;
  double playhead;
  int opened; /* sessions; their ids are those that a dry run gives */
};

static unsigned roll(struct host *host, unsigned sides) {
  host->chance = host->chance * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(host->chance >> 33) % sides;
}

static void write_line(void *user, const char *line, size_t size) {
  fwrite(line, 1, size, ((struct host *)user)->recording);
}

static bool opens(const char *path) {
  return strcmp(path, "/api/v1/sessions") == 0 || strstr(path, "/va/v1/sessionStart?");
}

static mb_status send_now(void *user, mb_request *request, int64_t now_ms) {
  struct host *host = user;
  size_t size;
  char location[64], handle[128];
  const char *body = mb_request_body(request, &size), *path = mb_request_path(request);
  fprintf(host->bodies, "%s %u %s %.*s\n", mb_request_player(request), mb_request_session(request), path, (int)size,
          body);
  mb_response response = {.size = sizeof response, .status = 204};
  if (opens(path)) {
    host->opened++;
    snprintf(location, sizeof location, "/api/v1/sessions/%d", host->opened);
    snprintf(handle, sizeof handle,
             "{\"handle\":[{\"type\":\"media-analytics:new-session\",\"payload\":[{\"sessionId\":\"%d\"}]}]}",
             host->opened);
    response = (mb_response){
        .size = sizeof response, .status = 200, .location = location, .body = handle, .body_size = strlen(handle)};
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

/* Sessions given as XDM: one that asks the player, a manual one, one that was opened elsewhere. */
enum { ASKING, MANUAL, RESUMED, XDM_SESSIONS };

static void open_xdm(struct host *host, mb_client *client, mb_session *sessions[XDM_SESSIONS]) {
  static const char asking[] =
      "{\"identityMap\":{\"x\":[{\"id\":\"7\",\"authenticatedState\":\"loggedOut\"}]},\"mediaCollection\":{"
      "\"sessionDetails\":{\"name\":\"Zo\xc3\xab "
      "\\\"q\\\"\",\"length\":60,\"contentType\":\"vod\"},\"customMetadata\":[{"
      "\"name\":\"b\",\"value\":\"2\"},{\"name\":\"a.media.show\",\"value\":\"S\"}]}}";
  static const char manual[] = "{\"eventType\":\"media.sessionStart\",\"mediaCollection\":{\"playhead\":3,"
                               "\"sessionDetails\":{\"name\":\"m\",\"length\":60,\"contentType\":\"live\"}}}";
  mb_session_options options = {.size = sizeof options, .player = "asking", .player_details = details, .user = host};
  if (mb_session_open(client, &options, asking, strlen(asking), host->now, &sessions[ASKING])) exit(1);
  options = (mb_session_options){.size = sizeof options, .player = "manual", .manual = true};
  if (mb_session_open(client, &options, manual, strlen(manual), host->now, &sessions[MANUAL])) exit(1);
  options.player = "resumed"; /* the second id is for the protocol that has ids in its paths */
  if (mb_session_resume(client, &options, "else\"where", host->now, &sessions[RESUMED]) &&
      mb_session_resume(client, &options, "elsewhere", host->now, &sessions[RESUMED]))
    exit(1);
}

static void xdm_call(struct host *host, mb_session *const sessions[XDM_SESSIONS]) {
  static const char *const events[][2] = {
      {"play", ""},
      {"pauseStart", ",\"qoeDataDetails\":{\"bitrate\":5}"},
      {"statesUpdate", ",\"statesStart\":[{\"name\":\"mute\"},{\"name\":\"pip\"}],\"statesEnd\":[{\"name\":\"a.b\"}]"},
      {"adBreakStart", ",\"advertisingPodDetails\":{\"index\":0,\"offset\":5}"},
      {"adStart", ",\"advertisingDetails\":{\"name\":\"x\",\"length\":9,\"podPosition\":1},\"customMetadata\":[]"},
      {"adBreakComplete", ""},
      {"chapterSkip", ""},
      {"error", ",\"errorDetails\":{\"name\":\"e\",\"source\":\"external\"}"},
      {"bitrateChange", ",\"qoeDataDetails\":{}"},
      {"ping", ""},
      {"adSkip", ",\"customMetadata\":[]"}, /* refused */
  };
  char json[512], playhead[32] = "";
  unsigned which = roll(host, XDM_SESSIONS), event = roll(host, sizeof events / sizeof *events);
  if (which != ASKING || roll(host, 3) == 0)
    snprintf(playhead, sizeof playhead, "\"playhead\":%d", (int)host->playhead);
  snprintf(json, sizeof json, "{\"eventType\":\"media.%s\",\"mediaCollection\":{%s%s}}", events[event][0], playhead,
           events[event][1] + (!*playhead && *events[event][1]));
  send_json(host, sessions[which], json);
}

static void play(struct host *host, mb_client *client) {
  static const char opening[] = "{\"eventType\":\"sessionStart\",\"params\":{\"media.id\":\"s\",\"media.length\":60,"
                                "\"media.contentType\":\"vod\"}}";
  mb_tracker *one, *two;
  mb_session *session, *xdm[XDM_SESSIONS];
  if (mb_tracker_new(client, "one", &one)) exit(1);
  start(host, one);
  if (mb_tracker_new(client, "two", &two)) exit(1);
  mb_tracker_set_player_details(two, details, host);
  start(host, two);
  mb_session_options options = {.size = sizeof options, .player = "three", .granular_ad_tracking = true};
  if (mb_session_open(client, &options, opening, strlen(opening), host->now, &session)) exit(1);
  open_xdm(host, client, xdm);
  for (int i = 0; i < 4000; i++) {
    host->now += roll(host, 40) ? roll(host, 900) : roll(host, 2400000);
    host->playhead += 0.25;
    mb_client_tick(client, host->now);
    if (roll(host, 3)) continue;
    random_call(host, roll(host, 2) ? one : two);
    if (roll(host, 4) == 0) session_call(host, session);
    if (roll(host, 4) == 0) xdm_call(host, xdm);
  }
  mb_client_set_consent(client, MB_CONSENT_OUT, host->now);
}

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "usage: record_run RECORDING BODIES SEED PROTOCOL\n"), 2;
  struct host host = {fopen(argv[1], "wb"), fopen(argv[2], "wb"), strtoull(argv[3], NULL, 10), 1700000000123, 0, 0};
  if (!host.recording || !host.bodies) return perror("record_run"), 1;
  const mb_transport transport = {
      .size = sizeof transport, .user = &host, .capacity = 64, .send = send_now, .cancel = cancel};
  static const char settings[] = "{\"trackingServer\":\"t\",\"datastreamId\":\"d "
                                 "s\",\"channel\":\"c\",\"playerName\":\"p\",\"mainPingInterval\":20,"
                                 "\"customerIDs\":{\"crm\":{\"id\":\"7\",\"authState\":1}}}";
  mb_config *config;
  mb_client *client;
  if (mb_config_new(NULL, &config) || mb_config_set_json(config, settings, strlen(settings))) return 1;
  if (mb_config_set_text(config, "protocol", argv[4])) return 2;
  if (mb_client_new(config, &transport, &client) || mb_client_record(client, write_line, &host)) return 1;
  mb_config_free(config);
  play(&host, client);
  mb_client_free(client);
  return fclose(host.recording) || fclose(host.bodies);
}
