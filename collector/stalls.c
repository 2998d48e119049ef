/* Owns stalls: content that should play while the playhead of three samples or more is the same. Samples are play and
 * ping; other events often have the playhead of their neighbours for other reasons.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/metrics-and-metadata/quality-parameters */
#include "history_parts.h"
#include "lists.h"

enum { STANDS_STILL_MS = 1, FEWEST_SAMPLES = 3 };

typedef struct run {
  size_t first, last; /* steps */
  size_t samples;
} run;

static bool stands_still(int64_t one, int64_t other) {
  return one - other <= STANDS_STILL_MS && other - one <= STANDS_STILL_MS;
}

static bool end_run(mbc_history *history, run *r) {
  bool is_stall = r->samples >= FEWEST_SAMPLES;
  r->samples = 0;
  if (!is_stall) return true;
  mbc_span *stalls = mbc_list_room(history->stalls, history->stall_count, sizeof *stalls);
  if (!stalls) return false;
  history->stalls = stalls;
  stalls[history->stall_count++] = (mbc_span){r->first, r->last, false};
  for (size_t i = r->first; i < r->last; i++) history->steps[i].activity = MBC_STALL;
  return true;
}

static bool take_sample(mbc_history *history, run *r, size_t i) {
  const mbc_step *steps = history->steps;
  bool goes_on = r->samples && stands_still(steps[i].playhead, steps[r->first].playhead);
  if (!goes_on) {
    if (!end_run(history, r)) return false;
    r->first = i;
  }
  r->last = i;
  r->samples++;
  return true;
}

static bool take_step(mbc_history *history, run *r, size_t i) {
  const mbc_step *step = &history->steps[i];
  bool should_move = step->ad < 0 && step->content == MBC_PLAY && !step->ghost;
  if (!should_move) return end_run(history, r);
  bool is_sample = step->type == MB__EVENT_PLAY || step->type == MB__EVENT_PING;
  return !is_sample || take_sample(history, r, i);
}

bool mbc_stalls_find(mbc_history *history) {
  run r = {.samples = 0};
  for (size_t i = 0; i < history->step_count; i++)
    if (!take_step(history, &r, i)) return false;
  return end_run(history, &r);
}
