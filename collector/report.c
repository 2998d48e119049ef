/* Owns the report: a session's members, the sums, and the ratios between them. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "concurrency.h"
#include "lists.h"
#include "members.h"

/* What is kept of a session until the end. */
typedef struct entry {
  char *visitor, *content; /* owned */
  double length;
  int64_t played;
  int64_t start, end;
} entry;

struct mbc_report {
  mb__writer *out;
  int64_t sums[MBC_METRIC_COUNT];
  entry *entries;
  size_t count;
  int64_t sessions; /* entries, and those without any event */
};

static int64_t plus(int64_t one, int64_t other) {
  int64_t sum;
  return __builtin_add_overflow(one, other, &sum) ? INT64_MAX : sum;
}

/* Of a session. */

static const mb__reading *start_of(const mbc_history *history) {
  const mbc_step *first = history->step_count ? &history->steps[0] : NULL;
  return first && first->type == MB__EVENT_SESSION_START ? first->reading : NULL;
}

static const char *text_of(const mbc_history *history, mb__field field) {
  const mb__reading *start = start_of(history);
  return start && start->values.set[field] ? start->values.value[field].as.text : NULL;
}

static const char *primary_in(const mb__json *namespace_ids) {
  for (const mb__json *id = mb__json_first(namespace_ids); id; id = mb__json_next(id)) {
    const mb__json *is_primary = mb__json_get(id, "primary"), *text = mb__json_get(id, "id");
    bool is_known = text && mb__json_text(text) && *mb__json_text(text);
    if (is_known && is_primary && mb__json_flag(is_primary)) return mb__json_text(text);
  }
  return NULL;
}

static const char *primary_identity(const mbc_history *history) {
  const mb__json *map = start_of(history) ? mb__json_get(history->steps[0].tree, "identityMap") : NULL;
  const char *found = NULL;
  for (const mb__json *ids = map ? mb__json_first(map) : NULL; ids && !found; ids = mb__json_next(ids))
    found = primary_in(ids);
  return found;
}

/* An empty id is nobody's: those who have it are not one visitor. */
static const char *visitor_of(const mbc_history *history) {
  static const mb__field ids[] = {MB__FIELD_VISITOR_MARKETING_CLOUD_USER_ID, MB__FIELD_ANALYTICS_VISITOR_ID,
                                  MB__FIELD_ANALYTICS_AID, MB__FIELD_APP_INSTALLATION_ID};
  const char *visitor = primary_identity(history);
  for (size_t i = 0; i < sizeof ids / sizeof *ids && !(visitor && *visitor); i++) visitor = text_of(history, ids[i]);
  return visitor && *visitor ? visitor : history->session.id;
}

static int64_t first_time(const mbc_history *history) { return history->step_count ? history->steps[0].time : 0; }

static int64_t last_time(const mbc_history *history) {
  return history->step_count ? history->steps[history->step_count - 1].time : 0;
}

static void write_times(mb__writer *out, const mbc_history *history) {
  bool any = history->step_count > 0;
  mbc_member(out, "firstEvent");
  any ? mb__write_integer(out, first_time(history)) : mb__write_raw(out, "null");
  mbc_member(out, "lastEvent");
  any ? mb__write_integer(out, last_time(history)) : mb__write_raw(out, "null");
}

static void write_session(mb__writer *out, const mbc_history *history, const mbc_metrics *metrics) {
  const mbc_session *session = &history->session;
  mb__write_raw(out, "{");
  mbc_member_text(out, "id", *session->id ? session->id : NULL);
  mbc_member_text(out, "closeReason", mbc_reason_name(session->reason));
  mbc_member_text(out, "mediaId", text_of(history, MB__FIELD_MEDIA_ID));
  mbc_member_text(out, "mediaName", text_of(history, MB__FIELD_MEDIA_NAME));
  mbc_member_text(out, "contentType", text_of(history, MB__FIELD_MEDIA_CONTENT_TYPE));
  mbc_member_text(out, "playerName", text_of(history, MB__FIELD_MEDIA_PLAYER_NAME));
  mbc_member_text(out, "channel", text_of(history, MB__FIELD_MEDIA_CHANNEL));
  mbc_member_text(out, "visitor", visitor_of(history));
  write_times(out, history);
  mbc_member_integer(out, "events", (int64_t)history->step_count);
  mbc_member_integer(out, "notProcessed", (int64_t)history->other_count);
  mbc_member(out, "metrics");
  mbc_metrics_write(out, history, metrics);
  mbc_member(out, "milliseconds");
  mbc_metrics_write_milliseconds(out, metrics);
  mb__write_raw(out, "}");
}

mb_status mbc_report_session(mb__writer *out, const mbc_history *history) {
  mbc_metrics metrics;
  mb_status status = mbc_metrics_compute(history, &metrics);
  if (status) return status;
  write_session(out, history, &metrics);
  return out->failed ? MB_NO_MEMORY : MB_OK;
}

/* Adding. */

mbc_report *mbc_report_begin(mb__writer *out) {
  mbc_report *report = calloc(1, sizeof *report);
  if (!report) return NULL;
  report->out = out;
  mb__write_raw(out, "{\"sessions\":[");
  return report;
}

static bool copy(char **to, const char *text) {
  *to = text ? mb__copy_text(&mb__c_library, text, strlen(text)) : NULL;
  return *to || !text;
}

static bool keep_entry(mbc_report *report, const mbc_history *history, const mbc_metrics *metrics) {
  entry *entries = mbc_list_room(report->entries, report->count, sizeof *entries);
  if (!entries) return false;
  report->entries = entries;
  entry *kept = &entries[report->count];
  *kept = (entry){.length = history->sent_length,
                  .played = metrics->value[MBC_CONTENT_TIME_SPENT].count,
                  .start = first_time(history),
                  .end = last_time(history)};
  bool good = copy(&kept->visitor, visitor_of(history)) && copy(&kept->content, text_of(history, MB__FIELD_MEDIA_ID));
  report->count++;
  return good;
}

static bool is_summed(mbc_metric metric) {
  mbc_metric_kind kind = mbc_metric_rows[metric].kind;
  return mbc_metric_rows[metric].level < MBC_LEVEL_STATE &&
         (kind == MBC_KIND_FLAG || kind == MBC_KIND_COUNT || kind == MBC_KIND_DURATION);
}

mb_status mbc_report_add(mbc_report *report, const mbc_history *history) {
  mbc_metrics metrics;
  mb_status status = mbc_metrics_compute(history, &metrics);
  if (status) return status;
  if (report->sessions++) mb__write_raw(report->out, ",");
  mb__write_raw(report->out, "\n");
  write_session(report->out, history, &metrics);
  for (int i = 0; i < MBC_METRIC_COUNT; i++) report->sums[i] = plus(report->sums[i], metrics.value[i].count);
  bool good = !history->step_count || keep_entry(report, history, &metrics);
  return good && !report->out->failed ? MB_OK : MB_NO_MEMORY;
}

/* The sums, as their kind shows them. */

static int64_t shown(const mbc_report *report, mbc_metric metric) {
  bool is_duration = mbc_metric_rows[metric].kind == MBC_KIND_DURATION;
  return is_duration ? mbc_seconds(report->sums[metric]) : report->sums[metric];
}

static void write_sums(const mbc_report *report) {
  mbc_member_integer(report->out, mbc_metric_rows[MBC_SESSIONS].name, report->sessions);
  for (int i = 0; i < MBC_METRIC_COUNT; i++)
    if (is_summed((mbc_metric)i))
      mbc_member_integer(report->out, mbc_metric_rows[i].name, shown(report, (mbc_metric)i));
}

/* Ratios: of reported values, so that anybody can check them. */

static const struct {
  mbc_metric ratio, of, to;
} ratios[] = {
    {MBC_AVG_ADS_PER_MEDIA_STREAM, MBC_AD_STARTS, MBC_MEDIA_STARTS},
    {MBC_AVG_CHAPTERS_PER_MEDIA_STREAM, MBC_CHAPTER_STARTS, MBC_MEDIA_STARTS},
    {MBC_AVG_MEDIA_TIME_SPENT, MBC_MEDIA_TIME_SPENT, MBC_MEDIA_STARTS},
    {MBC_AVG_CONTENT_TIME_SPENT, MBC_CONTENT_TIME_SPENT, MBC_CONTENT_STARTS},
    {MBC_AVG_AD_TIME_SPENT, MBC_AD_TIME_SPENT, MBC_AD_STARTS},
    {MBC_AVG_CHAPTER_TIME_SPENT, MBC_CHAPTER_TIME_SPENT, MBC_CHAPTER_STARTS},
    {MBC_MEDIA_COMPLETION_RATE, MBC_CONTENT_COMPLETES, MBC_MEDIA_STARTS},
    {MBC_CONTENT_COMPLETION_RATE, MBC_CONTENT_COMPLETES, MBC_CONTENT_STARTS},
    {MBC_AD_COMPLETION_RATE, MBC_AD_COMPLETES, MBC_AD_STARTS},
    {MBC_CHAPTER_COMPLETION_RATE, MBC_CHAPTER_COMPLETES, MBC_CHAPTER_STARTS},
    {MBC_DROP_BEFORE_START_RATE, MBC_DROPS_BEFORE_START, MBC_MEDIA_STARTS},
    {MBC_CONTENT_PAUSE_DURATION_RATE, MBC_TOTAL_PAUSE_DURATION, MBC_CONTENT_TIME_SPENT},
    {MBC_CONTENT_BUFFER_DURATION_RATE, MBC_TOTAL_BUFFER_DURATION, MBC_CONTENT_TIME_SPENT},
    {MBC_CONTENT_TIME_TO_START_RATE, MBC_TIME_TO_START, MBC_CONTENT_TIME_SPENT},
    {MBC_AD_TIME_SPENT_RATE, MBC_AD_TIME_SPENT, MBC_CONTENT_TIME_SPENT},
};

static void write_ratios(const mbc_report *report) {
  for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
    mbc_member_number(report->out, mbc_metric_rows[ratios[i].ratio].name,
                      (double)shown(report, ratios[i].of) / (double)shown(report, ratios[i].to));
}

/* Contents. */

static int by_content(const void *one, const void *other) {
  const entry *a = one, *b = other;
  return strcmp(a->content ? a->content : "", b->content ? b->content : "");
}

static bool is_same(const entry *one, const entry *other) { return by_content(one, other) == 0; }

/* Sessions that do not agree how long a content is, or do not know: the longest one counts. */
static void write_contents(const mbc_report *report) {
  if (report->count) qsort(report->entries, report->count, sizeof *report->entries, by_content);
  mbc_member(report->out, mbc_metric_rows[MBC_AVERAGE_MINUTE_AUDIENCE_CONTENT].name);
  mb__write_raw(report->out, "{");
  for (size_t i = 0, next; i < report->count; i = next) {
    const entry *first = &report->entries[i];
    int64_t played = 0;
    double length = 0;
    for (next = i; next < report->count && is_same(&report->entries[next], first); next++) {
      played = plus(played, report->entries[next].played);
      if (report->entries[next].length > length) length = report->entries[next].length;
    }
    if (first->content && length > 0)
      mbc_member_number(report->out, first->content, (double)mbc_seconds(played) / length);
  }
  mb__write_raw(report->out, "}");
}

/* Minutes. */

enum { MINUTE_MS = 60000, MOST_MINUTES = 7 * 24 * 60 };

typedef struct peak {
  int64_t minute, value;
} peak;

typedef struct series {
  mb__writer viewers, sessions, seconds;
  peak most_viewers, most_sessions;
  int64_t first, last; /* minutes with somebody */
  int64_t count, left_out;
} series;

static void write_point(mb__writer *points, int64_t minute, int64_t value) {
  mbc_element(points);
  mb__write_raw(points, "[");
  mb__write_integer(points, minute * MINUTE_MS);
  mb__write_raw(points, ",");
  mb__write_integer(points, value);
  mb__write_raw(points, "]");
}

static void raise_peak(peak *p, int64_t minute, int64_t value) {
  if (value > p->value) *p = (peak){minute, value};
}

/* A week of minutes is shown, however long a client's clock says that a session was. */
static bool take_minutes(void *user, const mbc_minutes *minutes) {
  series *s = user;
  if (!s->count && !s->left_out) s->first = minutes->from;
  s->last = minutes->to - 1;
  raise_peak(&s->most_viewers, minutes->from, minutes->viewers);
  raise_peak(&s->most_sessions, minutes->from, minutes->sessions);
  int64_t minute = minutes->from;
  for (; minute < minutes->to && s->count < MOST_MINUTES; minute++, s->count++) {
    write_point(&s->viewers, minute, minutes->viewers);
    write_point(&s->sessions, minute, minutes->sessions);
    write_point(&s->seconds, minute, mbc_seconds(minutes->ms));
  }
  s->left_out += minutes->to - minute;
  return true;
}

static void write_series(mb__writer *out, mbc_metric metric, const mb__writer *points) {
  mbc_member(out, mbc_metric_rows[metric].name);
  mb__write(out, points->bytes, points->size);
  mb__write_raw(out, "]");
  if (points->failed) out->failed = true;
}

static void write_peak(mb__writer *out, const char *name, peak p) {
  mbc_member(out, name);
  mb__write_raw(out, "[");
  mb__write_integer(out, p.minute * MINUTE_MS);
  mb__write_raw(out, ",");
  mb__write_integer(out, p.value);
  mb__write_raw(out, "]");
}

static void write_period(const mbc_report *report, const series *s) {
  int64_t seconds = (s->last - s->first + 1) * (MINUTE_MS / 1000);
  mbc_member_number(report->out, mbc_metric_rows[MBC_AVERAGE_MINUTE_AUDIENCE_PERIOD].name,
                    (double)shown(report, MBC_CONTENT_TIME_SPENT) / (double)seconds);
}

static void write_all_series(const mbc_report *report, const series *s) {
  write_series(report->out, MBC_CONCURRENT_VIEWERS, &s->viewers);
  write_series(report->out, MBC_CONCURRENT_SESSIONS, &s->sessions);
  write_series(report->out, MBC_PLAYBACK_TIME_SPENT, &s->seconds);
  mbc_member_integer(report->out, "minutesLeftOut", s->left_out);
  if (!s->count) return;
  write_peak(report->out, "peakConcurrentViewers", s->most_viewers);
  write_peak(report->out, "peakConcurrentSessions", s->most_sessions);
  write_period(report, s);
}

static mb_status write_minutes(const mbc_report *report) {
  mbc_viewing *viewings = calloc(report->count + 1, sizeof *viewings);
  series s = {.count = 0};
  mb__writer *const all[] = {&s.viewers, &s.sessions, &s.seconds};
  if (!viewings) return MB_NO_MEMORY;
  for (size_t i = 0; i < report->count; i++)
    viewings[i] = (mbc_viewing){report->entries[i].visitor, report->entries[i].start, report->entries[i].end};
  for (int i = 0; i < 3; i++) mb__writer_init(all[i], &mb__c_library);
  for (int i = 0; i < 3; i++) mb__write_raw(all[i], "[");
  bool good = mbc_concurrency(viewings, report->count, take_minutes, &s);
  if (good) write_all_series(report, &s);
  for (int i = 0; i < 3; i++) mb__writer_free(all[i]);
  free(viewings);
  return good ? MB_OK : MB_NO_MEMORY;
}

mb_status mbc_report_end(mbc_report *report) {
  mb__writer *out = report->out;
  mb__write_raw(out, "\n],\n\"total\":{");
  write_sums(report);
  write_ratios(report);
  write_contents(report);
  mb_status status = write_minutes(report);
  mb__write_raw(out, "}}\n");
  for (size_t i = 0; i < report->count; i++) {
    free(report->entries[i].visitor);
    free(report->entries[i].content);
  }
  free(report->entries);
  free(report);
  return out->failed ? MB_NO_MEMORY : status;
}
