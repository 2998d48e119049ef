/* Owns the rules of playheads. Where a viewer seeks, a playhead jumps; these are about such that run. */
#include "findings_parts.h"

enum { BEYOND_MS = 1000, RUNS_MS = 500, MOVES_IN_AD_MS = 1000, NEVER_MOVES_MS = 30000 };

/* From half to double speed. */
static bool runs(const mbc_checking *c) {
  return c->moved >= RUNS_MS && c->moved >= c->passed / 2 && c->moved <= c->passed * 2;
}

static void check_range(mbc_checking *c) {
  const mbc_history *history = c->history;
  bool is_beyond = !history->live && history->length > 0 && c->now->playhead > history->length + BEYOND_MS;
  if (c->now->sent_playhead < 0) mbc_report_at(c, MBC_FINDING_PLAYHEAD_NEGATIVE, c->now, "%g s", c->now->sent_playhead);
  if (is_beyond && !c->is_beyond)
    mbc_report_at(c, MBC_FINDING_PLAYHEAD_BEYOND, c->now, "%g s of %g s", c->now->sent_playhead, history->sent_length);
  c->is_beyond = is_beyond;
}

static bool is_halted(const mbc_step *step) {
  return step && step->ad < 0 && (step->activity == MBC_PAUSE || step->activity == MBC_BUFFER);
}

static void check_pause(mbc_checking *c) {
  bool lasts = is_halted(c->before) && is_halted(c->now) && c->before->activity == c->now->activity;
  bool is_found = lasts && runs(c);
  if (is_found && !c->runs_in_pause)
    mbc_report_at(c, MBC_FINDING_MOVES_IN_PAUSE, c->now, "by %.3f s in %.3f s", (double)c->moved / 1000,
                  (double)c->passed / 1000);
  c->runs_in_pause = lasts && (c->runs_in_pause || is_found);
}

/* Content that has not begun; an ad that is ignored is none. */
static bool has_not_begun(const mbc_step *step) {
  return step && step->activity == MBC_IDLE && step->ad_break < 0 && !step->ghost;
}

static void check_without_play(mbc_checking *c) {
  bool lasts = has_not_begun(c->before) && has_not_begun(c->now) && !c->is_complete;
  bool is_found = lasts && runs(c);
  if (is_found && !c->runs_without_play)
    mbc_report_at(c, MBC_FINDING_CONTENT_WITHOUT_PLAY, c->now, "the playhead moves by %.3f s in %.3f s",
                  (double)c->moved / 1000, (double)c->passed / 1000);
  c->runs_without_play = lasts && (c->runs_without_play || is_found);
}

static void check_ad(mbc_checking *c) {
  bool is_same = c->before && c->now->ad >= 0 && c->before->ad == c->now->ad;
  bool moves = c->moved > MOVES_IN_AD_MS || c->moved < -MOVES_IN_AD_MS;
  if (!is_same || !moves || c->moves_in_ad == c->now->ad + 1) return;
  c->moves_in_ad = c->now->ad + 1;
  mbc_report_at(c, MBC_FINDING_MOVES_IN_AD, c->now, "by %.3f s", (double)c->moved / 1000);
}

static void check_stall(mbc_checking *c) {
  if (c->stall_begun < 0) return;
  const mbc_span *stall = &c->history->stalls[c->stall_begun];
  const mbc_step *steps = c->history->steps;
  mbc_report_at(c, MBC_FINDING_STALL, c->now, "for %.3f s",
                (double)(steps[stall->to].time - steps[stall->from].time) / 1000);
}

static bool never_moves(const mbc_history *history) {
  int64_t should_move = 0;
  for (size_t i = 0; i + 1 < history->step_count; i++) {
    const mbc_step *step = &history->steps[i];
    bool plays = step->activity == MBC_PLAY || step->activity == MBC_STALL;
    if (step[1].playhead != step->playhead) return false;
    if (plays) should_move += step[1].time - step->time;
  }
  return should_move >= NEVER_MOVES_MS;
}

static void check_all(mbc_checking *c) {
  if (c->at == c->history->content_start && never_moves(c->history))
    mbc_report_at(c, MBC_FINDING_NEVER_MOVES, c->now, "%g s", c->now->sent_playhead);
}

mbc_rule *const mbc_rules_of_playheads[] = {check_range, check_pause, check_without_play, check_ad, check_stall,
                                            check_all,   NULL};
