/* The event-by-event level in XDM, over the Media Edge API: a session whose player is asked, one that the application
 * looks after itself, and one that goes on in another process. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <string.h>

/* Prints a request: when, where to, and what an event that is not a start says. */
static void print_request(const mb_request *request, int64_t now) {
  static const char before[] = "\"mediaCollection\":";
  size_t size;
  char text[1024];
  const char *path = mb_request_path(request), *body = mb_request_body(request, &size); /* not terminated */
  snprintf(text, sizeof text, "%.*s", (int)size, body);
  const char *said = strstr(text, before);
  said = said && strstr(said, "sessionID") ? said + strlen(before) : "";
  printf("%6.1f s  %.*s", (double)now / 1000, (int)strcspn(path, "?"), path);
  if (*said) printf("  %.*s", (int)(strlen(said) - strlen("}}]}")), said);
  putchar('\n');
}

/* [answer] */
static mb_status answer(void *user, mb_request *request, int64_t now_ms) {
  static const char opened[] = "{\"handle\": [{\"type\": \"media-analytics:new-session\","
                               "              \"payload\": [{\"sessionId\": \"4f2e\"}]}]}";
  const mb_response taken = {.size = sizeof taken, .status = 204};
  const mb_response started = {.size = sizeof started, .status = 200, .body = opened, .body_size = sizeof opened - 1};
  const int64_t *start = user;
  bool opens = strstr(mb_request_path(request), "/va/v1/sessionStart?") != NULL;
  print_request(request, now_ms - *start);
  mb_request_complete(request, opens ? &started : &taken, now_ms);
  return MB_OK;
}
/* [/answer] */

static void nothing_to_cancel(void *user, mb_request *request) { (void)user, (void)request; }

/* [client] */
static mb_client *new_client(const mb_transport *transport) {
  mb_client *client = NULL;
  mb_config *config;
  if (mb_config_new(NULL, &config) != MB_OK) return NULL;
  mb_config_set_text(config, "protocol", "edge-va-v1");
  mb_config_set_text(config, "endpoint", "https://edge.example.com");
  mb_config_set_text(config, "datastreamId", "7d3e5a10-0c9b-4f6e-8a21-5b64f0c2d911");
  mb_config_set_text(config, "channel", "Example Stream");
  mb_config_set_text(config, "playerName", "Example Player");
  if (mb_config_check_live(config) == MB_OK) mb_client_new(config, transport, &client);
  mb_config_free(config);
  return client;
}
/* [/client] */

/* [details] */
typedef struct player {
  double position, bitrate;
} player;

static bool get_player_details(void *user, mb_player_details *details) {
  const player *p = user;
  details->playhead = p->position;
  details->has_qoe = true;
  details->qoe = (mb_qoe_info){
      .size = sizeof details->qoe, .bitrate = p->bitrate, .startup_time = 920, .fps = 24, .dropped_frames = 0};
  return true;
}
/* [/details] */

/* [automatic] */
static mb_status send(mb_session *session, const char *xdm, int64_t now) {
  return mb_session_send(session, xdm, strlen(xdm), now);
}

static mb_status watch(mb_client *client, player *p, int64_t now) {
  static const char start[] =
      "{\"eventType\": \"media.sessionStart\", \"mediaCollection\": {"
      " \"sessionDetails\": {\"name\": \"tos-2012\", \"friendlyName\": \"Tears of Steel\", \"length\": 734,"
      "                      \"contentType\": \"vod\", \"streamType\": \"video\", \"show\": \"Open Movies\"},"
      " \"customMetadata\": [{\"name\": \"subscription\", \"value\": \"family\"}]}}";
  const mb_session_options options = {
      .size = sizeof options, .player = "living-room", .player_details = get_player_details, .user = p};
  mb_session *session;
  mb_status status = mb_session_open(client, &options, start, strlen(start), now, &session);
  if (status != MB_OK) return status;
  send(session, "{\"eventType\": \"media.play\"}", now + 500);
  p->position = 10;
  mb_client_tick(client, now + 10500); /* a ping: ten seconds after the last event */
  send(session,
       "{\"eventType\": \"media.statesUpdate\", \"mediaCollection\": {\"statesStart\": [{\"name\": \"fullScreen\"}]}}",
       now + 11000);
  status = send(session, "{\"eventType\": \"media.sessionEnd\"}", now + 12000);
  mb_session_free(session);
  return status;
}
/* [/automatic] */

/* [manual] */
static void keep_id(void *user, const char *id) { snprintf(user, 64, "%s", id); }

static mb_status open_by_hand(mb_client *client, char id[64], int64_t now) {
  static const char start[] =
      "{\"mediaCollection\": {\"playhead\": 0, \"sessionDetails\":"
      " {\"name\": \"tos-2012\", \"length\": 734, \"contentType\": \"vod\", \"streamType\": \"video\"}}}";
  const mb_session_options options = {.size = sizeof options, .manual = true, .session_id = keep_id, .user = id};
  mb_session *session;
  return mb_session_open(client, &options, start, strlen(start), now, &session);
}
/* [/manual] */

/* [resume] */
static mb_status go_on(mb_client *client, const char *id, int64_t now) {
  mb_session *session;
  mb_status status = mb_session_resume(client, NULL, id, now, &session);
  if (status != MB_OK) return status;
  send(session, "{\"eventType\": \"media.play\", \"mediaCollection\": {\"playhead\": 31}}", now);
  status = send(session, "{\"eventType\": \"media.sessionEnd\", \"mediaCollection\": {\"playhead\": 40}}", now + 9000);
  mb_session_free(session);
  return status;
}
/* [/resume] */

/* [invalid] */
static mb_status open_wrong(mb_client *client, int64_t now) {
  static const char start[] = "{\"mediaCollection\": {\"sessionDetails\":"
                              " {\"name\": \"tos-2012\", \"length\": \"an hour\", \"contentType\": \"vod\"}}}";
  mb_session *session;
  mb_status status = mb_session_open(client, NULL, start, strlen(start), now, &session);
  printf("%s: %s\n", mb_status_name(status), mb_client_error(client));
  return status;
}
/* [/invalid] */

int main(void) {
  int64_t start = 1700000000000;
  player p = {.bitrate = 3200000};
  char id[64] = "";
  const mb_transport transport = {
      .size = sizeof transport, .user = &start, .capacity = 1, .send = answer, .cancel = nothing_to_cancel};
  mb_client *one = new_client(&transport), *other = new_client(&transport);
  if (!one || !other) return 1;
  bool good = watch(one, &p, start) == MB_OK && open_by_hand(one, id, start + 20000) == MB_OK &&
              go_on(other, id, start + 60000) == MB_OK && open_wrong(one, start + 70000) == MB_INVALID_EVENT;
  mb_client_free(one);
  mb_client_free(other);
  return good ? 0 : 1;
}
