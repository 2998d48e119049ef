/* Owns the texts of the built-in backend's answers.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#include "dry_answer.h"

#include <stdio.h>
#include <string.h>

static bool is_success(int status) { return status / 100 == 2; }

static bool ends_with(const dry_request *request, const char *end) {
  size_t size = strlen(end);
  return request->path_size >= size && memcmp(request->path + request->path_size - size, end, size) == 0;
}

dry_request dry_request_of(const char *path) {
  size_t size = strcspn(path, "?");
  const char *edge = strstr(path, "/va/v1/");
  dry_request request = {.path = path, .path_size = size, .edge = edge && edge < path + size};
  request.opens = ends_with(&request, request.edge ? "/va/v1/sessionStart" : "/sessions");
  request.delivers = ends_with(&request, request.edge ? "/va/v1/downloaded" : "/downloaded");
  return request;
}

int dry_answer_success(const dry_request *request) {
  if (!request->opens && !request->delivers) return 204;
  return request->edge ? 200 : 201;
}

/* On the Media Edge API 207 is the answer to a session that is invalid, and 204 has no body. */
bool dry_answer_brings_id(const dry_request *request, int status) {
  if (request->edge)
    return (request->opens || request->delivers) && is_success(status) && status != 207 && status != 204;
  return request->opens && is_success(status);
}

/* ---- The Media Edge API ---- */

static void write_request_id(mb__writer *body, const dry_request *request) {
  static const char key[] = "requestId=";
  const char *id = strstr(request->path + request->path_size, key);
  if (id) id += sizeof key - 1;
  mb__write_raw(body, "\"requestId\":\"");
  if (id) mb__write(body, id, strcspn(id, "&\"\\"));
  mb__write_raw(body, "\"");
}

static void write_new_session(mb__writer *body, const char *session_id) {
  mb__write_raw(body, "{\"type\":\"media-analytics:new-session\",\"payload\":[{\"sessionId\":");
  mb__write_text(body, session_id);
  mb__write_raw(body, "}],\"eventIndex\":0}");
}

static const char *title_of(int status) {
  static const struct {
    int status;
    const char *title;
  } titles[] = {{207, "Invalid request"},   {400, "Bad Request"},           {404, "Not Found"},          {410, "Gone"},
                {429, "Too Many Requests"}, {500, "Internal Server Error"}, {503, "Service Unavailable"}};
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
    if (titles[i].status == status) return titles[i].title;
  return "Error";
}

/* The problem inside a 207 says 400. */
static void write_problem(mb__writer *body, int status) {
  char type[80];
  int said = status == 207 ? 400 : status;
  snprintf(type, sizeof type, "https://ns.adobe.com/aep/errors/va-edge-%04d-%03d", said, said);
  mb__write_raw(body, "{\"type\":");
  mb__write_text(body, type);
  mb__write_raw(body, ",\"status\":");
  mb__write_integer(body, said);
  mb__write_raw(body, ",\"title\":");
  mb__write_text(body, title_of(status));
  mb__write_raw(body, ",\"detail\":\"a backend line says so\"}");
}

static void write_handles(mb__writer *body, const dry_request *request, int status, const char *session_id) {
  mb__write_raw(body, "{");
  write_request_id(body, request);
  mb__write_raw(body, ",\"handle\":[");
  if (session_id) write_new_session(body, session_id);
  mb__write_raw(body, "]");
  if (status == 207) {
    mb__write_raw(body, ",\"errors\":[");
    write_problem(body, status);
    mb__write_raw(body, "]");
  }
  mb__write_raw(body, "}");
}

static void write_edge(mb__writer *body, const dry_request *request, int status, const char *session_id) {
  if (!is_success(status))
    write_problem(body, status);
  else if (status != 204)
    write_handles(body, request, status, session_id);
}

/* ---- Either ---- */

void dry_answer_write(mb__writer *writer, const dry_request *request, int status, const char *session_id) {
  if (request->edge) {
    write_edge(writer, request, status, session_id);
  } else if (session_id) {
    mb__write_raw(writer, "/api/v1/sessions/");
    mb__write_raw(writer, session_id);
  }
}
