/* Owns the fake network. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sessions[] = "/api/v1/sessions";

/* Writing down. */

static const char *member_text(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static double member_number(const cJSON *object, const char *name) {
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* What tells one break, ad, chapter or state from another. */
static void write_identity(text_buffer *out, const cJSON *params) {
  static const char *const names[] = {"media.ad.id", "media.ad.podFriendlyName", "media.chapter.friendlyName",
                                      "media.state.name"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (member_text(params, names[i])) {
      text_add(out, " %s", member_text(params, names[i]));
      return;
    }
}

static bool has_quality(const cJSON *qoe) {
  const cJSON *member;
  cJSON_ArrayForEach(member, qoe) if (cJSON_IsNumber(member)) return true;
  return false;
}

static void write_quality(text_buffer *out, const cJSON *qoe) {
  static const char *const names[] = {"media.qoe.bitrate", "media.qoe.droppedFrames", "media.qoe.framesPerSecond",
                                      "media.qoe.timeToStart"};
  for (int i = 0; i < 4 && has_quality(qoe); i++) {
    text_add(out, i ? "/" : " qoe ");
    if (cJSON_HasObjectItem(qoe, names[i]))
      text_add(out, "%.15g", member_number(qoe, names[i]));
    else
      text_add(out, "-");
  }
  if (member_text(qoe, "media.qoe.errorID"))
    text_add(out, " error %s/%s", member_text(qoe, "media.qoe.errorID"), member_text(qoe, "media.qoe.errorSource"));
}

static void write_metadata(text_buffer *out, const cJSON *metadata) {
  if (!metadata) return;
  char *text = cJSON_PrintUnformatted(metadata);
  text_add(out, " %s", text);
  cJSON_free(text);
}

static void write_event(text_buffer *out, const cJSON *event, int64_t at) {
  const cJSON *time = cJSON_GetObjectItemCaseSensitive(event, "playerTime");
  const cJSON *params = cJSON_GetObjectItemCaseSensitive(event, "params");
  text_add(out, "%s %.15g", member_text(event, "eventType"), member_number(time, "playhead"));
  if ((int64_t)member_number(time, "ts") != at) text_add(out, " ts %.15g", member_number(time, "ts"));
  if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(params, "media.resume"))) text_add(out, " resume");
  write_identity(out, params);
  write_quality(out, cJSON_GetObjectItemCaseSensitive(event, "qoeData"));
  write_metadata(out, cJSON_GetObjectItemCaseSensitive(event, "customMetadata"));
}

void wire_write_brief(text_buffer *out, const char *body, size_t size, int64_t at) {
  cJSON *event = cJSON_ParseWithLength(body, size);
  if (!event) fail_msg("a body is not JSON: %.*s", (int)size, body);
  if (cJSON_IsArray(event)) {
    const cJSON *element;
    cJSON_ArrayForEach(element, event) {
      if (element != event->child) text_add(out, ", ");
      write_event(out, element, at);
    }
  } else {
    write_event(out, event, at);
  }
  cJSON_Delete(event);
}

static void write_address(text_buffer *out, const char *path) {
  size_t root = sizeof sessions - 1;
  if (strcmp(path, sessions) == 0)
    text_add(out, "new");
  else if (strcmp(path, "/api/v1/downloaded") == 0)
    text_add(out, "batch");
  else if (strncmp(path, sessions, root) == 0 && strcmp(path + strlen(path) - 7, "/events") == 0)
    text_add(out, "%.*s", (int)(strlen(path) - root - 8), path + root + 1);
  else
    text_add(out, "%s", path);
}

static void write_request(const test_wire *wire, const mb_request *request) {
  size_t size;
  const char *body = mb_request_body(request, &size);
  if (wire->form == WIRE_SILENT) return;
  text_add(wire->out, "    %lld ", (long long)wire->now);
  if (wire->form != WIRE_BRIEF)
    text_add(wire->out, "%s/%u ", mb_request_player(request), (unsigned)mb_request_session(request));
  if (wire->form == WIRE_BODIES) {
    text_add(wire->out, "%s %s %.*s\n", mb_request_method(request), mb_request_path(request), (int)size, body);
    return;
  }
  if (wire->form == WIRE_TALK) {
    write_address(wire->out, mb_request_path(request));
    text_add(wire->out, ": ");
  }
  wire_write_brief(wire->out, body, size, wire->now);
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

static bool read_part(wire_answer *answer, const char *part) {
  const char *value = strchr(part, '=');
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
  else
    return false;
  return true;
}

static bool read_kind(wire_answer *answer, const char *kind) {
  answer->status = (int)strtol(kind, NULL, 10);
  if (strcmp(kind, "ok") == 0)
    answer->status = -1;
  else if (strcmp(kind, "never") == 0)
    answer->delay_ms = MB_NEVER;
  else if (strcmp(kind, "busy") == 0)
    answer->refusal = MB_BUSY;
  else if (strcmp(kind, "fail") == 0)
    answer->refusal = MB_TRANSPORT_FAILED;
  else
    return answer->status > 0 || strcmp(kind, "none") == 0;
  return true;
}

wire_answer wire_read_answer(const char *text) {
  char copy[512];
  wire_answer answer = {.delay_ms = WIRE_AT_ONCE};
  snprintf(copy, sizeof copy, "%s", text);
  char *part = strchr(copy, ',');
  if (part) *part++ = 0;
  bool good = read_kind(&answer, copy);
  while (good && part) {
    char *next = strchr(part, ',');
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

static int usual_status(test_wire *wire, const char *path, wire_answer *answer) {
  if (strcmp(path + strlen(path) - 7, "/events") == 0) return 204;
  if (strcmp(path, sessions) == 0 && !*answer->location)
    snprintf(answer->location, sizeof answer->location, "%s/id%d", sessions, ++wire->ids);
  return 201;
}

static void complete(test_wire *wire, mb_request *request, wire_answer answer, const char *arrow) {
  char end[64];
  if (answer.status < 0) answer.status = usual_status(wire, mb_request_path(request), &answer);
  snprintf(end, sizeof end, answer.status ? "%s %d" : "%s none", arrow, answer.status);
  write_end(wire, end);
  const mb_response response = {
      .size = sizeof response,
      .status = answer.status,
      .location = *answer.location ? answer.location : NULL,
      .retry_after_s = answer.retry_after_s,
      .body = *answer.body ? answer.body : NULL,
      .body_size = strlen(answer.body),
      .error = answer.status ? NULL : "connection refused",
  };
  mb_request_complete(request, &response, wire->now);
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
