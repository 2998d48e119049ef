/* Owns the fake network. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brief.h"

static const char sessions[] = "/api/v1/sessions";

/* Writing down. */

static void write_bodies(const test_wire *wire, const mb_request *request, const char *body, size_t size) {
  text_buffer *out = wire->out;
  const char *path = mb_request_path(request);
  text_add(out, "%s ", mb_request_method(request));
  if (wire->form == WIRE_BYTES)
    text_add(out, "%s %.*s", path, (int)size, body);
  else
    brief_without_ids(out, path, strlen(path)), text_add(out, " "), brief_without_ids(out, body, size);
  text_add(out, "\n");
}

static void write_request(const test_wire *wire, const mb_request *request) {
  size_t size;
  const char *body = mb_request_body(request, &size);
  if (wire->form == WIRE_SILENT) return;
  text_add(wire->out, "    %lld ", (long long)wire->now);
  if (wire->form != WIRE_BRIEF)
    text_add(wire->out, "%s/%u ", mb_request_player(request), (unsigned)mb_request_session(request));
  if (wire->form == WIRE_BODIES || wire->form == WIRE_BYTES) {
    write_bodies(wire, request, body, size);
    return;
  }
  if (wire->form == WIRE_TALK) {
    brief_address(wire->out, mb_request_path(request), body, size);
    text_add(wire->out, ": ");
  }
  brief_events(wire->out, mb_request_path(request), body, size, wire->now);
  if (wire->form == WIRE_BRIEF) text_add(wire->out, "\n");
}

static void write_end(const test_wire *wire, const char *end) {
  if (wire->form == WIRE_TALK) text_add(wire->out, "%s\n", end);
}

/* Answering. */

void wire_init(test_wire *wire, wire_form form, text_buffer *out) {
  memset(wire, 0, sizeof *wire);
  wire->form = form;
  wire->out = out;
  wire->always = wire_read_answer("ok");
}

static bool is_handle(const char *part) {
  static const char *const names[] = {"session=", "hint=", "store="};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(part, names[i], strlen(names[i])) == 0) return true;
  return false;
}

static bool read_part(wire_answer *answer, const char *part) {
  const char *value = strchr(part, '=');
  size_t size = strlen(answer->handles);
  if (!value) return false;
  value++;
  if (strncmp(part, "after=", 6) == 0)
    answer->delay_ms = strtoll(value, NULL, 10);
  else if (strncmp(part, "retry=", 6) == 0)
    answer->retry_after_s = strtoll(value, NULL, 10);
  else if (strncmp(part, "location=", 9) == 0)
    snprintf(answer->location, sizeof answer->location, "%s", value);
  else if (strncmp(part, "body=", 5) == 0)
    snprintf(answer->body, sizeof answer->body, "%s", value);
  else if (is_handle(part))
    snprintf(answer->handles + size, sizeof answer->handles - size, "%s,", part);
  else
    return false;
  return true;
}

static bool read_kind(wire_answer *answer, const char *kind) {
  char *end;
  answer->status = (int)strtol(kind, &end, 10);
  if (strcmp(kind, "ok") == 0)
    answer->status = -1;
  else if (strcmp(kind, "unsent") == 0)
    answer->not_sent = true;
  else if (strcmp(kind, "never") == 0)
    answer->delay_ms = MB_NEVER;
  else if (strcmp(kind, "busy") == 0)
    answer->refusal = MB_BUSY;
  else if (strcmp(kind, "fail") == 0)
    answer->refusal = MB_TRANSPORT_FAILED;
  else
    return (answer->status > 0 && !*end) || strcmp(kind, "none") == 0;
  return true;
}

wire_answer wire_read_answer(const char *text) {
  char copy[2048];
  wire_answer answer = {.delay_ms = WIRE_AT_ONCE};
  assert_in_range(strlen(text), 0, sizeof answer.body);
  snprintf(copy, sizeof copy, "%s", text);
  char *part = strchr(copy, ',');
  if (part) *part++ = 0;
  bool good = read_kind(&answer, copy);
  while (good && part) {
    char *next = strncmp(part, "body=", 5) == 0 ? NULL : strchr(part, ',');
    if (next) *next++ = 0;
    good = read_part(&answer, part);
    part = next;
  }
  if (!good) fail_msg("%s is no answer", text);
  return answer;
}

void wire_answer_next(test_wire *wire, wire_answer answer) {
  assert_in_range(wire->next_count, 0, WIRE_MOST - 1);
  wire->next[(wire->next_first + wire->next_count++) % WIRE_MOST] = answer;
}

static wire_answer take_answer(test_wire *wire) {
  if (!wire->next_count) return wire->always;
  wire_answer answer = wire->next[wire->next_first];
  wire->next_first = (wire->next_first + 1) % WIRE_MOST;
  wire->next_count--;
  return answer;
}

static bool opens(const mb_request *request) {
  const char *path = mb_request_path(request);
  return strcmp(path, sessions) == 0 || strstr(path, "/va/v1/sessionStart?");
}

static int usual_status(const mb_request *request, bool has_handles) {
  const char *path = mb_request_path(request);
  if (brief_is_edge(path)) return has_handles || strstr(path, "/va/v1/downloaded?") ? 200 : 204;
  return strcmp(path + strlen(path) - 7, "/events") == 0 ? 204 : 201;
}

/* As a backend that is content. */
static void fill_in(test_wire *wire, const mb_request *request, wire_answer *answer) {
  char *session = strstr(answer->handles, "session=");
  size_t size = strlen(answer->handles);
  if (!opens(request)) {
    if (session) *session = 0;
  } else if (!brief_is_edge(mb_request_path(request))) {
    if (!*answer->location) snprintf(answer->location, sizeof answer->location, "%s/id%d", sessions, ++wire->ids);
  } else if (!session) {
    snprintf(answer->handles + size, sizeof answer->handles - size, "session=id%d,", ++wire->ids);
  }
  answer->status = usual_status(request, *answer->handles);
}

static void write_handle(text_buffer *body, const char *part, int size) {
  char a[256] = "", b[64] = "", c[64] = "";
  int seconds = 0;
  text_add(body, body->size ? "," : "{\"requestId\":\"r\",\"handle\":[");
  if (sscanf(part, "session=%255[^,]", a) == 1)
    text_add(body, "{\"type\":\"media-analytics:new-session\",\"payload\":[{\"sessionId\":\"%s\"}],\"eventIndex\":0}",
             a);
  else if (sscanf(part, "hint=%63[^:,]:%d:%63[^,]", b, &seconds, c) >= 2)
    text_add(body,
             "{\"type\":\"locationHint:result\",\"payload\":[{\"scope\":\"%s\",\"hint\":\"%s\",\"ttlSeconds\":%d}]}",
             *c ? c : "EdgeNetwork", b, seconds);
  else if (sscanf(part, "store=%63[^:]:%63[^:]:%d", b, c, &seconds) == 3)
    text_add(body, "{\"type\":\"state:store\",\"payload\":[{\"key\":\"%s\",\"value\":\"%s\",\"maxAge\":%d}]}", b, c,
             seconds);
  else
    fail_msg("%.*s is no handle", size, part);
}

static void write_handles(text_buffer *body, const char *handles) {
  for (const char *end; (end = strchr(handles, ',')) != NULL; handles = end + 1)
    write_handle(body, handles, (int)(end - handles));
  if (body->size) text_add(body, "]}");
}

static void write_raw(text_buffer *body, const char *text) {
  static const char written[] = "@^J", meant[] = {'\0', '\x1e', '\n'};
  for (; *text; text++) {
    const char *control = *text == '^' && text[1] ? strchr(written, text[1]) : NULL;
    char byte = control ? meant[control - written] : *text == '\'' ? '"' : *text;
    text += control != NULL;
    text_add_bytes(body, &byte, 1);
  }
}

static void complete(test_wire *wire, mb_request *request, wire_answer answer, const char *arrow) {
  char end[64];
  text_buffer body = {0};
  if (answer.status < 0) fill_in(wire, request, &answer);
  write_handles(&body, answer.handles);
  write_raw(&body, answer.body);
  snprintf(end, sizeof end, answer.status ? "%s %d" : "%s none", arrow, answer.status);
  write_end(wire, end);
  const mb_response response = {
      .size = sizeof response,
      .not_sent = answer.not_sent,
      .status = answer.status,
      .location = *answer.location ? answer.location : NULL,
      .retry_after_s = answer.retry_after_s,
      .body = body.text,
      .body_size = body.size,
      .error = answer.status ? NULL : "connection refused",
  };
  mb_request_complete(request, &response, wire->now);
  text_free(&body);
}

static mb_status wire_send(void *user, mb_request *request, int64_t now_ms) {
  test_wire *wire = user;
  wire->now = now_ms;
  wire_answer answer = take_answer(wire);
  if (answer.refusal == MB_BUSY) return MB_BUSY;
  wire->sent++;
  snprintf(wire->url, sizeof wire->url, "%s", mb_request_url(request));
  assert_string_equal(mb_request_method(request), "POST");
  assert_string_equal(mb_request_content_type(request), "application/json");
  write_request(wire, request);
  if (answer.refusal) {
    write_end(wire, " -> not sent");
    return answer.refusal;
  }
  if (answer.delay_ms == WIRE_AT_ONCE) {
    complete(wire, request, answer, " ->");
    return MB_OK;
  }
  write_end(wire, "");
  assert_in_range(wire->pending_count, 0, WIRE_MOST - 1);
  int64_t due = answer.delay_ms == MB_NEVER ? MB_NEVER : now_ms + answer.delay_ms;
  wire->pending[wire->pending_count++] = (wire_pending){request, answer, due};
  if (wire->pending_count > wire->most_pending) wire->most_pending = wire->pending_count;
  mb_request_set_user(request, wire);
  return MB_OK;
}

static wire_pending take_pending(test_wire *wire, int i) {
  wire_pending taken = wire->pending[i];
  wire->pending_count--;
  memmove(&wire->pending[i], &wire->pending[i + 1], (size_t)(wire->pending_count - i) * sizeof taken);
  return taken;
}

static void wire_cancel(void *user, mb_request *request) {
  test_wire *wire = user;
  for (int i = 0; i < wire->pending_count; i++)
    if (wire->pending[i].request == request) {
      if (wire->form == WIRE_TALK)
        text_add(wire->out, "    %lld %s/%u cancelled\n", (long long)wire->now, mb_request_player(request),
                 (unsigned)mb_request_session(request));
      take_pending(wire, i);
      return;
    }
  fail_msg("a request is cancelled that is not under way");
}

static int earliest(const test_wire *wire) {
  int first = -1;
  for (int i = 0; i < wire->pending_count; i++)
    if (first < 0 || wire->pending[i].due < wire->pending[first].due) first = i;
  return first;
}

static void wire_poll(void *user, int64_t now_ms) {
  test_wire *wire = user;
  wire->now = now_ms;
  for (int i; (i = earliest(wire)) >= 0 && wire->pending[i].due <= now_ms;) {
    wire_pending taken = take_pending(wire, i);
    assert_ptr_equal(mb_request_user(taken.request), wire);
    if (wire->form == WIRE_TALK)
      text_add(wire->out, "    %lld %s/%u", (long long)wire->now, mb_request_player(taken.request),
               (unsigned)mb_request_session(taken.request));
    complete(wire, taken.request, taken.answer, " <-");
  }
}

static int64_t wire_next_deadline(void *user) {
  const test_wire *wire = user;
  int first = earliest(wire);
  return first < 0 ? MB_NEVER : wire->pending[first].due;
}

static int64_t wire_wait(void *user, int64_t timeout_ms) {
  test_wire *wire = user;
  int64_t due = wire_next_deadline(wire);
  int64_t waited = due == MB_NEVER || due - wire->now > timeout_ms ? timeout_ms : due - wire->now;
  if (waited < 0) waited = 0;
  wire->now += waited;
  return waited;
}

static void wire_free(void *user) {
  test_wire *wire = user;
  assert_int_equal(wire->pending_count, 0);
  wire->freed++;
}

mb_transport wire_transport(test_wire *wire, size_t capacity) {
  return (mb_transport){.size = sizeof(mb_transport),
                        .user = wire,
                        .capacity = capacity,
                        .send = wire_send,
                        .cancel = wire_cancel,
                        .poll = wire_poll,
                        .next_deadline = wire_next_deadline,
                        .wait = wire_wait,
                        .free = wire_free};
}
