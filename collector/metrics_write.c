/* Owns the JSON of a session's metrics. */
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "members.h"
#include "metrics.h"

void mbc_metrics_write_value(mb__writer *writer, mbc_metric metric, const mbc_value *value) {
  if (!value->known) {
    mb__write_raw(writer, "null");
    return;
  }
  switch (mbc_metric_rows[metric].kind) {
    case MBC_KIND_FLAG: mb__write_flag(writer, value->count); return;
    case MBC_KIND_DURATION: mb__write_integer(writer, mbc_seconds(value->count)); return;
    case MBC_KIND_NUMBER: mb__write_number(writer, value->number); return;
    case MBC_KIND_TEXT: mb__write_text(writer, value->text); return;
    default: mb__write_integer(writer, value->count); return;
  }
}

/* Ids of errors: each once, by sorting, so that a session of nothing but errors takes no longer. */

typedef struct error_id {
  const char *text;
  size_t place;
} error_id;

static int by_text(const void *one, const void *other) {
  const error_id *a = one, *b = other;
  int order = strcmp(a->text, b->text);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int by_place(const void *one, const void *other) {
  const error_id *a = one, *b = other;
  return (a->place > b->place) - (a->place < b->place);
}

/* params say it, or else qoeData. */
static const char *said(const mb__reading *error, mb__field field, const char *other) {
  return error->values.set[field] ? error->values.value[field].as.text : other;
}

static const char *id_from(const mbc_step *step, const char *source) {
  const mb__reading *error = step->type == MB__EVENT_ERROR ? step->reading : NULL;
  if (!error) return NULL;
  const char *from = said(error, MB__FIELD_MEDIA_ERROR_SOURCE, error->moment.error_source);
  bool is_from_source = strcmp(from ? from : "player", source) == 0;
  return is_from_source ? said(error, MB__FIELD_MEDIA_ERROR_ID, error->moment.error_id) : NULL;
}

static bool collect(const mbc_history *history, const char *source, error_id **ids, size_t *count) {
  for (size_t i = 0; i < history->step_count; i++) {
    const char *text = id_from(&history->steps[i], source);
    if (!text || !*text) continue;
    error_id *list = mbc_list_room(*ids, *count, sizeof *list);
    if (!list) return false;
    *ids = list;
    list[(*count)++] = (error_id){text, i};
  }
  return true;
}

static size_t keep_first(error_id *ids, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (!kept || strcmp(ids[i].text, ids[kept - 1].text) != 0) ids[kept++] = ids[i];
  return kept;
}

void mbc_metrics_write_errors(mb__writer *writer, const mbc_history *history, const char *source) {
  error_id *ids = NULL;
  size_t count = 0;
  if (!collect(history, source, &ids, &count)) writer->failed = true;
  if (count) {
    qsort(ids, count, sizeof *ids, by_text);
    count = keep_first(ids, count);
    qsort(ids, count, sizeof *ids, by_place);
  }
  mb__write_raw(writer, "[");
  for (size_t i = 0; i < count; i++) {
    mbc_element(writer);
    mb__write_text(writer, ids[i].text);
  }
  mb__write_raw(writer, "]");
  free(ids);
}

static void write_list(mb__writer *writer, mbc_metric metric, const mbc_history *history) {
  if (metric == MBC_PLAYER_SDK_ERROR_IDS)
    mbc_metrics_write_errors(writer, history, "player");
  else if (metric == MBC_EXTERNAL_ERROR_IDS)
    mbc_metrics_write_errors(writer, history, "external");
  else
    mb__write_raw(writer, "[]");
}

/* Records. */

static void write_integer_field(mb__writer *writer, const char *name, const mbc_history *history, size_t step,
                                mb__field field) {
  const mb__values *values = &history->steps[step].reading->values;
  mbc_member(writer, name);
  if (values->set[field])
    mb__write_integer(writer, values->value[field].as.integer);
  else
    mb__write_raw(writer, "null");
}

static void write_ending(mb__writer *writer, bool completed, bool skipped, int64_t played) {
  mbc_member_flag(writer, "completed", completed);
  mbc_member_flag(writer, "skipped", skipped);
  mbc_member_integer(writer, "timeSpent", mbc_seconds(played));
  mb__write_raw(writer, "}");
}

static void write_ads(mb__writer *writer, const mbc_history *history) {
  mb__write_raw(writer, "[");
  for (size_t i = 0; i < history->ad_count; i++) {
    const mbc_ad *ad = &history->ads[i];
    if (ad->is_void) continue;
    const mb__values *values = &history->steps[ad->span.from].reading->values;
    mbc_element(writer);
    mb__write_raw(writer, "{");
    mbc_member_text(writer, "id",
                    values->set[MB__FIELD_MEDIA_AD_ID] ? values->value[MB__FIELD_MEDIA_AD_ID].as.text : NULL);
    write_integer_field(writer, "podIndex", history, history->breaks[ad->ad_break].span.from,
                        MB__FIELD_MEDIA_AD_POD_INDEX);
    write_integer_field(writer, "podPosition", history, ad->span.from, MB__FIELD_MEDIA_AD_POD_POSITION);
    write_ending(writer, ad->completed, ad->skipped, ad->played);
  }
  mb__write_raw(writer, "]");
}

static void write_chapters(mb__writer *writer, const mbc_history *history) {
  mb__write_raw(writer, "[");
  for (size_t i = 0; i < history->chapter_count; i++) {
    const mbc_chapter *chapter = &history->chapters[i];
    mbc_element(writer);
    mb__write_raw(writer, "{");
    write_integer_field(writer, "index", history, chapter->span.from, MB__FIELD_MEDIA_CHAPTER_INDEX);
    write_ending(writer, chapter->completed, chapter->skipped, chapter->played);
  }
  mb__write_raw(writer, "]");
}

static void write_states(mb__writer *writer, const mbc_history *history) {
  mb__write_raw(writer, "{");
  for (size_t i = 0; i < history->state_count; i++) {
    mbc_member(writer, history->states[i].name);
    mb__write_raw(writer, "{");
    mbc_member_flag(writer, "set", true);
    mbc_member_integer(writer, "count", history->states[i].count);
    mbc_member_integer(writer, "time", mbc_seconds(history->states[i].time));
    mb__write_raw(writer, "}");
  }
  mb__write_raw(writer, "}");
}

/* Whether starts and completions are flags of each ad, they are counts of the session. */
static void write_metric(mb__writer *writer, mbc_metric metric, const mbc_history *history,
                         const mbc_metrics *metrics) {
  const mbc_metric_row *row = &mbc_metric_rows[metric];
  mbc_member(writer, row->name);
  if (row->kind == MBC_KIND_LIST)
    write_list(writer, metric, history);
  else if (row->kind == MBC_KIND_FLAG && row->level != MBC_LEVEL_SESSION)
    mb__write_integer(writer, metrics->value[metric].count);
  else
    mbc_metrics_write_value(writer, metric, &metrics->value[metric]);
}

static bool is_of_session(mbc_metric metric) { return mbc_metric_rows[metric].level < MBC_LEVEL_STATE; }

void mbc_metrics_write(mb__writer *writer, const mbc_history *history, const mbc_metrics *metrics) {
  mb__write_raw(writer, "{");
  for (int i = 0; i < MBC_METRIC_COUNT; i++)
    if (is_of_session((mbc_metric)i)) write_metric(writer, (mbc_metric)i, history, metrics);
  mbc_member(writer, "ads");
  write_ads(writer, history);
  mbc_member(writer, "chapters");
  write_chapters(writer, history);
  mbc_member(writer, "states");
  write_states(writer, history);
  mb__write_raw(writer, "}");
}

void mbc_metrics_write_milliseconds(mb__writer *writer, const mbc_metrics *metrics) {
  mb__write_raw(writer, "{");
  for (int i = 0; i < MBC_METRIC_COUNT; i++)
    if (is_of_session((mbc_metric)i) && mbc_metric_rows[i].kind == MBC_KIND_DURATION)
      mbc_member_integer(writer, mbc_metric_rows[i].name, metrics->value[i].count);
  mb__write_raw(writer, "}");
}
