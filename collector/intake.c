/* Owns the rules of v1 intake. Each request: checks that answer 4xx, then what keeps the events, then the answer, which
 * the server holds back until the store has settled: what a client is told is taken is on file.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-events-req
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/tracking/track-downloaded-content */
#include "intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "keep.h"
#include "protocol/protocol.h"
#include "protocol/validate.h"

/* One request under way. Helpers return false when they have written a refusal into the answer. */
typedef struct intake {
  mbc_keeping keeping;
  const mbc_request *request;
  mb__json *tree; /* owned */
  mbc_part body;
} intake;

static intake begin(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  return (intake){.keeping = {.store = store,
                              .expiry = request->workings->expiry,
                              .answer = answer,
                              .received_at = request->received_at},
                  .request = request};
}

static bool refuse(intake *in, int status, const char *message) {
  mbc_answer_refuse(in->keeping.answer, status, "%s", message);
  return false;
}

/* Reads the body and makes it compact. The tree and the text then have the same elements in the same order. */
static bool parse(intake *in) {
  size_t where;
  const char *what;
  const mbc_request *request = in->request;
  mb_status status = mb__json_parse(request->body, request->size, &in->tree, &where, &what);
  if (status == MB_NO_MEMORY) return refuse(in, 500, mb_status_text(status));
  if (status != MB_OK) {
    mbc_answer_refuse(in->keeping.answer, 400, "the body is not JSON: %s at byte %zu", what, where);
    return false;
  }
  in->body = (mbc_part){in->tree, request->body, mbc_body_compact(request->body, request->size)};
  return true;
}

static const mb__json *param(const mb__json *event, mb__field field) {
  return mb__json_get(mb__json_get(event, "params"), mb__fields[field].key);
}

static const char *text_param(const mb__json *event, mb__field field) {
  const mb__json *value = param(event, field);
  return value ? mb__json_text(value) : NULL;
}

static bool flag_param(const mb__json *event, mb__field field) {
  const mb__json *value = param(event, field);
  return value && mb__json_flag(value);
}

static bool open_session(intake *in, const mb__json *start, bool downloaded) {
  const mbc_session about = {
      .protocol = "v1",
      .downloaded = downloaded,
      .resume = flag_param(start, MB__FIELD_MEDIA_RESUME),
      .media_id = text_param(start, MB__FIELD_MEDIA_ID),
      .media_name = text_param(start, MB__FIELD_MEDIA_NAME),
      .player_name = text_param(start, MB__FIELD_MEDIA_PLAYER_NAME),
      .channel = text_param(start, MB__FIELD_MEDIA_CHANNEL),
  };
  return mbc_keep_open(&in->keeping, &about);
}

static void answer_with_session(intake *in, bool (*work)(void *user)) {
  mbc_answer *answer = in->keeping.answer;
  if (!mbc_keep_together(&in->keeping, work, in)) return;
  mbc_answer_empty(answer, 201);
  snprintf(answer->location, sizeof answer->location, "/api/v1/sessions/%s", in->keeping.session.id);
  answer->type = "application/octet-stream"; /* as the real one says, of no bytes */
}

/* One event to a session. The order of the checks: 404 before 410 before 400. */

static bool find_session(intake *in) {
  mbc_result result = mbc_keep_find(&in->keeping, in->request->argument);
  if (result == MBC_NONE) refuse(in, 404, "no such session");
  return result == MBC_FOUND;
}

static bool keep_event(void *user) {
  intake *in = user;
  mb__event_type type;
  mb__finding finding;
  if (!find_session(in)) return false;
  bool valid = mb__validate_body(in->tree, &type, &finding) == MB_OK;
  if (in->keeping.session.state == MBC_CLOSED && !(valid && type == MB__EVENT_SESSION_END))
    return in->keeping.expiry->limits->drop_after_close || refuse(in, 410, "the session is closed");
  if (!valid) return refuse(in, 400, finding.text);
  if (type == MB__EVENT_SESSION_START)
    return refuse(in, 400, "eventType: sessionStart opens a session, it goes to /api/v1/sessions");
  return mbc_keep_event(&in->keeping, in->body, type) && mbc_keep_save(&in->keeping);
}

static void take_event(intake *in) {
  if (!mbc_keep_is_id(in->request->argument))
    refuse(in, 404, "no such session");
  else if (parse(in) && mbc_keep_together(&in->keeping, keep_event, in))
    mbc_answer_empty(in->keeping.answer, 204);
}

/* A batch. Checked whole before anything is kept. */

static bool refuse_element(intake *in, int index, const char *message) {
  mbc_answer_refuse(in->keeping.answer, 400, "events[%d]: %s", index, message);
  return false;
}

static bool check_element(intake *in, const mb__json *event, int index) {
  mb__event_type type;
  mb__finding finding;
  if (mb__validate_body(event, &type, &finding) != MB_OK) return refuse_element(in, index, finding.text);
  if (index && type == MB__EVENT_SESSION_START)
    return refuse_element(in, index, "eventType: a batch is one session, with one sessionStart");
  if (!index && type != MB__EVENT_SESSION_START)
    return refuse_element(in, index, "eventType: a batch begins with its sessionStart");
  const mb__json *downloaded = index ? NULL : param(event, MB__FIELD_MEDIA_DOWNLOADED);
  if (downloaded && !mb__json_flag(downloaded))
    return refuse_element(in, index, "params.media.downloaded: true is needed in a batch, or nothing");
  return true;
}

static bool check_count(intake *in, int64_t before) {
  int64_t most = in->keeping.expiry->limits->events;
  if (before < most) return true;
  mbc_answer_refuse(in->keeping.answer, 413, "the batch has more than %" PRId64 " events", most);
  return false;
}

static bool check_batch(intake *in) {
  if (mb__json_type_of(in->tree) != MB__JSON_ARRAY) return refuse(in, 400, "an array of events is needed");
  if (!mb__json_first(in->tree)) return refuse(in, 400, "the array has no events");
  int index = 0;
  for (const mb__json *event = mb__json_first(in->tree); event; event = mb__json_next(event))
    if (!check_count(in, index) || !check_element(in, event, index++)) return false;
  return true;
}

static mb__event_type type_of(const mb__json *event) {
  const char *name = mb__json_text(mb__json_get(event, "eventType"));
  return mb__event_named(name, strlen(name));
}

static bool keep_batch(void *user) {
  intake *in = user;
  mbc_part event = mbc_part_first(in->body);
  if (!open_session(in, event.tree, true)) return false;
  for (; event.tree; event = mbc_part_next(in->body, event))
    if (!mbc_keep_event(&in->keeping, event, type_of(event.tree))) return false;
  mbc_keep_close_batch(&in->keeping);
  return mbc_keep_save(&in->keeping);
}

static void take_batch(intake *in) {
  if (check_batch(in)) answer_with_session(in, keep_batch);
}

/* A sessionStart. */

static bool check_start(intake *in) {
  mb__event_type type;
  mb__finding finding;
  if (mb__validate_body(in->tree, &type, &finding) != MB_OK) return refuse(in, 400, finding.text);
  if (type != MB__EVENT_SESSION_START) return refuse(in, 400, "eventType: a session begins with sessionStart");
  if (flag_param(in->tree, MB__FIELD_MEDIA_DOWNLOADED))
    return refuse(in, 400, "params.media.downloaded: true is for batches, which go to /api/v1/downloaded");
  return true;
}

static bool keep_start(void *user) {
  intake *in = user;
  return open_session(in, in->tree, false) && mbc_keep_event(&in->keeping, in->body, MB__EVENT_SESSION_START) &&
         mbc_keep_save(&in->keeping);
}

static void take_start(intake *in) {
  if (mb__json_type_of(in->tree) != MB__JSON_ARRAY) {
    if (check_start(in)) answer_with_session(in, keep_start);
  } else if (mb__json_first(in->tree) && flag_param(mb__json_first(in->tree), MB__FIELD_MEDIA_DOWNLOADED)) {
    take_batch(in);
  } else {
    refuse(in, 400, "an array is taken here only if its sessionStart says media.downloaded: true");
  }
}

void mbc_intake_start(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  intake in = begin(store, request, answer);
  if (parse(&in)) take_start(&in);
  mb__json_free(in.tree);
}

void mbc_intake_event(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  intake in = begin(store, request, answer);
  take_event(&in);
  mb__json_free(in.tree);
}

void mbc_intake_batch(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  intake in = begin(store, request, answer);
  if (parse(&in)) take_batch(&in);
  mb__json_free(in.tree);
}
