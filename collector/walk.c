/* Owns the walk over a session's steps: what each event does to content, ads and chapters, and what the time after
 * it is. Content and ads have states of their own: behind an ad, content goes on as it was before.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-event-types
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/events/ads/overview */
#include "history_parts.h"
#include "lists.h"

enum { GHOST_LEAVES_MS = 1000 };

typedef struct walk {
  mbc_history *history;
  size_t at;               /* the step under way */
  mbc_activity content;    /* idle, play, pause or buffer */
  mbc_activity of_ad;      /* the same of the open ad, which is never idle */
  int breaks;              /* so many have begun */
  int ad_break, ad;        /* open and counted; -1: none */
  int void_break, void_ad; /* open and not counted */
  bool ghost;              /* an ignored ad runs */
  int64_t ghost_playhead;  /* where it began */
  int chapter;
  int64_t bitrate;
} walk;

static mbc_step *step_of(walk *w) { return &w->history->steps[w->at]; }
static mbc_activity *state_of(walk *w) { return w->ad >= 0 ? &w->of_ad : &w->content; }

/* Playback. */

static bool take_play(walk *w) {
  bool is_first = w->ad < 0 && w->history->content_start == w->history->step_count;
  if (is_first) w->history->content_start = w->at;
  *state_of(w) = MBC_PLAY;
  return true;
}

static void enter(walk *w, mbc_activity activity, int64_t *times) {
  if (*state_of(w) != activity) ++*times;
  *state_of(w) = activity;
}

static bool take_pause(walk *w) {
  enter(w, MBC_PAUSE, &w->history->pauses);
  return true;
}

static bool take_buffer(walk *w) {
  enter(w, MBC_BUFFER, &w->history->buffers);
  return true;
}

static bool take_complete(walk *w) {
  w->history->complete = true;
  w->content = MBC_IDLE;
  return true;
}

/* Ads. */

static bool open_ad(walk *w, int ad_break, bool is_void, int *ad) {
  mbc_history *history = w->history;
  mbc_ad *ads = mbc_list_room(history->ads, history->ad_count, sizeof *ads);
  if (!ads) return false;
  history->ads = ads;
  *ad = (int)history->ad_count++;
  ads[*ad] = (mbc_ad){.span = {w->at, w->at, true}, .ad_break = ad_break, .is_void = is_void};
  return true;
}

typedef enum ending { COMPLETED, SKIPPED } ending;

static void close_ad(walk *w, int *ad, ending how) {
  if (*ad < 0) return;
  mbc_ad *closed = &w->history->ads[*ad];
  closed->span.to = w->at;
  closed->span.open = false;
  closed->completed = how == COMPLETED;
  closed->skipped = how == SKIPPED;
  *ad = -1;
}

static bool take_break_start(walk *w) {
  int ad_break = w->breaks++;
  bool valid = w->history->breaks[ad_break].valid;
  w->ghost = false;
  close_ad(w, &w->void_ad, SKIPPED);
  close_ad(w, &w->ad, SKIPPED); /* of a break that counts without its end */
  w->ad_break = valid ? ad_break : -1;
  w->void_break = valid ? -1 : ad_break;
  if (!valid) step_of(w)->notes |= MBC_MISSING_BOOKEND;
  return true;
}

static bool take_break_complete(walk *w) {
  if (w->ad_break < 0) step_of(w)->notes |= MBC_NO_OPEN_BREAK;
  w->ghost = false;
  close_ad(w, &w->ad, SKIPPED);
  w->ad_break = -1;
  return true;
}

static bool ignore_ad_start(walk *w) {
  w->ghost = true;
  w->ghost_playhead = step_of(w)->playhead;
  step_of(w)->notes |= w->void_break >= 0 ? MBC_MISSING_BOOKEND : MBC_OUTSIDE_BREAK;
  close_ad(w, &w->void_ad, SKIPPED);
  return w->void_break < 0 || open_ad(w, w->void_break, true, &w->void_ad);
}

static bool take_ad_start(walk *w) {
  if (w->ad_break < 0) return ignore_ad_start(w);
  close_ad(w, &w->ad, SKIPPED);
  w->of_ad = MBC_PLAY;
  return open_ad(w, w->ad_break, false, &w->ad);
}

static void end_ad(walk *w, ending how) {
  if (w->void_ad >= 0)
    step_of(w)->notes |= MBC_MISSING_BOOKEND;
  else if (w->ghost)
    step_of(w)->notes |= MBC_OUTSIDE_BREAK;
  else if (w->ad < 0)
    step_of(w)->notes |= MBC_NO_OPEN_AD;
  w->ghost = false;
  close_ad(w, &w->void_ad, how);
  close_ad(w, &w->ad, how);
}

static bool take_ad_complete(walk *w) {
  end_ad(w, COMPLETED);
  return true;
}

static bool take_ad_skip(walk *w) {
  end_ad(w, SKIPPED);
  return true;
}

/* Chapters. */

static void close_chapter(walk *w, ending how) {
  mbc_chapter *closed = &w->history->chapters[w->chapter];
  closed->span.to = w->at;
  closed->span.open = false;
  closed->completed = how == COMPLETED;
  closed->skipped = how == SKIPPED;
  w->chapter = -1;
}

static bool take_chapter_start(walk *w) {
  mbc_history *history = w->history;
  if (w->chapter >= 0) close_chapter(w, SKIPPED);
  mbc_chapter *chapters = mbc_list_room(history->chapters, history->chapter_count, sizeof *chapters);
  if (!chapters) return false;
  history->chapters = chapters;
  w->chapter = (int)history->chapter_count++;
  chapters[w->chapter] = (mbc_chapter){.span = {w->at, w->at, true}};
  return true;
}

static void end_chapter(walk *w, ending how) {
  if (w->chapter < 0)
    step_of(w)->notes |= MBC_NO_OPEN_CHAPTER;
  else
    close_chapter(w, how);
}

static bool take_chapter_complete(walk *w) {
  end_chapter(w, COMPLETED);
  return true;
}

static bool take_chapter_skip(walk *w) {
  end_chapter(w, SKIPPED);
  return true;
}

static bool take_states(walk *w) { return mbc_states_take(w->history, w->at); }

/* What each event does; the others do nothing but pass time. */
static bool (*const effects[MB__EVENT_COUNT])(walk *w) = {
    [MB__EVENT_PLAY] = take_play,
    [MB__EVENT_PAUSE_START] = take_pause,
    [MB__EVENT_BUFFER_START] = take_buffer,
    [MB__EVENT_AD_BREAK_START] = take_break_start,
    [MB__EVENT_AD_BREAK_COMPLETE] = take_break_complete,
    [MB__EVENT_AD_START] = take_ad_start,
    [MB__EVENT_AD_COMPLETE] = take_ad_complete,
    [MB__EVENT_AD_SKIP] = take_ad_skip,
    [MB__EVENT_CHAPTER_START] = take_chapter_start,
    [MB__EVENT_CHAPTER_COMPLETE] = take_chapter_complete,
    [MB__EVENT_CHAPTER_SKIP] = take_chapter_skip,
    [MB__EVENT_STATE_START] = take_states,
    [MB__EVENT_STATE_END] = take_states,
    [MB__EVENT_STATES_UPDATE] = take_states,
    [MB__EVENT_SESSION_COMPLETE] = take_complete,
};

/* 0 is what clients say that do not know. */
static void take_quality(walk *w) {
  enum { BITRATE = 0 };
  const mb__qoe *qoe = &step_of(w)->qoe;
  if (qoe->present & 1u << BITRATE && qoe->value[BITRATE] > 0) w->bitrate = qoe->value[BITRATE];
}

static void lay_ghost(walk *w) {
  int64_t moved = step_of(w)->playhead - w->ghost_playhead;
  if (moved > GHOST_LEAVES_MS || moved < -GHOST_LEAVES_MS) w->ghost = false;
}

static void leave_state(walk *w) {
  mbc_step *step = step_of(w);
  mbc_activity activity = *state_of(w);
  step->activity = w->ad >= 0 && activity == MBC_PLAY ? MBC_AD_PLAY : activity;
  step->content = w->content;
  step->ghost = w->ghost;
  step->ad_break = w->ad_break;
  step->ad = w->ad;
  step->chapter = w->chapter;
  step->bitrate = w->bitrate;
}

/* What is open at the close ends with the last event. */
static void end_open(walk *w) {
  mbc_history *history = w->history;
  w->at = history->step_count - 1;
  if (w->ad >= 0) history->ads[w->ad].span.to = w->at;
  if (w->void_ad >= 0) history->ads[w->void_ad].span.to = w->at;
  if (w->chapter >= 0) history->chapters[w->chapter].span.to = w->at;
  mbc_states_end(history);
}

bool mbc_walk(mbc_history *history) {
  walk w = {.history = history, .ad_break = -1, .ad = -1, .void_break = -1, .void_ad = -1, .chapter = -1};
  history->content_start = history->step_count;
  for (; w.at < history->step_count; w.at++) {
    take_quality(&w);
    lay_ghost(&w);
    bool (*effect)(walk *) = effects[step_of(&w)->type];
    if (effect && !effect(&w)) return false;
    leave_state(&w);
  }
  if (history->step_count) end_open(&w);
  return true;
}
