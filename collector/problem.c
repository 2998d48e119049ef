/* Owns the table of problems. Types and titles are Adobe's, for clients may know them; the words are ours. What has no
 * type at Adobe is "about:blank", which says no more than the status: https://www.rfc-editor.org/rfc/rfc9457#section-4.2.1 */
#include "problem.h"

#include <stdio.h>

#define ADOBE "https://ns.adobe.com/aep/errors/"

/* The gateway labels its problems as such, the media service behind it labels its own as JSON. */
#define GATEWAY "application/problem+json"
#define MEDIA "application/json;charset=utf-8"

static const struct {
  int status;
  const char *type, *title, *content_type;
} rows[MBC_PROBLEM_COUNT] = {
    [MBC_PROBLEM_DATASTREAM] = {400, ADOBE "EXEG-0002-400", "Bad Request", GATEWAY},
    [MBC_PROBLEM_JSON] = {400, ADOBE "EXEG-0101-400", "Bad Request", GATEWAY},
    [MBC_PROBLEM_EVENTS] = {400, ADOBE "EXEG-0103-400", "Bad Request", GATEWAY},
    [MBC_PROBLEM_TOO_LONG] = {413, ADOBE "EXEG-0112-413", "Payload Too Large", GATEWAY},
    [MBC_PROBLEM_CONTENT_TYPE] = {415, ADOBE "EXEG-0111-415", "Unsupported Media Type", GATEWAY},
    [MBC_PROBLEM_FAULT] = {500, ADOBE "EXEG-0001-500", "Internal Server Error", GATEWAY},
    [MBC_PROBLEM_BUSY] = {503, "about:blank", "Service Unavailable", GATEWAY},
    [MBC_PROBLEM_INVALID_START] = {400, ADOBE "va-edge-0400-400", "Invalid request", MEDIA},
    [MBC_PROBLEM_INVALID_EVENT] = {400, ADOBE "va-edge-0400-400", "Bad Request", MEDIA},
    [MBC_PROBLEM_UNKNOWN_SESSION] = {404, ADOBE "va-edge-0404-404", "Not Found", MEDIA},
    [MBC_PROBLEM_CLOSED_SESSION] = {410, ADOBE "va-edge-0410-410", "Gone", MEDIA},
    [MBC_PROBLEM_PATH] = {404, "about:blank", "Not Found", GATEWAY},
    [MBC_PROBLEM_METHOD] = {405, "about:blank", "Method Not Allowed", GATEWAY},
};

mbc_problem mbc_problem_for(int status) {
  static const mbc_problem plain[] = {MBC_PROBLEM_TOO_LONG, MBC_PROBLEM_PATH, MBC_PROBLEM_METHOD, MBC_PROBLEM_BUSY};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (rows[plain[i]].status == status) return plain[i];
  return MBC_PROBLEM_FAULT;
}

static void open_problem(mb__writer *writer, const char *type, int status, const char *title, const char *detail) {
  mb__write_raw(writer, "{\"type\":\"");
  mb__write_raw(writer, type);
  mb__write_raw(writer, "\",\"status\":");
  mb__write_integer(writer, status);
  mb__write_raw(writer, ",\"title\":\"");
  mb__write_raw(writer, title);
  mb__write_raw(writer, "\",\"detail\":");
  mb__write_text(writer, detail);
  mb__write_raw(writer, ",\"report\":{");
}

void mbc_problem_open(mb__writer *writer, mbc_problem problem, const char *detail) {
  open_problem(writer, rows[problem].type, rows[problem].status, rows[problem].title, detail);
}

void mbc_problem_close(mb__writer *writer) { mb__write_raw(writer, "}}"); }

/* The media service's types are made of the status. */
void mbc_problem_fault(mb__writer *writer, int status, const char *request_id) {
  char type[sizeof ADOBE + 40];
  snprintf(type, sizeof type, ADOBE "va-edge-0%d-%d", status, status);
  open_problem(writer, type, status, "Fault", "a fault on demand");
  mb__write_raw(writer, "\"requestId\":");
  mb__write_text(writer, request_id);
  mbc_problem_close(writer);
}

void mbc_problem_finish(mbc_answer *answer, mbc_problem problem) {
  answer->status = rows[problem].status;
  answer->type = rows[problem].content_type;
  if (!answer->body.failed) return;
  mb__writer_clear(&answer->body); /* the status alone has to do */
  answer->type = NULL;
}

void mbc_problem_answer(mbc_answer *answer, mbc_problem problem, const char *detail) {
  if (detail != answer->message) snprintf(answer->message, sizeof answer->message, "%s", detail);
  mb__writer_clear(&answer->body);
  mbc_problem_open(&answer->body, problem, detail);
  mb__write_raw(&answer->body, "\"requestId\":");
  mb__write_text(&answer->body, answer->request_id);
  mbc_problem_close(&answer->body);
  mbc_problem_finish(answer, problem);
}
