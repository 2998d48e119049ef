#include "printing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every body begins with {"eventType":"...","playerTime":{"playhead":...,"ts":...} */
static void print_request(const mb_request *request, int64_t start) {
  static const char type_key[] = "{\"eventType\":\"", ts_key[] = "\"ts\":";
  size_t size;
  const char *body = mb_request_body(request, &size); /* not terminated */
  char head[128];
  snprintf(head, sizeof head, "%.*s", (int)size, body);
  const char *type = head + strlen(type_key), *ts = strstr(head, ts_key);
  double at = ts ? (double)(strtoll(ts + strlen(ts_key), NULL, 10) - start) / 1000 : 0;
  printf("%8.3f s  session %" PRIu32 "  %.*s\n", at, mb_request_session(request), (int)strcspn(type, "\""), type);
}

/* [answer] */
static mb_status answer(void *user, mb_request *request, int64_t now_ms) {
  const int64_t *start = user;
  bool opens = strcmp(mb_request_path(request), "/api/v1/sessions") == 0;
  mb_response response = {
      .size = sizeof response, .status = opens ? 201 : 204, .location = opens ? "/api/v1/sessions/one" : NULL};
  print_request(request, *start);
  mb_request_complete(request, &response, now_ms); /* the request is gone after this */
  return MB_OK;
}

static void nothing_to_cancel(void *user, mb_request *request) { (void)user, (void)request; }

void print_requests(mb_transport *transport, int64_t *start) {
  *transport = (mb_transport){
      .size = sizeof *transport, .user = start, .capacity = 1, .send = answer, .cancel = nothing_to_cancel};
}
/* [/answer] */
