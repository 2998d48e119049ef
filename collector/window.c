/* Owns the window in which events wait to be put in order. */
#include <stdlib.h>

#include "history_parts.h"

enum { WINDOW_MS = 5000, MOST_WAITING = 10 };

typedef struct window {
  mbc_history *history;
  mbc_step waiting[MOST_WAITING + 1]; /* sorted by ts, equal ones by arrival */
  size_t count;
  int64_t opened_at;
  bool ended; /* a sessionEnd was processed */
} window;

static void leave_out(mbc_history *history, mbc_step step, unsigned why) {
  step.notes |= why;
  history->others[history->other_count++] = step;
}

/* Time never goes back. */
static void come_after(mbc_step *step, const mbc_step *last) {
  if (step->ts == last->ts) step->notes |= MBC_EQUAL_TS;
  if (step->ts >= last->time) return;
  step->notes = (step->notes | MBC_LATE) & ~(unsigned)MBC_EQUAL_TS;
  step->time = last->time;
}

static void process(mbc_history *history, mbc_step step) {
  step.time = step.ts;
  if (history->step_count) come_after(&step, &history->steps[history->step_count - 1]);
  history->steps[history->step_count++] = step;
}

static void release(window *w, unsigned notes) {
  for (size_t i = 0; i < w->count; i++) {
    w->waiting[i].notes |= notes;
    if (w->ended) {
      leave_out(w->history, w->waiting[i], MBC_IS_AFTER_END);
      continue;
    }
    process(w->history, w->waiting[i]);
    w->ended = w->waiting[i].type == MB__EVENT_SESSION_END;
  }
  w->count = 0;
}

static void put(window *w, const mbc_step *step) {
  size_t at = w->count++;
  for (; at > 0 && w->waiting[at - 1].ts > step->ts; at--) w->waiting[at] = w->waiting[at - 1];
  w->waiting[at] = *step;
}

/* Without a window: what opens the session, and what has its order already. */
static bool goes_through(const window *w, const mbc_step *step) {
  return w->history->session.downloaded || step->type == MB__EVENT_SESSION_START;
}

static void take(window *w, const mbc_step *step) {
  if (w->count && step->received_at - w->opened_at >= WINDOW_MS) release(w, 0);
  if (!w->count) w->opened_at = step->received_at;
  put(w, step);
  bool is_released = w->count > MOST_WAITING || step->type == MB__EVENT_SESSION_END || goes_through(w, step);
  if (is_released) release(w, 0);
}

static bool is_closed(const mbc_history *history) { return history->session.state == MBC_CLOSED; }

static int by_index(const void *one, const void *other) {
  const mbc_step *a = one, *b = other;
  return (a->index > b->index) - (a->index < b->index);
}

void mbc_window_order(mbc_history *history, const mbc_arrivals *arrivals) {
  enum { NOT_PROCESSED = MBC_IS_DUPLICATE | MBC_IS_AFTER_END | MBC_IS_UNREADABLE };
  window w = {.history = history};
  for (size_t i = 0; i < arrivals->count; i++) {
    const mbc_step *step = &arrivals->steps[i];
    if (step->notes & NOT_PROCESSED)
      leave_out(history, *step, 0);
    else if (w.ended)
      leave_out(history, *step, MBC_IS_AFTER_END);
    else
      take(&w, step);
  }
  bool is_over = is_closed(history) || history->now - w.opened_at >= WINDOW_MS;
  release(&w, is_over ? 0 : MBC_WAITING);
  if (history->other_count) qsort(history->others, history->other_count, sizeof *history->others, by_index);
}
