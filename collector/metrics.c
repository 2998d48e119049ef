/* Owns the computing of metrics from a history.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/metrics-and-metadata/audio-video-parameters
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/metrics-and-metadata/quality-parameters */
#define _DEFAULT_SOURCE
#include "metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "unique.h"

const mbc_metric_row mbc_metric_rows[MBC_METRIC_COUNT] = {
#define MB_METRIC(id, name, level, kind, unit, analytics, xdm, call, meaning) \
  [MBC_##id] = {name, MBC_LEVEL_##level, MBC_KIND_##kind, unit, analytics, xdm, MBC_CALL_##call, meaning},
#include "metrics.def"
#undef MB_METRIC
};

int64_t mbc_seconds(int64_t ms) { return ms / 1000 + (ms % 1000 >= 500); }

static void set(mbc_metrics *metrics, mbc_metric metric, int64_t count) {
  metrics->value[metric].known = true;
  metrics->value[metric].count = count;
}

static int64_t get(const mbc_metrics *metrics, mbc_metric metric) { return metrics->value[metric].count; }

static bool has_started(const mbc_history *history) { return history->content_start < history->step_count; }

static const mb__reading *start_of(const mbc_history *history) {
  const mbc_step *first = history->step_count ? &history->steps[0] : NULL;
  return first && first->type == MB__EVENT_SESSION_START ? first->reading : NULL;
}

static void count_activities(const mbc_history *history, mbc_metrics *metrics) {
  for (size_t i = 0; i + 1 < history->step_count; i++)
    metrics->activity[history->steps[i].activity] += history->steps[i + 1].time - history->steps[i].time;
}

/* Starts and ends. */

static bool is_authorized(const mb__reading *start) {
  mb__field field = MB__FIELD_MEDIA_PASS_AUTH;
  return start && start->values.set[field] && strcasecmp(start->values.value[field].as.text, "true") == 0;
}

static void set_starts(const mbc_history *history, mbc_metrics *metrics) {
  const mb__reading *start = start_of(history);
  bool resumes = start && start->moment.resume, started = has_started(history);
  set(metrics, MBC_MEDIA_STARTS, !resumes);
  set(metrics, MBC_CONTENT_RESUMES, resumes);
  set(metrics, MBC_CONTENT_STARTS, started);
  set(metrics, MBC_CONTENT_SEGMENT_VIEWS, started);
  set(metrics, MBC_DROPS_BEFORE_START, !started);
  set(metrics, MBC_CONTENT_COMPLETES, history->complete);
  set(metrics, MBC_AUTHORIZED, is_authorized(start));
  set(metrics, MBC_FEDERATED, false);
  set(metrics, MBC_DOWNLOADED, history->session.downloaded);
}

static void set_segment(const mbc_history *history, mbc_metrics *metrics) {
  enum { MINUTES = 5 };
  const int64_t step = MINUTES * 60000;
  int64_t min = INT64_MAX, max = 0;
  for (size_t i = history->content_start; i < history->step_count; i++) {
    const mbc_step *s = &history->steps[i];
    if (s->ad >= 0) continue;
    if (s->playhead < min) min = s->playhead;
    if (s->playhead > max) max = s->playhead;
  }
  mbc_value *segment = &metrics->value[MBC_CONTENT_SEGMENT];
  segment->known = has_started(history);
  if (!segment->known) return;
  int64_t from = min / step * MINUTES, to = (max + step - 1) / step * MINUTES;
  if (to <= from) to = from + MINUTES;
  snprintf(segment->text, sizeof segment->text, "[%" PRId64 "-%" PRId64 "]", from, to);
}

/* As soon as an event has a playhead there, however it came there. */
static bool is_reached(const mbc_history *history, int64_t marker) {
  for (size_t i = history->content_start; i < history->step_count; i++)
    if (history->steps[i].playhead * 100 >= marker) return true;
  return false;
}

/* Only by playing. */
static bool is_passed(const mbc_history *history, int64_t marker) {
  for (size_t i = 0; i + 1 < history->step_count; i++) {
    const mbc_step *step = &history->steps[i];
    bool is_between = step->playhead * 100 < marker && step[1].playhead * 100 >= marker;
    if (is_between && mbc_unique_is_continuous(history, i)) return true;
  }
  return false;
}

static void set_progress(const mbc_history *history, mbc_metrics *metrics) {
  static const struct {
    mbc_metric metric;
    int percent;
  } markers[] = {{MBC_PROGRESS_10, 10},
                 {MBC_PROGRESS_25, 25},
                 {MBC_PROGRESS_50, 50},
                 {MBC_PROGRESS_75, 75},
                 {MBC_PROGRESS_95, 95}};
  for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
    int64_t marker = markers[i].percent * history->length; /* hundredths of ms */
    bool is_there = history->choices.passed_markers ? is_passed(history, marker) : is_reached(history, marker);
    set(metrics, markers[i].metric, history->length > 0 && is_there);
  }
}

/* Time. */

static int64_t since_last_call(const mbc_history *history) {
  const mbc_session *session = &history->session;
  if (session->downloaded || history->complete || session->reason == MBC_SESSION_END) return 0;
  int64_t ms = history->now - session->last_event_at;
  return ms > 0 ? ms : 0;
}

static void set_audience(const mbc_history *history, mbc_metrics *metrics) {
  mbc_value *audience = &metrics->value[MBC_AVERAGE_MINUTE_AUDIENCE];
  audience->number = (double)mbc_seconds(get(metrics, MBC_CONTENT_TIME_SPENT)) / history->sent_length;
  audience->known = history->sent_length > 0 && isfinite(audience->number);
}

static mb_status set_times(const mbc_history *history, mbc_metrics *metrics) {
  int64_t unique;
  const int64_t *activity = metrics->activity;
  if (!mbc_unique_played(history, &unique)) return MB_NO_MEMORY;
  set(metrics, MBC_CONTENT_TIME_SPENT, activity[MBC_PLAY]);
  set(metrics, MBC_MEDIA_TIME_SPENT, activity[MBC_PLAY] + activity[MBC_AD_PLAY]);
  set(metrics, MBC_UNIQUE_TIME_PLAYED, unique);
  set(metrics, MBC_ESTIMATED_STREAMS, mbc_seconds(get(metrics, MBC_MEDIA_TIME_SPENT)) / 1800 + 1);
  set(metrics, MBC_SECONDS_SINCE_LAST_CALL, since_last_call(history));
  set_audience(history, metrics);
  return MB_OK;
}

/* How often, whether at all, and how long. */
static void set_interruption(mbc_metrics *metrics, mbc_metric times, mbc_metric any, int64_t count) {
  set(metrics, times, count);
  set(metrics, any, count > 0);
}

static void set_interruptions(const mbc_history *history, mbc_metrics *metrics) {
  set_interruption(metrics, MBC_PAUSE_EVENTS, MBC_PAUSED_IMPACTED_STREAMS, history->pauses);
  set_interruption(metrics, MBC_BUFFER_EVENTS, MBC_BUFFER_IMPACTED_STREAMS, history->buffers);
  set_interruption(metrics, MBC_STALL_EVENTS, MBC_STALL_IMPACTED_STREAMS, (int64_t)history->stall_count);
  set(metrics, MBC_TOTAL_PAUSE_DURATION, metrics->activity[MBC_PAUSE]);
  set(metrics, MBC_TOTAL_BUFFER_DURATION, metrics->activity[MBC_BUFFER]);
  set(metrics, MBC_TOTAL_STALLING_DURATION, metrics->activity[MBC_STALL]);
}

/* Quality. */

enum { BITRATE, DROPPED_FRAMES, FRAMES_PER_SECOND, TIME_TO_START }; /* order of mb__qoe */

static const mbc_step *last_with(const mbc_history *history, int quality) {
  for (size_t i = history->step_count; i-- > 0;)
    if (history->steps[i].qoe.present & 1u << quality) return &history->steps[i];
  return NULL;
}

static int64_t count_type(const mbc_history *history, mb__event_type type) {
  int64_t count = 0;
  for (size_t i = 0; i < history->step_count; i++) count += history->steps[i].type == type;
  return count;
}

/* Bitrates and times of a batch may be as large as a client likes. */
__extension__ typedef __int128 wide;

static void set_bitrate(const mbc_history *history, mbc_metrics *metrics) {
  wide weighted = 0, weight = 0;
  for (size_t i = 0; i + 1 < history->step_count; i++) {
    const mbc_step *step = &history->steps[i];
    if (step->activity != MBC_PLAY || !step->bitrate) continue;
    wide passed = step[1].time - step->time;
    weighted += passed * step->bitrate;
    weight += passed;
  }
  mbc_value *average = &metrics->value[MBC_AVERAGE_BITRATE], *bucket = &metrics->value[MBC_AVERAGE_BITRATE_BUCKET];
  average->known = bucket->known = weight > 0;
  if (weight <= 0) return;
  average->count = (int64_t)((2 * weighted + weight) / (2 * weight));
  average->number = (double)average->count;
  int64_t hundred = average->count / 100 * 100;
  snprintf(bucket->text, sizeof bucket->text, "%" PRId64 "-%" PRId64, hundred, hundred + 99);
}

static void set_quality(const mbc_history *history, mbc_metrics *metrics) {
  const mbc_step *dropped = last_with(history, DROPPED_FRAMES), *started = last_with(history, TIME_TO_START);
  int64_t frames = dropped ? dropped->qoe.value[DROPPED_FRAMES] : 0;
  set(metrics, MBC_TIME_TO_START, started ? started->qoe.value[TIME_TO_START] : 0);
  set(metrics, MBC_DROPPED_FRAMES, frames);
  metrics->value[MBC_DROPPED_FRAMES].known = dropped != NULL;
  set(metrics, MBC_DROPPED_FRAME_IMPACTED_STREAMS, frames > 0);
  set_interruption(metrics, MBC_BITRATE_CHANGES, MBC_BITRATE_CHANGE_IMPACTED_STREAMS,
                   count_type(history, MB__EVENT_BITRATE_CHANGE));
  set_interruption(metrics, MBC_ERROR_EVENTS, MBC_ERROR_IMPACTED_STREAMS, count_type(history, MB__EVENT_ERROR));
  set_bitrate(history, metrics);
}

/* Ads and chapters. */

static void set_ads(const mbc_history *history, mbc_metrics *metrics) {
  int64_t starts = 0, completes = 0, played = 0;
  for (size_t i = 0; i < history->ad_count; i++) {
    const mbc_ad *ad = &history->ads[i];
    if (ad->is_void) continue;
    starts++;
    completes += ad->completed;
    played += ad->played;
  }
  set(metrics, MBC_AD_COUNT, starts);
  set(metrics, MBC_AD_STARTS, starts);
  set(metrics, MBC_AD_COMPLETES, completes);
  set(metrics, MBC_AD_TIME_SPENT, played);
}

static void set_chapters(const mbc_history *history, mbc_metrics *metrics) {
  int64_t starts = (int64_t)history->chapter_count, completes = 0, played = 0;
  for (size_t i = 0; i < history->chapter_count; i++) {
    completes += history->chapters[i].completed;
    played += history->chapters[i].played;
  }
  set(metrics, MBC_CHAPTER_COUNT, starts);
  set(metrics, MBC_CHAPTER_STARTS, starts);
  set(metrics, MBC_CHAPTER_COMPLETES, completes);
  set(metrics, MBC_CHAPTER_TIME_SPENT, played);
}

mb_status mbc_metrics_compute(const mbc_history *history, mbc_metrics *metrics) {
  memset(metrics, 0, sizeof *metrics);
  count_activities(history, metrics);
  set_starts(history, metrics);
  set_segment(history, metrics);
  set_progress(history, metrics);
  set_interruptions(history, metrics);
  set_quality(history, metrics);
  set_ads(history, metrics);
  set_chapters(history, metrics);
  return set_times(history, metrics);
}
