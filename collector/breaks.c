/* Owns ad breaks: which of them count. A break without its end is void, unless the viewer left in the middle of it.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/events/ads/overview */
#include "history_parts.h"
#include "lists.h"

enum { STANDS_STILL_MS = 1000 };

static bool add_break(mbc_history *history, size_t from) {
  mbc_break *breaks = mbc_list_room(history->breaks, history->break_count, sizeof *breaks);
  if (!breaks) return false;
  history->breaks = breaks;
  breaks[history->break_count++] = (mbc_break){.span = {from, from, true}};
  return true;
}

static void end_break(mbc_break *open, size_t to, bool valid) {
  open->span.to = to;
  open->span.open = false;
  open->valid = valid;
}

/* Content that goes on behind an open break shows that its end is missing. */
static bool was_abandoned(const mbc_history *history, size_t from) {
  if (history->live || history->choices.lenient_bookends) return true;
  int64_t playhead = history->steps[from].playhead;
  for (size_t i = from; i < history->step_count; i++) {
    int64_t moved = history->steps[i].playhead - playhead;
    if (moved > STANDS_STILL_MS || moved < -STANDS_STILL_MS) return false;
  }
  return true;
}

static bool take_step(mbc_history *history, size_t i) {
  mbc_break *last = history->break_count ? &history->breaks[history->break_count - 1] : NULL;
  bool is_open = last && last->span.open;
  switch (history->steps[i].type) {
    case MB__EVENT_AD_BREAK_START:
      if (is_open) end_break(last, i, history->choices.lenient_bookends);
      return add_break(history, i);
    case MB__EVENT_AD_BREAK_COMPLETE:
      if (is_open) end_break(last, i, true);
      return true;
    default: return true;
  }
}

bool mbc_breaks_find(mbc_history *history) {
  for (size_t i = 0; i < history->step_count; i++)
    if (!take_step(history, i)) return false;
  mbc_break *last = history->break_count ? &history->breaks[history->break_count - 1] : NULL;
  if (!last || !last->span.open) return true;
  last->span.to = history->step_count - 1;
  last->valid = was_abandoned(history, last->span.from);
  return true;
}
