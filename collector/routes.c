/* Owns the tables of endpoints.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-overview
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#include "routes.h"

#include <stdio.h>
#include <string.h>

#include "browse.h"
#include "check.h"
#include "control.h"
#include "edge_intake.h"
#include "intake.h"
#include "live.h"
#include "openapi.h"
#include "page.h"
#include "refusals.h"
#include "report_api.h"
#include "schema.h"
#include "timeline.h"

static const mbc_route routes[] = {
    {"POST", "/api/v1/sessions", mbc_intake_start, NULL, MBC_LIMIT_BODY, MBC_FOR_CLIENTS},
    {"POST", "/api/v1/sessions/{}/events", mbc_intake_event, NULL, MBC_LIMIT_BODY, MBC_FOR_CLIENTS},
    {"POST", "/api/v1/downloaded", mbc_intake_batch, NULL, MBC_LIMIT_BATCH, MBC_FOR_CLIENTS},
    {"GET", "/api/v1/schemas/{}", mbc_schema_get, NULL, MBC_LIMIT_BODY, MBC_FOR_CLIENTS},
    {"GET", "/api/sessions", mbc_browse_sessions, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/sessions/{}/events", mbc_browse_events, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/sessions/{}/timeline", mbc_timeline_get, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/sessions/{}/metrics", mbc_report_get_session, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/sessions/{}/calls", mbc_report_get_calls, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/report", mbc_report_get, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/sessions/{}/findings", mbc_checks_get_session, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/findings", mbc_checks_get, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/live", mbc_live_get, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/", mbc_page_index, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/page/{}", mbc_page_file, mbc_page_has, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"POST", "/api/sessions/{}/close", mbc_control_close, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/clock", mbc_control_clock, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"POST", "/api/clock", mbc_control_move_clock, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/faults", mbc_control_faults, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"PUT", "/api/faults", mbc_control_set_faults, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"DELETE", "/api/faults", mbc_control_clear_faults, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/refused", mbc_refusals_get, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/openapi.json", mbc_openapi_get, NULL, MBC_LIMIT_BODY, MBC_FOR_OWNER},
    {"GET", "/api/health", mbc_control_health, NULL, MBC_LIMIT_BODY, MBC_FOR_ANYBODY},
};

/* Below /ee, or /ee and a region. */
static const mbc_route edge_routes[] = {
    {"POST", "/va/v1/sessionStart", mbc_edge_start, NULL, MBC_LIMIT_EDGE, MBC_FOR_CLIENTS},
    {"POST", "/va/v1/downloaded", mbc_edge_downloaded, NULL, MBC_LIMIT_EDGE, MBC_FOR_CLIENTS},
    {"POST", "/va/v1/{}", mbc_edge_event, mbc_edge_is_action, MBC_LIMIT_EDGE, MBC_FOR_CLIENTS},
    {"POST", "/v1/interact", mbc_edge_interact, NULL, MBC_LIMIT_EDGE, MBC_FOR_CLIENTS},
    {"POST", "/v1/collect", mbc_edge_interact, NULL, MBC_LIMIT_EDGE, MBC_FOR_CLIENTS},
    {"POST", "/v2/interact", mbc_edge_interact_v2, NULL, MBC_LIMIT_EDGE, MBC_FOR_CLIENTS},
};

static void copy_segment(char *argument, size_t size, const char *segment, size_t length) {
  if (length >= size) length = size - 1;
  memcpy(argument, segment, length);
  argument[length] = 0;
}

static bool path_fits(const mbc_route *route, const char *path, mbc_match *match) {
  const char *pattern = route->path;
  size_t before = strcspn(pattern, "{");
  if (strncmp(pattern, path, before) != 0) return false;
  if (!pattern[before]) return !path[before];
  const char *segment = path + before;
  size_t length = strcspn(segment, "/");
  if (!length || strcmp(pattern + before + 2, segment + length) != 0) return false;
  copy_segment(match->argument, sizeof match->argument, segment, length);
  return !route->knows || route->knows(match->argument);
}

static bool method_fits(const char *want, const char *method) {
  return strcmp(want, method) == 0 || (strcmp(want, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void allow(mbc_match *match, const char *method) {
  size_t size = strlen(match->allow);
  if (!strstr(match->allow, method)) snprintf(match->allow + size, sizeof match->allow - size, "%s, ", method);
}

/* Every row of the path says what is possible there; the first with the method is the one. */
static bool match_in(const mbc_route *table, size_t count, const char *method, const char *path, mbc_match *match) {
  for (size_t i = 0; i < count && !match->route; i++) {
    if (!path_fits(&table[i], path, match)) continue;
    match->side = table[i].side;
    if (method_fits(table[i].method, method)) match->route = &table[i];
    allow(match, table[i].method);
    if (strcmp(table[i].method, "GET") == 0) allow(match, "HEAD");
  }
  if (!*match->allow) return false;
  allow(match, "OPTIONS");
  match->allow[strlen(match->allow) - 2] = 0;
  return true;
}

#define MATCH_IN(table, ...) match_in(table, sizeof(table) / sizeof *(table), __VA_ARGS__)

/* What follows the base path of the Media Edge API; NULL: another path. */
static const char *below_edge(const char *path) {
  static const char *const bases[] = {"/ee/", "/ee-pre-prd/"};
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
    if (strncmp(path, bases[i], strlen(bases[i])) == 0) return path + strlen(bases[i]) - 1;
  return NULL;
}

/* What follows a region, and the region; NULL: there is none. */
static const char *below_hint(const char *path, mbc_match *match) {
  size_t size = strspn(path + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
  if (size < 2 || size > MBC_HINT_SIZE || path[1 + size] != '/') return NULL;
  copy_segment(match->hint, sizeof match->hint, path + 1, size);
  return path + 1 + size;
}

static void match_edge(const char *method, const char *path, mbc_match *match) {
  match->wire = MBC_WIRE_EDGE;
  if (MATCH_IN(edge_routes, method, path, match)) return;
  const char *rest = below_hint(path, match);
  if (rest) MATCH_IN(edge_routes, method, rest, match);
}

void mbc_routes_match(const char *method, const char *path, mbc_match *match) {
  *match = (mbc_match){.side = MBC_FOR_ANYBODY};
  const char *edge = below_edge(path);
  if (edge)
    match_edge(method, edge, match);
  else
    MATCH_IN(routes, method, path, match);
}

void mbc_routes_answer(const mbc_match *match, mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  answer->closed = match->side == MBC_FOR_OWNER;
  if (match->route) {
    match->route->handler(store, request, answer);
  } else if (strcmp(request->method, "OPTIONS") == 0) {
    mbc_answer_empty(answer, 204);
  } else if (*match->allow) {
    answer->allow = match->allow;
    mbc_answer_refuse(answer, 405, "%.16s is not possible here: %s", request->method, match->allow);
  } else {
    mbc_answer_refuse(answer, 404, "no such path: %.200s", request->path);
  }
}
