/* Owns the lanes of a timeline: everything of a history that has a duration. */
#include "history.h"

static const char *const lane_names[] = {"content", "seek", "adBreak", "ad", "chapter", "state", "bitrate"};

const char *mbc_lane_name(mbc_lane lane) { return lane_names[lane]; }

/* Up to double speed, with a second of slack, is playing. */
enum { SLACK_MS = 1000, STANDS_STILL_MS = 1 };

static bool jumps(mbc_activity activity, int64_t moved, int64_t passed) {
  if (moved >= -STANDS_STILL_MS && moved <= STANDS_STILL_MS) return false;
  if (moved < 0) return true;
  return moved > (activity == MBC_PLAY ? 2 * passed + SLACK_MS : SLACK_MS);
}

bool mbc_history_is_seek(const mbc_history *history, size_t i) {
  if (i + 1 >= history->step_count) return false;
  const mbc_step *step = &history->steps[i];
  bool is_of_content = step->ad < 0 && !step->ghost && step->activity != MBC_IDLE;
  return is_of_content && jumps(step->activity, step[1].playhead - step->playhead, step[1].time - step->time);
}

typedef struct visit {
  const mbc_history *history;
  mbc_span_visitor *show;
  void *user;
} visit;

static bool show(const visit *v, mbc_timeline_span span, mbc_span place) {
  const mbc_step *steps = v->history->steps;
  span.start = steps[place.from].time;
  span.end = steps[place.to].time;
  span.from = steps[place.from].index;
  span.to = steps[place.to].index;
  span.open = place.open;
  return v->show(v->user, &span);
}

static bool is_last(const visit *v, size_t i) { return i + 1 >= v->history->step_count; }
static bool is_open(const visit *v) { return v->history->session.state != MBC_CLOSED; }

/* Runs of steps in which something stays the same, the last one up to the last step. */
static bool show_activities(const visit *v) {
  const mbc_step *steps = v->history->steps;
  for (size_t i = 0, from = 0; i < v->history->step_count; i++) {
    if (!is_last(v, i) && steps[i + 1].activity == steps[from].activity && steps[i + 1].ad == steps[from].ad) continue;
    size_t to = is_last(v, i) ? i : i + 1;
    const mbc_timeline_span span = {.lane = MBC_LANE_CONTENT, .kind = mbc_activity_name(steps[from].activity)};
    if (!show(v, span, (mbc_span){from, to, is_last(v, i) && is_open(v)})) return false;
    from = i + 1;
  }
  return true;
}

static bool show_bitrates(const visit *v) {
  const mbc_step *steps = v->history->steps;
  for (size_t i = 0, from = 0; i < v->history->step_count; i++) {
    if (!is_last(v, i) && steps[i + 1].bitrate == steps[from].bitrate) continue;
    size_t to = is_last(v, i) ? i : i + 1;
    const mbc_timeline_span span = {.lane = MBC_LANE_BITRATE, .kind = "bitrate", .value = steps[from].bitrate};
    if (span.value && !show(v, span, (mbc_span){from, to, is_last(v, i) && is_open(v)})) return false;
    from = i + 1;
  }
  return true;
}

static bool show_seeks(const visit *v) {
  const mbc_timeline_span span = {.lane = MBC_LANE_SEEK, .kind = "seek"};
  for (size_t i = 0; i < v->history->step_count; i++)
    if (mbc_history_is_seek(v->history, i) && !show(v, span, (mbc_span){i, i + 1, false})) return false;
  return true;
}

static const char *text_of(const visit *v, size_t step, mb__field field) {
  const mb__values *values = &v->history->steps[step].reading->values;
  return values->set[field] ? values->value[field].as.text : NULL;
}

static bool show_breaks(const visit *v) {
  for (size_t i = 0; i < v->history->break_count; i++) {
    const mbc_break *shown = &v->history->breaks[i];
    const mbc_timeline_span span = {.lane = MBC_LANE_AD_BREAK,
                                    .kind = shown->valid ? "break" : "void",
                                    .label = text_of(v, shown->span.from, MB__FIELD_MEDIA_AD_POD_FRIENDLY_NAME)};
    if (!show(v, span, shown->span)) return false;
  }
  return true;
}

static const char *kind_of(bool completed, bool skipped) {
  return completed ? "completed" : skipped ? "skipped" : "open";
}

static bool show_ads(const visit *v) {
  for (size_t i = 0; i < v->history->ad_count; i++) {
    const mbc_ad *ad = &v->history->ads[i];
    const char *name = text_of(v, ad->span.from, MB__FIELD_MEDIA_AD_NAME);
    const mbc_timeline_span span = {.lane = MBC_LANE_AD,
                                    .kind = ad->is_void ? "void" : kind_of(ad->completed, ad->skipped),
                                    .label = name ? name : text_of(v, ad->span.from, MB__FIELD_MEDIA_AD_ID)};
    if (!show(v, span, ad->span)) return false;
  }
  return true;
}

static bool show_chapters(const visit *v) {
  for (size_t i = 0; i < v->history->chapter_count; i++) {
    const mbc_chapter *chapter = &v->history->chapters[i];
    const mbc_timeline_span span = {.lane = MBC_LANE_CHAPTER,
                                    .kind = kind_of(chapter->completed, chapter->skipped),
                                    .label = text_of(v, chapter->span.from, MB__FIELD_MEDIA_CHAPTER_FRIENDLY_NAME)};
    if (!show(v, span, chapter->span)) return false;
  }
  return true;
}

static bool show_states(const visit *v) {
  for (size_t i = 0; i < v->history->state_span_count; i++) {
    const mbc_state_span *state = &v->history->state_spans[i];
    const mbc_timeline_span span = {
        .lane = MBC_LANE_STATE, .kind = "state", .label = v->history->states[state->state].name};
    if (!show(v, span, state->span)) return false;
  }
  return true;
}

void mbc_history_each_span(const mbc_history *history, mbc_span_visitor *visitor, void *user) {
  static bool (*const lanes[])(const visit *) = {show_activities, show_seeks,  show_breaks,  show_ads,
                                                 show_chapters,   show_states, show_bitrates};
  const visit v = {history, visitor, user};
  for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++)
    if (!lanes[i](&v)) return;
}
