/* Owns the timeline's JSON. Rows are arrays: a session may have tens of thousands. */
#include "timeline.h"

#include "browse.h"
#include "history.h"

typedef struct drawing {
  mbc_store *store;
  mbc_answer *answer;
  mb__writer *out;
  int64_t now, from;
  const mbc_session *session;
  mbc_history *history;
} drawing;

static void comma(mb__writer *out) { mb__write(out, ",", 1); }

static void text_or_null(mb__writer *out, const char *text) {
  if (text)
    mb__write_text(out, text);
  else
    mb__write_raw(out, "null");
}

/* Lists. */

static void begin_element(mb__writer *out) {
  if (out->size && out->bytes[out->size - 1] != '[') comma(out);
}

static void write_names(mb__writer *out, int count, const char *(*name)(int number)) {
  mb__write_raw(out, "[");
  for (int i = 0; i < count; i++) {
    begin_element(out);
    text_or_null(out, name(i));
  }
  mb__write_raw(out, "]");
}

static const char *type_name(int type) { return mb__events[type].name; }

/* Steps. */

static const char *text_field(const mb__reading *reading, mb__field field) {
  return reading->values.set[field] ? reading->values.value[field].as.text : NULL;
}

static const char *first_state(const mb__reading *reading, mb__field field) {
  if (!reading->values.set[field]) return NULL;
  const mb__json *state = mb__json_first(reading->values.value[field].as.json);
  return state ? mb__state_name(state) : NULL;
}

/* Which field says what an event is about, in this order. */
static const mb__field labels[] = {MB__FIELD_MEDIA_AD_NAME,
                                   MB__FIELD_MEDIA_AD_ID,
                                   MB__FIELD_MEDIA_AD_POD_FRIENDLY_NAME,
                                   MB__FIELD_MEDIA_CHAPTER_FRIENDLY_NAME,
                                   MB__FIELD_MEDIA_STATE_NAME,
                                   MB__FIELD_MEDIA_NAME};

static const char *label_of(const mbc_step *step) {
  if (!step->reading) return NULL;
  if (step->type == MB__EVENT_ERROR) return step->reading->moment.error_id;
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
    const char *text = text_field(step->reading, labels[i]);
    if (text) return text;
  }
  return first_state(step->reading, MB__FIELD_STATES_START) ? first_state(step->reading, MB__FIELD_STATES_START)
                                                            : first_state(step->reading, MB__FIELD_STATES_END);
}

static void write_step(mb__writer *out, const mbc_step *step) {
  const int64_t numbers[] = {step->index,         step->ts,       step->time,    step->received_at,
                             (int64_t)step->type, step->playhead, step->bitrate, (int64_t)step->notes};
  begin_element(out);
  mb__write_raw(out, "[");
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    begin_element(out);
    mb__write_integer(out, numbers[i]);
  }
  comma(out);
  text_or_null(out, label_of(step));
  mb__write_raw(out, "]");
}

static void write_steps(mb__writer *out, const char *name, const mbc_step *steps, size_t from, size_t count) {
  mb__write_raw(out, name);
  mb__write_raw(out, "[");
  for (size_t i = from; i < count; i++) write_step(out, &steps[i]);
  mb__write_raw(out, "]");
}

/* Spans. */

static bool write_span(void *user, const mbc_timeline_span *span) {
  mb__writer *out = user;
  const int64_t numbers[] = {span->start, span->end, span->from, span->to, span->open, span->value};
  begin_element(out);
  mb__write_raw(out, "[");
  mb__write_text(out, mbc_lane_name(span->lane));
  comma(out);
  text_or_null(out, span->kind);
  comma(out);
  text_or_null(out, span->label);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    comma(out);
    mb__write_integer(out, numbers[i]);
  }
  mb__write_raw(out, "]");
  return !out->failed;
}

/* Leading steps whose windows are released. */
static size_t settled(const mbc_history *history) {
  size_t count = history->step_count;
  while (count && history->steps[count - 1].notes & MBC_WAITING) count--;
  return count;
}

static void integer(mb__writer *out, const char *name, int64_t value) {
  mb__write_raw(out, name);
  mb__write_integer(out, value);
}

static void write_about(const drawing *d, size_t from) {
  const mbc_history *history = d->history;
  integer(d->out, "{\"now\":", d->now);
  mb__write_raw(d->out, ",\"session\":");
  mbc_browse_session(d->out, d->session);
  integer(d->out, ",\"start\":", history->step_count ? history->steps[0].time : d->session->started_at);
  integer(d->out, ",\"length\":", history->length);
  mb__write_raw(d->out, ",\"live\":");
  mb__write_flag(d->out, history->live);
  integer(d->out, ",\"settled\":", (int64_t)settled(history));
  integer(d->out, ",\"from\":", (int64_t)from);
  integer(d->out, ",\"total\":", (int64_t)history->step_count);
}

static void draw(const drawing *d) {
  const mbc_history *history = d->history;
  size_t from = (uint64_t)d->from < history->step_count ? (size_t)d->from : history->step_count;
  write_about(d, from);
  mb__write_raw(d->out, ",\n\"types\":");
  write_names(d->out, MB__EVENT_COUNT, type_name);
  mb__write_raw(d->out, ",\n\"notes\":");
  write_names(d->out, MBC_NOTE_COUNT, mbc_note_name);
  write_steps(d->out, ",\n\"steps\":", history->steps, from, history->step_count);
  write_steps(d->out, ",\n\"others\":", history->others, 0, history->other_count);
  mb__write_raw(d->out, ",\n\"spans\":[");
  mbc_history_each_span(history, write_span, d->out);
  mb__write_raw(d->out, "]}\n");
}

static void read_and_draw(drawing *d) {
  bool read = mbc_store_each_event(d->store, d->history->session.key, -1, -1, mbc_history_add, d->history);
  mb_status status = mbc_history_finish(d->history);
  if (!read && status == MB_OK)
    mbc_answer_refuse(d->answer, 500, "the store failed: %s", mbc_store_error(d->store));
  else if (status != MB_OK)
    mbc_answer_refuse(d->answer, 500, "%s", mb_status_text(status));
  else
    draw(d), mbc_answer_json(d->answer);
}

/* The session's texts are there during this visit only. */
static bool draw_session(void *user, const mbc_session *session) {
  drawing *d = user;
  d->session = session;
  d->history = mbc_history_new(session, d->now);
  if (d->history)
    read_and_draw(d);
  else
    mbc_answer_refuse(d->answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
  mbc_history_free(d->history);
  return false;
}

void mbc_timeline_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  drawing d = {.store = store, .answer = answer, .out = &answer->body, .now = request->received_at};
  answer->closed = true;
  if (!mbc_browse_number(request, "from", 0, &d.from, answer)) return;
  mbc_result result = mbc_store_visit_session(store, request->argument, draw_session, &d);
  if (result == MBC_NONE) mbc_answer_refuse(answer, 404, "no such session");
  if (result == MBC_FAILED) mbc_answer_refuse(answer, 500, "the store failed: %s", mbc_store_error(store));
}
