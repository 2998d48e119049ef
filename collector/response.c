/* Owns the making of responses. */
#include "response.h"

#include <stdio.h>

#include "headers.h"

static bool add_header(void *response, const char *name, const char *value) {
  return !value || !*value || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_seconds(void *response, const char *name, int seconds) {
  char text[16];
  if (!seconds) return true;
  snprintf(text, sizeof text, "%d", seconds);
  return add_header(response, name, text);
}

static const char *header(struct MHD_Connection *connection, const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool add_wire_headers(struct MHD_Response *response, struct MHD_Connection *connection,
                             const mbc_answer *answer) {
  mbc_page page = {header(connection, MHD_HTTP_HEADER_ORIGIN),
                   header(connection, MHD_HTTP_HEADER_ACCESS_CONTROL_REQUEST_HEADERS)};
  return mbc_headers_each(answer, &page, add_header, response);
}

/* Takes the body out of the answer. */
static struct MHD_Response *response_of_body(mbc_answer *answer) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(answer->body.size, answer->body.bytes, MHD_RESPMEM_MUST_FREE);
  if (response) mb__writer_init(&answer->body, answer->body.memory);
  return response;
}

struct MHD_Response *mbc_response_make(mbc_answer *answer, struct MHD_Connection *connection, mbc_streams *streams) {
  struct MHD_Response *response = answer->live && answer->status == MHD_HTTP_OK
                                      ? mbc_streams_response(streams, connection)
                                      : response_of_body(answer);
  if (!response) return NULL;
  if (add_wire_headers(response, connection, answer) &&
      add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type) &&
      add_header(response, MHD_HTTP_HEADER_LOCATION, answer->location) &&
      add_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow) &&
      add_header(response, MHD_HTTP_HEADER_SET_COOKIE, answer->cookie) &&
      add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, answer->challenge ? "Bearer" : NULL) &&
      add_seconds(response, MHD_HTTP_HEADER_RETRY_AFTER, answer->retry_after))
    return response;
  MHD_destroy_response(response);
  return NULL;
}

struct MHD_Response *mbc_response_no_content(void) {
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  const mbc_answer answer = {.wire = MBC_WIRE_COLLECTION};
  const mbc_page page = {0};
  if (!response || mbc_headers_each(&answer, &page, add_header, response)) return response;
  MHD_destroy_response(response);
  return NULL;
}

bool mbc_response_is_no_content(const mbc_answer *answer) {
  return answer->status == MHD_HTTP_NO_CONTENT && answer->wire == MBC_WIRE_COLLECTION && !answer->closed;
}
