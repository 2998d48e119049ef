/* Owns the table of endpoints.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-overview */
#include "routes.h"

#include <string.h>

#include "browse.h"
#include "intake.h"
#include "schema.h"

static const mbc_route routes[] = {
    {"POST", "/api/v1/sessions", false, mbc_intake_start},
    {"POST", "/api/v1/sessions/{}/events", false, mbc_intake_event},
    {"POST", "/api/v1/downloaded", true, mbc_intake_batch},
    {"GET", "/api/v1/schemas/{}", false, mbc_schema_get},
    {"GET", "/api/sessions", false, mbc_browse_sessions},
    {"GET", "/api/sessions/{}/events", false, mbc_browse_events},
};

static void copy_segment(char *argument, size_t size, const char *segment, size_t length) {
  if (length >= size) length = size - 1;
  memcpy(argument, segment, length);
  argument[length] = 0;
}

static bool path_fits(const char *pattern, const char *path, mbc_match *match) {
  size_t before = strcspn(pattern, "{");
  if (strncmp(pattern, path, before) != 0) return false;
  if (!pattern[before]) return !path[before];
  const char *segment = path + before;
  size_t length = strcspn(segment, "/");
  if (!length || strcmp(pattern + before + 2, segment + length) != 0) return false;
  copy_segment(match->argument, sizeof match->argument, segment, length);
  return true;
}

static bool method_fits(const char *want, const char *method) {
  return strcmp(want, method) == 0 || (strcmp(want, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

void mbc_routes_match(const char *method, const char *path, mbc_match *match) {
  *match = (mbc_match){0};
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
    if (!path_fits(routes[i].path, path, match)) continue;
    if (method_fits(routes[i].method, method)) match->route = &routes[i];
    match->allow = strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
    return; /* each path has one method */
  }
}

void mbc_routes_answer(const mbc_match *match, mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  if (match->route) {
    match->route->handler(store, request, answer);
  } else if (strcmp(request->method, "OPTIONS") == 0) {
    mbc_answer_empty(answer, 204);
  } else if (match->allow) {
    answer->allow = match->allow;
    mbc_answer_refuse(answer, 405, "%.16s is not possible here: %s", request->method, match->allow);
  } else {
    mbc_answer_refuse(answer, 404, "no such path: %.200s", request->path);
  }
}
