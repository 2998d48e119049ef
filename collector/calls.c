/* Owns the records: their order, their variables. */
#include "calls.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "md5.h"
#include "members.h"
#include "metrics.h"
#include "pairs.h"
#include "text.h"

typedef struct call {
  mbc_call_kind kind;
  size_t step; /* that makes it; the number of steps: the close of the session */
  int rank;    /* among those of one step: closes come before starts, ads before chapters */
  size_t of;   /* index of the ad or chapter */
} call;

typedef struct calls {
  const mbc_history *history;
  const mbc_metrics *metrics;
  mb__writer *out;
  call *list;
  size_t count;
} calls;

static const struct {
  const char *name, *event;
} kinds[] = {
    [MBC_CALL_MEDIA_START] = {"mediaStart", "media.sessionStart"},
    [MBC_CALL_AD_START] = {"adStart", "media.adStart"},
    [MBC_CALL_AD_CLOSE] = {"adClose", "media.adComplete"},
    [MBC_CALL_CHAPTER_CLOSE] = {"chapterClose", "media.chapterComplete"},
    [MBC_CALL_MEDIA_CLOSE] = {"mediaClose", "media.sessionComplete"},
};

/* Which. */

static bool add(calls *c, mbc_call_kind kind, size_t step, size_t of) {
  static const int ranks[] = {[MBC_CALL_AD_CLOSE] = 0,
                              [MBC_CALL_CHAPTER_CLOSE] = 1,
                              [MBC_CALL_MEDIA_START] = 2,
                              [MBC_CALL_AD_START] = 3,
                              [MBC_CALL_MEDIA_CLOSE] = 4};
  call *list = mbc_list_room(c->list, c->count, sizeof *list);
  if (!list) return false;
  c->list = list;
  list[c->count++] = (call){kind, step, ranks[kind], of};
  return true;
}

static size_t end_of(const calls *c, const mbc_span *span) { return span->open ? c->history->step_count : span->to; }

static bool add_all(calls *c) {
  const mbc_history *history = c->history;
  bool good = add(c, MBC_CALL_MEDIA_START, 0, 0);
  for (size_t i = 0; i < history->ad_count && good; i++)
    good = add(c, MBC_CALL_AD_START, history->ads[i].span.from, i) &&
           add(c, MBC_CALL_AD_CLOSE, end_of(c, &history->ads[i].span), i);
  for (size_t i = 0; i < history->chapter_count && good; i++)
    good = add(c, MBC_CALL_CHAPTER_CLOSE, end_of(c, &history->chapters[i].span), i);
  return good && add(c, MBC_CALL_MEDIA_CLOSE, history->step_count, 0);
}

static int by_step(const void *one, const void *other) {
  const call *a = one, *b = other;
  if (a->step != b->step) return a->step > b->step ? 1 : -1;
  if (a->rank != b->rank) return a->rank - b->rank;
  return (a->of > b->of) - (a->of < b->of);
}

/* Variables. */

static void write_number(calls *c, const char *name, double number) {
  char text[MB__NUMBER_SIZE + 1];
  if (number == 0) return;
  text[mb__format_number(text, number)] = 0;
  mbc_member_text(c->out, name, text);
}

static void write_integer(calls *c, const char *name, int64_t number) { write_number(c, name, (double)number); }

static void write_flag(calls *c, const char *name, bool flag) {
  if (flag) mbc_member_text(c->out, name, "true");
}

static void write_field(calls *c, const char *name, const mb__values *values, mb__field field) {
  if (!values->set[field]) return;
  const mb__value *value = &values->value[field];
  switch (mb__fields[field].type) {
    case MB__TYPE_INTEGER: write_integer(c, name, value->as.integer); return;
    case MB__TYPE_NUMBER: write_number(c, name, value->as.number); return;
    case MB__TYPE_FLAG: write_flag(c, name, value->as.flag); return;
    case MB__TYPE_TEXT:
    case MB__TYPE_NAME:
      if (*value->as.text) mbc_member_text(c->out, name, value->as.text);
      return;
    default: return;
  }
}

typedef struct dimension {
  const char *variable;
  mb__field field;
} dimension;

static void write_dimensions(calls *c, const mb__values *values, const dimension *dimensions, size_t count) {
  for (size_t i = 0; i < count; i++) write_field(c, dimensions[i].variable, values, dimensions[i].field);
}

#define WRITE_DIMENSIONS(c, values, list) write_dimensions(c, values, list, sizeof(list) / sizeof *(list))

/* Standard metadata goes by its own names. */
static void write_metadata_fields(calls *c, const mb__values *values) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__fields[i].context) write_field(c, mb__fields[i].context, values, (mb__field)i);
}

/* Of a variable, made of what clients say: as long as that is. */
static bool end_name(calls *c, mb__writer *name) {
  mb__write(name, "", 1);
  if (name->failed) c->out->failed = true;
  return !name->failed;
}

static void write_pair(calls *c, const mb_pair *pair) {
  mb__writer name;
  mb__writer_init(&name, &mb__c_library);
  mb__write_raw(&name, "c.");
  mb__write_raw(&name, pair->key);
  if (end_name(c, &name)) mbc_member_text(c->out, name.bytes, pair->value);
  mb__writer_free(&name);
}

/* What `over` says goes over what `reading` says. NULL: nothing does. */
static void write_custom(calls *c, const mb__reading *reading, const mb__reading *over) {
  size_t first = reading->metadata_count, second = over ? over->metadata_count : 0, count = first + second;
  if (!count) return;
  mb_pair *pairs = calloc(count, sizeof *pairs);
  if (pairs && first) memcpy(pairs, reading->metadata, first * sizeof *pairs);
  if (pairs && second) memcpy(pairs + first, over->metadata, second * sizeof *pairs);
  if (!pairs || mbc_pairs_unite(pairs, &count)) c->out->failed = true;
  for (size_t i = 0; i < count && !c->out->failed; i++) write_pair(c, &pairs[i]);
  free(pairs);
}

static const mb__reading *reading_at(const calls *c, size_t step) { return c->history->steps[step].reading; }

/* `over`: the ad or chapter, whose metadata goes over the session's. */
static void write_content(calls *c, const mb__reading *over) {
  static const dimension content[] = {
      {"a.media.name", MB__FIELD_MEDIA_ID},         {"a.media.friendlyName", MB__FIELD_MEDIA_NAME},
      {"a.media.length", MB__FIELD_MEDIA_LENGTH},   {"a.media.playerName", MB__FIELD_MEDIA_PLAYER_NAME},
      {"a.media.channel", MB__FIELD_MEDIA_CHANNEL}, {"a.media.streamType", MB__FIELD_MEDIA_STREAM_TYPE}};
  const mb__reading *start = reading_at(c, 0);
  const mb__value *type = &start->values.value[MB__FIELD_MEDIA_CONTENT_TYPE];
  bool has_type = start->values.set[MB__FIELD_MEDIA_CONTENT_TYPE] && *type->as.text;
  WRITE_DIMENSIONS(c, &start->values, content);
  mbc_member_text(c->out, "a.contentType", has_type ? type->as.text : "missing_content_type");
  if (*c->history->session.id) mbc_member_text(c->out, "a.media.vsid", c->history->session.id);
  write_metadata_fields(c, &start->values);
  write_custom(c, start, over);
}

/* The id that the backend makes: of the content and a number. */
static void write_made_id(calls *c, const char *name, const mb__values *values, mb__field index) {
  const mb__values *start = &reading_at(c, 0)->values;
  char number[24] = "", hex[MBC_MD5_SIZE + 1];
  mb__writer text;
  if (values->set[index]) snprintf(number, sizeof number, "%" PRId64, values->value[index].as.integer);
  mb__writer_init(&text, &mb__c_library);
  mb__write_raw(&text, start->set[MB__FIELD_MEDIA_ID] ? start->value[MB__FIELD_MEDIA_ID].as.text : "");
  mb__write_raw(&text, "_");
  mb__write_raw(&text, number);
  if (text.failed)
    c->out->failed = true;
  else
    mbc_md5(text.bytes, text.size, hex);
  if (!text.failed) mbc_member_text(c->out, name, hex);
  mb__writer_free(&text);
}

static void write_ad(calls *c, const mbc_ad *ad) {
  static const dimension of_ad[] = {{"a.media.ad.name", MB__FIELD_MEDIA_AD_ID},
                                    {"a.media.ad.friendlyName", MB__FIELD_MEDIA_AD_NAME},
                                    {"a.media.ad.length", MB__FIELD_MEDIA_AD_LENGTH},
                                    {"a.media.ad.playerName", MB__FIELD_MEDIA_AD_PLAYER_NAME},
                                    {"a.media.ad.podPosition", MB__FIELD_MEDIA_AD_POD_POSITION}};
  static const dimension of_break[] = {{"a.media.ad.podFriendlyName", MB__FIELD_MEDIA_AD_POD_FRIENDLY_NAME},
                                       {"a.media.ad.podSecond", MB__FIELD_MEDIA_AD_POD_SECOND}};
  const mb__reading *start = reading_at(c, ad->span.from);
  const mb__reading *around = reading_at(c, c->history->breaks[ad->ad_break].span.from);
  write_content(c, start);
  WRITE_DIMENSIONS(c, &start->values, of_ad);
  write_made_id(c, "a.media.ad.pod", &around->values, MB__FIELD_MEDIA_AD_POD_INDEX);
  WRITE_DIMENSIONS(c, &around->values, of_break);
  write_metadata_fields(c, &start->values);
}

static void write_chapter(calls *c, const mbc_chapter *chapter) {
  static const dimension dimensions[] = {{"a.media.chapter.friendlyName", MB__FIELD_MEDIA_CHAPTER_FRIENDLY_NAME},
                                         {"a.media.chapter.position", MB__FIELD_MEDIA_CHAPTER_INDEX},
                                         {"a.media.chapter.offset", MB__FIELD_MEDIA_CHAPTER_OFFSET},
                                         {"a.media.chapter.length", MB__FIELD_MEDIA_CHAPTER_LENGTH}};
  const mb__reading *start = reading_at(c, chapter->span.from);
  write_content(c, start);
  write_made_id(c, "a.media.chapter.name", &start->values, MB__FIELD_MEDIA_CHAPTER_INDEX);
  WRITE_DIMENSIONS(c, &start->values, dimensions);
  write_flag(c, mbc_metric_rows[MBC_CHAPTER_STARTS].analytics, true);
  write_flag(c, mbc_metric_rows[MBC_CHAPTER_COMPLETES].analytics, chapter->completed);
  write_integer(c, mbc_metric_rows[MBC_CHAPTER_TIME_SPENT].analytics, mbc_seconds(chapter->played));
}

/* The close of the session. */

static bool is_always_said(mbc_metric metric) {
  return metric == MBC_CONTENT_TIME_SPENT || metric == MBC_MEDIA_TIME_SPENT || metric == MBC_UNIQUE_TIME_PLAYED ||
         metric == MBC_ESTIMATED_STREAMS || metric == MBC_SECONDS_SINCE_LAST_CALL ||
         metric == MBC_AVERAGE_MINUTE_AUDIENCE;
}

static void write_errors(calls *c, const char *name, const char *source) {
  mb__writer list;
  mb__json *ids = NULL;
  mb__writer_init(&list, &mb__c_library);
  mbc_metrics_write_errors(&list, c->history, source);
  if (list.failed || mb__json_parse(list.bytes, list.size, &ids, NULL, NULL)) c->out->failed = true;
  mb__writer_clear(&list);
  for (const mb__json *id = ids ? mb__json_first(ids) : NULL; id; id = mb__json_next(id)) {
    if (list.size) mb__write_raw(&list, ",");
    mb__write_raw(&list, mb__json_text(id));
  }
  mb__write(&list, "", 1);
  if (list.failed) c->out->failed = true;
  if (!list.failed && *list.bytes) mbc_member_text(c->out, name, list.bytes);
  mb__json_free(ids);
  mb__writer_free(&list);
}

static void write_metric(calls *c, mbc_metric metric) {
  const mbc_metric_row *row = &mbc_metric_rows[metric];
  const mbc_value *value = &c->metrics->value[metric];
  char number[MB__NUMBER_SIZE + 1];
  if (!value->known) return;
  if (row->kind == MBC_KIND_TEXT) mbc_member_text(c->out, row->analytics, value->text);
  if (row->kind == MBC_KIND_FLAG) write_flag(c, row->analytics, value->count);
  if (row->kind == MBC_KIND_TEXT || row->kind == MBC_KIND_FLAG) return;
  double shown = row->kind == MBC_KIND_NUMBER     ? value->number
                 : row->kind == MBC_KIND_DURATION ? (double)mbc_seconds(value->count)
                                                  : (double)value->count;
  number[mb__format_number(number, shown)] = 0;
  if (shown != 0 || is_always_said(metric)) mbc_member_text(c->out, row->analytics, number);
}

/* "a.media.states.{name}.count": all in lower case. */
static void make_state_name(mb__writer *out, mbc_metric metric, const mbc_player_state *state) {
  static const char place[] = "{name}";
  const char *variable = mbc_metric_rows[metric].analytics, *at = strstr(variable, place);
  mb__write(out, variable, (size_t)(at - variable));
  size_t from = out->size;
  mb__write_raw(out, state->name);
  for (size_t i = from; i < out->size && !out->failed; i++) out->bytes[i] = (char)tolower((unsigned char)out->bytes[i]);
  mb__write_raw(out, at + sizeof place - 1);
}

static void write_of_state(calls *c, mbc_metric metric, const mbc_player_state *state, int64_t value) {
  mb__writer name;
  mb__writer_init(&name, &mb__c_library);
  make_state_name(&name, metric, state);
  bool is_named = end_name(c, &name);
  if (is_named && mbc_metric_rows[metric].kind == MBC_KIND_FLAG)
    write_flag(c, name.bytes, value);
  else if (is_named)
    write_integer(c, name.bytes, value);
  mb__writer_free(&name);
}

static void write_state(calls *c, const mbc_player_state *state) {
  write_of_state(c, MBC_STATE_SET, state, true);
  write_of_state(c, MBC_STATE_COUNT, state, state->count);
  write_of_state(c, MBC_STATE_TIME, state, mbc_seconds(state->time));
}

static void write_close(calls *c) {
  write_content(c, NULL);
  for (int i = 0; i < MBC_METRIC_COUNT; i++) {
    const mbc_metric_row *row = &mbc_metric_rows[i];
    bool is_said = row->level == MBC_LEVEL_SESSION && row->call == MBC_CALL_MEDIA_CLOSE && row->kind != MBC_KIND_LIST;
    if (is_said) write_metric(c, (mbc_metric)i);
  }
  write_errors(c, mbc_metric_rows[MBC_PLAYER_SDK_ERROR_IDS].analytics, "player");
  write_errors(c, mbc_metric_rows[MBC_EXTERNAL_ERROR_IDS].analytics, "external");
  for (size_t i = 0; i < c->history->state_count; i++) write_state(c, &c->history->states[i]);
}

static void write_start(calls *c) {
  write_content(c, NULL);
  write_metric(c, MBC_MEDIA_STARTS);
  write_metric(c, MBC_CONTENT_RESUMES);
  write_metric(c, MBC_DOWNLOADED);
}

static void write_variables(calls *c, const call *made) {
  const mbc_history *history = c->history;
  switch (made->kind) {
    case MBC_CALL_MEDIA_START: write_start(c); return;
    case MBC_CALL_AD_START:
      write_ad(c, &history->ads[made->of]);
      write_flag(c, mbc_metric_rows[MBC_AD_STARTS].analytics, true);
      return;
    case MBC_CALL_AD_CLOSE:
      write_ad(c, &history->ads[made->of]);
      write_flag(c, mbc_metric_rows[MBC_AD_COMPLETES].analytics, history->ads[made->of].completed);
      write_integer(c, mbc_metric_rows[MBC_AD_TIME_SPENT].analytics, mbc_seconds(history->ads[made->of].played));
      return;
    case MBC_CALL_CHAPTER_CLOSE: write_chapter(c, &history->chapters[made->of]); return;
    default: write_close(c); return;
  }
}

/* Starts have the ts of their event, closes the time at which the event took effect. That of the session is so much
 * later than the last event that taking secondsSinceLastCall away gives that again. */
static int64_t time_of(const calls *c, const call *made) {
  const mbc_history *history = c->history;
  bool is_start = made->kind == MBC_CALL_MEDIA_START || made->kind == MBC_CALL_AD_START;
  if (is_start) return history->steps[made->step].ts;
  if (made->step < history->step_count) return history->steps[made->step].time;
  int64_t last = history->steps[history->step_count - 1].time;
  bool is_of_session = made->kind == MBC_CALL_MEDIA_CLOSE;
  return is_of_session ? last + mbc_seconds(c->metrics->value[MBC_SECONDS_SINCE_LAST_CALL].count) * 1000 : last;
}

static void write_call(calls *c, const call *made) {
  bool is_of_ad = made->kind == MBC_CALL_AD_START || made->kind == MBC_CALL_AD_CLOSE;
  mbc_element(c->out);
  mb__write_raw(c->out, "{");
  mbc_member_text(c->out, "call", kinds[made->kind].name);
  mbc_member_text(c->out, "eventType", kinds[made->kind].event);
  mbc_member_integer(c->out, "ts", time_of(c, made));
  mbc_member_flag(c->out, "void", is_of_ad && c->history->ads[made->of].is_void);
  mbc_member(c->out, "contextData");
  mb__write_raw(c->out, "{");
  write_variables(c, made);
  mb__write_raw(c->out, "}}");
}

/* Each record has all that its session said, so a client can make a session whose records are endless. */
enum { MOST_BYTES = 64 << 20 };

mb_status mbc_calls_write(mb__writer *writer, const mbc_history *history) {
  mbc_metrics metrics;
  calls c = {.history = history, .metrics = &metrics, .out = writer};
  mb_status status = mbc_metrics_compute(history, &metrics);
  if (status) return status;
  bool has_start = history->step_count && history->steps[0].type == MB__EVENT_SESSION_START;
  bool good = !has_start || add_all(&c);
  if (c.count) qsort(c.list, c.count, sizeof *c.list, by_step);
  mb__write_raw(writer, "[");
  for (size_t i = 0; i < c.count && good && !writer->failed; i++) {
    write_call(&c, &c.list[i]);
    good = writer->size <= MOST_BYTES;
  }
  mb__write_raw(writer, "]");
  free(c.list);
  return good && !writer->failed ? MB_OK : MB_NO_MEMORY;
}
