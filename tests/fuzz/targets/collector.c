/* Fuzzer: requests to the collector, from method, path and body to the answer, without a socket. An input is requests,
 * parted by 0x1e: "METHOD PATH?QUERY", a line end, a content type or nothing, a line end, a body. Three sessions are
 * there: one of 64 times "1" that is open, one of "2" that is closed, one of "3" over the Media Edge API. Nothing that an
 * input does is left for the next one. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "clock.h"
#include "expiry.h"
#include "injection.h"
#include "json.h"
#include "refusals.h"
#include "routes.h"
#include "store.h"
#include "target.h"
#include "work.h"

enum { SESSIONS = 3 };

static const int64_t noon = 1700000000000; /* when requests arrive */

static mbc_store *store;
static mbc_refusals refusals;

/* A collector that has just begun: what an input does to it, the next one does not see. */
typedef struct fuzz_collector {
  mbc_clock clock;
  mbc_expiry expiry;
  mbc_injection injection;
  mbc_workings workings;
} fuzz_collector;

static const mbc_limits limits = {.silence = 600000,
                                  .complete_grace = 60000,
                                  .standstill = 1800000,
                                  .age = 86400000,
                                  .edge_age = 86400000,
                                  .gone = 86400000,
                                  .keep = INT64_MAX,
                                  .open_sessions = 100,
                                  .events = 1000,
                                  .data = 1 << 30};

static fuzz_collector running;

/* A request. */

typedef struct fuzz_request {
  char line[512];
  char content_type[64];
  char *query; /* in `line`, or NULL */
  char value[256];
} fuzz_request;

static const char *query_value(void *user, const char *name) {
  fuzz_request *r = user;
  size_t size = strlen(name);
  for (const char *at = r->query; at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
    if (strncmp(at, name, size) != 0 || (at[size] && !strchr("=&", at[size]))) continue;
    const char *value = at + size + (at[size] == '=');
    snprintf(r->value, sizeof r->value, "%.*s", (int)strcspn(value, "&"), value);
    return r->value;
  }
  return NULL;
}

static const char *header_value(void *user, const char *name) {
  const fuzz_request *r = user;
  bool told = strcmp(name, "Content-Type") == 0 && *r->content_type;
  return told ? r->content_type : NULL;
}

/* Parts "METHOD PATH?QUERY"; what is missing is like a client's shortest. */
static const char *part_line(fuzz_request *r) {
  char *path = strchr(r->line, ' ');
  if (!path) return "/";
  *path++ = 0;
  r->query = strchr(path, '?');
  if (r->query) *r->query++ = 0;
  return *path == '/' ? path : "/";
}

/* What an answer has to be whatever was asked. A list holds bodies one level deeper than they came, and a tree has 64. */
static void look_at_answer(const mbc_answer *answer) {
  PROMISE(answer->status >= 200 && answer->status < 500);
  PROMISE(strlen(answer->location) < sizeof answer->location);
  const char *body = answer->body.bytes;
  size_t size = answer->body.size;
  if (!size || !answer->type || !strstr(answer->type, "json") || (*body != '{' && *body != '[')) return;
  mb__json *tree;
  const char *what = "";
  char *copy = exact_copy(body, size);
  mb_status status = mb__json_parse(copy, size, &tree, NULL, &what);
  PROMISE(status == MB_OK || strcmp(what, "more than 64 levels") == 0 || strstr(answer->type, "stream"));
  if (status == MB_OK) mb__json_free(tree);
  free(copy);
}

static int send_request(const char *method, const char *path, fuzz_request *r, const char *bytes, size_t size) {
  mbc_match match;
  mbc_answer answer;
  char *body = exact_copy(bytes, size);
  mbc_routes_match(method, path, &match);
  mbc_answer_init(&answer);
  if (match.wire == MBC_WIRE_EDGE) mbc_answer_for_edge(&answer, query_value(r, "requestId"));
  const mbc_request request = {.method = method,
                               .path = path,
                               .argument = match.argument,
                               .hint = match.hint,
                               .org = "0A1B@AdobeOrg",
                               .body = body,
                               .size = size,
                               .received_at = running.clock.now,
                               .query = query_value,
                               .header = header_value,
                               .user = r,
                               .workings = &running.workings};
  mbc_refusals_look(&refusals, body, size);
  mbc_routes_answer(&match, store, &request, &answer);
  while (answer.work && mbc_work_go_on(&answer)) continue;
  look_at_answer(&answer);
  mbc_refusals_note(&refusals, &request, &answer);
  int status = answer.status;
  mbc_answer_free(&answer);
  free(body);
  return status;
}

/* The sessions that are there. */

static void make_id(char id[MBC_ID_SIZE + 1], int number) {
  memset(id, '1' + number, MBC_ID_SIZE);
  id[MBC_ID_SIZE] = 0;
}

static void add_session(int number) {
  static const char body[] = "{\"eventType\":\"sessionStart\",\"playerTime\":{\"playhead\":0,\"ts\":1700000000000},"
                             "\"params\":{\"media.id\":\"a\"}}";
  mbc_session session = {.state = number == 1 ? MBC_CLOSED : MBC_OPEN,
                         .reason = number == 1 ? MBC_SESSION_END : MBC_NOT_CLOSED,
                         .started_at = noon,
                         .last_event_at = noon,
                         .closed_at = number == 1 ? noon : 0,
                         .arrivals = 1,
                         .events = 1,
                         .protocol = number == 2 ? "edge" : "v1",
                         .media_id = "a",
                         .player_name = "p",
                         .channel = "c"};
  const mbc_event event = {.received_at = noon, .body = body, .size = sizeof body - 1};
  make_id(session.id, number);
  PROMISE(mbc_store_add_session(store, &session) && mbc_store_add_event(store, session.key, &event));
}

static void begin(void) {
  running = (fuzz_collector){.clock = {.manual = true, .now = noon}};
  running.workings = (mbc_workings){.clock = &running.clock,
                                    .expiry = &running.expiry,
                                    .injection = &running.injection,
                                    .refusals = &refusals,
                                    .started_at = noon};
  PROMISE(mbc_expiry_begin(&running.expiry, store, &limits));
}

static void open_store(void) {
  char error[256];
  store = mbc_store_open(NULL, MBC_CREATE, error, sizeof error);
  PROMISE(store && mbc_store_begin(store));
  for (int i = 0; i < SESSIONS; i++) add_session(i);
  PROMISE(mbc_store_settle(store));
}

/* What was taken can be read, whatever it was. */
static void read_sessions(void) {
  static const char *const lists[] = {"events", "events", "metrics", "findings", "timeline"};
  char id[MBC_ID_SIZE + 1], path[128];
  fuzz_request normalised = {.query = normalised.line, .line = "form=normalised"}, plain = {.query = NULL};
  for (int i = 0; i < SESSIONS; i++) {
    make_id(id, i);
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++) {
      snprintf(path, sizeof path, "/api/sessions/%s/%s", id, lists[list]);
      send_request("GET", path, list ? &plain : &normalised, "", 0);
    }
  }
  send_request("GET", "/api/sessions", &plain, "", 0);
  send_request("GET", "/api/refused", &plain, "", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (!store) open_store();
  begin();
  PROMISE(mbc_store_begin(store));
  parts requests = {(const char *)bytes, (const char *)bytes + size};
  const char *part;
  bool taken = false;
  while (next_part(&requests, &part, &size)) {
    fuzz_request r = {0};
    take_line(&part, &size, r.line, sizeof r.line);
    take_line(&part, &size, r.content_type, sizeof r.content_type);
    const char *path = part_line(&r);
    int status = send_request(r.line, path, &r, part, size);
    taken |= strcmp(r.line, "POST") == 0 && status < 300;
  }
  if (taken) read_sessions();
  mbc_store_fail(store);
  mbc_store_settle(store);
  return 0;
}
