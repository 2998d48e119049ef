/* Owns the rules of ads, their breaks, and chapters. */
#include <math.h>

#include "findings_parts.h"

enum { GAP_MS = 250, PREROLL_NEAR_MS = 1000, PREROLL_SOON_MS = 10000 };
static const double OVERLAP_S = 0.5;

static bool is_closed(const mbc_history *history) { return history->session.state == MBC_CLOSED; }

static double number_of(const mbc_step *step, mb__field field) {
  const mb__values *values = step->reading ? &step->reading->values : NULL;
  return values && values->set[field] ? values->value[field].as.number : NAN;
}

/* Breaks. Of one that is open in an open session it is not known yet what it will be. */

static bool is_missing_its_end(const mbc_checking *c, int ad_break) {
  const mbc_break *of = &c->history->breaks[ad_break];
  return !of->valid && (!of->span.open || is_closed(c->history));
}

static void check_bookends(mbc_checking *c) {
  if (c->now->notes & MBC_OUTSIDE_BREAK) mbc_report_at(c, MBC_FINDING_AD_OUTSIDE_BREAK, c->now, NULL);
  if (c->break_begun >= 0 && is_missing_its_end(c, c->break_begun))
    mbc_report_at(c, MBC_FINDING_MISSING_BREAK_END, c->now,
                  c->history->breaks[c->break_begun].span.open ? "content goes on"
                                                               : "the next adBreakStart comes first");
  if (c->now->notes & MBC_NO_OPEN_BREAK) mbc_report_at(c, MBC_FINDING_MISSING_BREAK_START, c->now, NULL);
}

static void check_empty_break(mbc_checking *c) {
  if (c->break_begun < 0) return;
  const mbc_history *history = c->history;
  const mbc_break *begun = &history->breaks[c->break_begun];
  bool has_ads = c->ads < history->ad_count && history->ads[c->ads].ad_break == c->break_begun;
  if (begun->valid && !begun->span.open && !has_ads) mbc_report_at(c, MBC_FINDING_EMPTY_BREAK, c->now, NULL);
}

/* Ads. */

static void check_ad(mbc_checking *c) {
  if (c->now->notes & MBC_NO_OPEN_AD) mbc_report_at(c, MBC_FINDING_MISSING_AD_START, c->now, NULL);
  if (c->ad_begun < 0) return;
  const mbc_ad *ad = &c->history->ads[c->ad_begun];
  const mbc_step *end = &c->history->steps[ad->span.to];
  if (ad->is_void) {
    if (is_missing_its_end(c, ad->ad_break)) mbc_report_at(c, MBC_FINDING_VOID_AD, c->now, NULL);
  } else if (ad->skipped && end->type != MB__EVENT_AD_SKIP) {
    mbc_report_at(c, MBC_FINDING_MISSING_AD_END, c->now, "%s comes first", mbc_step_name(end));
  }
}

static void check_left_open(mbc_checking *c) {
  const mbc_history *history = c->history;
  if (!is_closed(history)) return;
  if (c->break_begun >= 0 && history->breaks[c->break_begun].span.open && history->breaks[c->break_begun].valid)
    mbc_report_at(c, MBC_FINDING_LEFT_OPEN, c->now, "the ad break");
  if (c->ad_begun >= 0 && history->ads[c->ad_begun].span.open && !history->ads[c->ad_begun].is_void)
    mbc_report_at(c, MBC_FINDING_LEFT_OPEN, c->now, "the ad");
  if (c->chapter_begun >= 0 && history->chapters[c->chapter_begun].span.open)
    mbc_report_at(c, MBC_FINDING_LEFT_OPEN, c->now, "the chapter");
}

/* Content at the wrong time. */

static bool is_preroll(const mbc_history *history, const mbc_step *break_start) {
  int64_t from = history->steps[0].playhead, moved = break_start->playhead - from;
  double second = number_of(break_start, MB__FIELD_MEDIA_AD_POD_SECOND);
  bool is_near = moved < PREROLL_NEAR_MS && moved > -PREROLL_NEAR_MS;
  bool is_of_later = second * 1000 >= (double)(from + PREROLL_NEAR_MS); /* not when it does not say */
  return is_near && !is_of_later;
}

static void check_preroll(mbc_checking *c) {
  const mbc_history *history = c->history;
  if (c->at != history->content_start || c->breaks > 0 || history->break_count == 0) return;
  const mbc_step *break_start = &history->steps[history->breaks[0].span.from];
  bool is_soon = break_start->time - c->now->time <= PREROLL_SOON_MS;
  if (is_soon && is_preroll(history, break_start)) mbc_report_at(c, MBC_FINDING_PLAY_BEFORE_PREROLL, c->now, NULL);
}

static bool is_between_ads(const mbc_step *step) { return step && step->ad_break >= 0 && step->ad < 0; }

static void check_between_ads(mbc_checking *c) {
  if (is_between_ads(c->before) && c->before->activity == MBC_PLAY && c->passed > GAP_MS)
    mbc_report_at(c, MBC_FINDING_GAP_IN_BREAK, c->now, "%.3f s", (double)c->passed / 1000);
  if (is_between_ads(c->now) && c->now->type == MB__EVENT_PLAY)
    mbc_report_at(c, MBC_FINDING_PLAY_IN_BREAK, c->now, NULL);
}

/* Chapters. */

static bool overlap(const mbc_step *one, const mbc_step *other) {
  double start = number_of(one, MB__FIELD_MEDIA_CHAPTER_OFFSET),
         next = number_of(other, MB__FIELD_MEDIA_CHAPTER_OFFSET);
  double end = start + number_of(one, MB__FIELD_MEDIA_CHAPTER_LENGTH);
  double last = next + number_of(other, MB__FIELD_MEDIA_CHAPTER_LENGTH);
  bool is_same = start == next && end == last; /* watched again */
  return !is_same && next < end - OVERLAP_S && start < last - OVERLAP_S;
}

static void check_chapter(mbc_checking *c) {
  const mbc_history *history = c->history;
  if (c->now->notes & MBC_NO_OPEN_CHAPTER) mbc_report_at(c, MBC_FINDING_MISSING_CHAPTER_START, c->now, NULL);
  if (c->chapter_begun < 1) return;
  const mbc_span *before = &history->chapters[c->chapter_begun - 1].span;
  if (!before->open && before->to == c->at) mbc_report_at(c, MBC_FINDING_CHAPTERS_OVERLAP, c->now, NULL);
  if (overlap(&history->steps[before->from], c->now)) mbc_report_at(c, MBC_FINDING_CHAPTER_TIMES_OVERLAP, c->now, NULL);
}

mbc_rule *const mbc_rules_of_ads[] = {check_bookends, check_empty_break, check_ad,      check_left_open,
                                      check_preroll,  check_between_ads, check_chapter, NULL};
