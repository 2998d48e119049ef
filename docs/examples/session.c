/* The event-by-event level: what is said is what is sent, and pings beside it. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <string.h>

#include "printing.h"

/* [details] */
static bool tell_playhead(void *user, mb_player_details *details) {
  const double *position = user;
  details->playhead = *position;
  return true;
}
/* [/details] */

/* [session] */
static mb_status play_live(mb_client *client, double *position, int64_t now) {
  static const char start[] =
      "{\"eventType\": \"sessionStart\","
      " \"params\": {\"media.id\": \"radio-1\", \"media.name\": \"Example Radio One\", \"media.length\": 86400,"
      "              \"media.contentType\": \"live\", \"media.streamType\": \"audio\"},"
      " \"customMetadata\": {\"device\": \"kitchen-speaker\"}}";
  static const char play[] = "{\"eventType\": \"play\"}";
  static const char end[] = "{\"eventType\": \"sessionEnd\"}";
  const mb_session_options options = {.size = sizeof options, .player = "kitchen-radio"};
  mb_session *session;
  mb_status status = mb_session_open(client, &options, start, strlen(start), now, &session);
  if (status != MB_OK) return status;
  mb_session_set_player_details(session, tell_playhead, position);
  mb_session_send(session, play, strlen(play), now + 500);
  mb_client_tick(client, now + 10500); /* a ping: ten seconds after the last playback event */
  printf("the backend calls it %s\n", mb_session_id(session));
  mb_session_send(session, end, strlen(end), now + 12000);
  mb_session_free(session);
  return MB_OK;
}
/* [/session] */

/* [invalid] */
static mb_status open_wrong(mb_client *client, int64_t now) {
  static const char start[] = "{\"eventType\": \"sessionStart\", \"params\": {\"media.length\": \"an hour\"}}";
  mb_session *session;
  mb_status status = mb_session_open(client, NULL, start, strlen(start), now, &session);
  printf("%s: %s\n", mb_status_name(status), mb_client_error(client));
  return status;
}
/* [/invalid] */

int main(void) {
  int64_t now = 1700000000000, start = now;
  double position = 26980;
  mb_config *config;
  mb_client *client = NULL;
  mb_transport transport;
  print_requests(&transport, &start);
  if (mb_config_new(NULL, &config) != MB_OK) return 1;
  mb_client_new(config, &transport, &client);
  mb_config_free(config);
  if (!client) return 1;
  bool good = play_live(client, &position, now) == MB_OK && open_wrong(client, now + 20000) == MB_INVALID_EVENT;
  mb_client_free(client);
  return good ? 0 : 1;
}
