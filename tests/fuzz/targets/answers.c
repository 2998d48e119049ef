/* Fuzzer: what a client makes of a backend's answers over either wire. An input begins with "edge" or anything else, and a
 * line end; then come answers, parted by 0x1e: "STATUS RETRY-AFTER LOCATION", a line end, a body. */
#include <mediabeat/mediabeat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "target.h"

enum { FLIGHTS = 4, TURNS = 64 };

/* A backend that has the input's answers, and then none. */
typedef struct backend {
  parts answers;
  mb_request *flying[FLIGHTS];
  bool silent;
} backend;

static bool is_printable(const char *text) {
  for (; *text; text++)
    if (*text <= ' ' || *text > '~') return false;
  return true;
}

static mb_status take_off(void *user, mb_request *request, int64_t now) {
  backend *b = user;
  (void)now;
  size_t size;
  const char *body = mb_request_body(request, &size);
  mb__json *tree;
  char *copy = exact_copy(body, size);
  PROMISE(mb__json_parse(copy, size, &tree, NULL, NULL) == MB_OK);
  PROMISE(is_printable(mb_request_path(request)));
  mb__json_free(tree);
  free(copy);
  for (int i = 0; i < FLIGHTS; i++) {
    if (b->flying[i]) continue;
    b->flying[i] = request;
    return MB_OK;
  }
  return MB_BUSY;
}

static void cancel(void *user, mb_request *request) {
  backend *b = user;
  for (int i = 0; i < FLIGHTS; i++)
    if (b->flying[i] == request) b->flying[i] = NULL;
}

static void answer_one(backend *b, mb_request *request, int64_t now) {
  const char *part;
  size_t size;
  char line[256], location[256] = "";
  mb_response response = {.size = sizeof response, .error = "refused"};
  if (next_part(&b->answers, &part, &size)) {
    take_line(&part, &size, line, sizeof line);
    long retry = 0;
    if (sscanf(line, "%9d %9ld %255s", &response.status, &retry, location) < 1) response.status = 0;
    response.retry_after_s = retry;
    response.location = *location ? location : NULL;
  } else {
    b->silent = true;
    size = 0;
    part = "";
  }
  char *body = exact_copy(part, size);
  response.body = body;
  response.body_size = size;
  mb_request_complete(request, &response, now);
  free(body);
}

static void answer_all(backend *b, int64_t now) {
  for (int i = 0; i < FLIGHTS; i++) {
    mb_request *request = b->flying[i];
    b->flying[i] = NULL;
    if (request) answer_one(b, request, now);
  }
}

/* The client. */

static mb_client *new_client(bool edge, backend *b) {
  static const char settings[] =
      "{\"endpoint\":\"https://edge.example.com\",\"datastreamId\":\"stream\",\"trackingServer\":\"stats.example.com\","
      "\"reportSuite\":\"suite\",\"orgId\":\"1234@AdobeOrg\",\"channel\":\"channel\",\"playerName\":\"player\","
      "\"seed\":1}";
  const mb_transport transport = {
      .size = sizeof transport, .user = b, .capacity = FLIGHTS, .send = take_off, .cancel = cancel};
  mb_config *config;
  mb_client *client;
  PROMISE(mb_config_new(NULL, &config) == MB_OK);
  PROMISE(mb_config_set_json(config, settings, sizeof settings - 1) == MB_OK);
  PROMISE(mb_config_set_text(config, "protocol", edge ? "edge-va-v1" : "collection-v1") == MB_OK);
  PROMISE(mb_client_new(config, &transport, &client) == MB_OK);
  mb_config_free(config);
  return client;
}

static void start(mb_client *client, mb_session **session) {
  static const char xdm[] =
      "{\"eventType\":\"media.sessionStart\",\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{"
      "\"name\":\"a\",\"length\":60,\"contentType\":\"vod\"}}}";
  static const char play[] = "{\"eventType\":\"media.play\"}";
  const mb_session_options options = {.size = sizeof options};
  PROMISE(mb_session_open(client, &options, xdm, sizeof xdm - 1, 0, session) == MB_OK);
  PROMISE(mb_session_send(*session, play, sizeof play - 1, 1) == MB_OK);
}

static void check_accounts(mb_client *client) {
  mb_stats s = {.size = sizeof s};
  PROMISE(mb_client_stats(client, &s) == MB_OK);
  uint64_t dropped = 0;
  for (int i = 0; i < MB_DROP_COUNT; i++) dropped += s.dropped[i];
  PROMISE(s.accepted == s.delivered + s.queued + dropped);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  const char *text = (const char *)bytes, *end = text + size;
  char wire[8];
  take_line(&text, &size, wire, sizeof wire);
  backend b = {.answers = {text, end}};
  mb_client *client = new_client(strcmp(wire, "edge") == 0, &b);
  mb_session *sessions[2];
  start(client, &sessions[0]);
  start(client, &sessions[1]);
  int64_t now = 1;
  for (int turn = 0; turn < TURNS && !b.silent; turn++) {
    mb_client_tick(client, now);
    answer_all(&b, now);
    check_accounts(client);
    int64_t next = mb_client_next_deadline(client);
    now = next > now && next != MB_NEVER ? next : now + 1;
  }
  mb_client_free(client);
  return 0;
}
