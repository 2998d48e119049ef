/* Owns the wait for a pre-roll: a play that comes just before the first ad break must not count as content start. */
#include "beat.h"
#include "details.h"
#include "rules.h"

enum { MOST_CALLS = 4096 };

static bool releases(const mb_tracker *tracker, const mb__call *call) {
  return call->now >= tracker->state.waits_until || call->type == MB__CALL_AD_BREAK_START ||
         call->type == MB__CALL_COMPLETE || call->type == MB__CALL_SESSION_END || tracker->preroll_count >= MOST_CALLS;
}

static mb_status keep(mb_tracker *tracker, const mb__call *call) {
  mb__call *copy = mb__call_copy(&tracker->client->memory, call);
  if (!copy) return mb__fail(tracker->client, MB_NO_MEMORY, "%s: out of memory", mb__call_name(call->type));
  if (tracker->preroll_last)
    tracker->preroll_last->next = copy;
  else
    tracker->preroll_first = copy;
  tracker->preroll_last = copy;
  tracker->preroll_count++;
  return MB_OK;
}

static double last_playhead(const mb_tracker *tracker) {
  double playhead = tracker->state.playhead;
  for (const mb__call *call = tracker->preroll_first; call; call = call->next)
    if (call->type == MB__CALL_PLAYHEAD && call->as.playhead >= 0) playhead = call->as.playhead;
  return playhead;
}

/* What the player says now belongs to this call, not to the moment at which it is worked off. */
static mb_status keep_details(mb_tracker *tracker, const mb__call *call) {
  if (!tracker->details.ask) return MB_OK;
  double playhead = last_playhead(tracker);
  mb__qoe qoe = {.present = 0};
  mb__details_ask(tracker->client, tracker->player, &tracker->details, &playhead, &qoe);
  const mb__call at = {.type = MB__CALL_PLAYHEAD, .now = call->now, .as.playhead = playhead};
  mb_status status = keep(tracker, &at);
  if (status || !qoe.present) return status;
  const mb_qoe_info info = {.size = sizeof info,
                            .bitrate = (double)qoe.value[0],
                            .dropped_frames = (double)qoe.value[1],
                            .fps = (double)qoe.value[2],
                            .startup_time = (double)qoe.value[3]};
  const mb__call quality = {.type = MB__CALL_QOE, .now = call->now, .as.qoe = info};
  return keep(tracker, &quality);
}

static void drop_first(mb_tracker *tracker) {
  mb__call *call = tracker->preroll_first;
  tracker->preroll_first = call->next;
  if (!call->next) tracker->preroll_last = NULL;
  tracker->preroll_count--;
  mb__delete(&tracker->client->memory, call);
}

void mb__preroll_free(mb_tracker *tracker) {
  while (tracker->preroll_first) drop_first(tracker);
}

static bool has_break(const mb_tracker *tracker, const mb__call *last) {
  for (const mb__call *call = tracker->preroll_first; call; call = call->next)
    if (call->type == MB__CALL_AD_BREAK_START) return true;
  return last->type == MB__CALL_AD_BREAK_START;
}

/* Plays before the first break become ticks: the moment still counts, the play does not. */
static void silence_plays(mb_tracker *tracker, const mb__call *last) {
  if (!has_break(tracker, last)) return;
  for (mb__call *call = tracker->preroll_first; call && call->type != MB__CALL_AD_BREAK_START; call = call->next)
    if (call->type == MB__CALL_PLAY) call->type = MB__CALL_TICK;
}

/* With a long wait a timer may have been due in it: it fires at its own time. */
static mb_status run_timers(mb_tracker *tracker, int64_t before) {
  mb_status status = MB_OK;
  while (!status && tracker->due < before) {
    mb__call tick = {.type = MB__CALL_TICK, .now = tracker->due};
    status = mb__rules_run(tracker, &tick);
  }
  return status;
}

static mb_status run_kept(mb_tracker *tracker) {
  mb_status status = MB_OK;
  while (tracker->preroll_first && status != MB_NO_MEMORY) {
    status = run_timers(tracker, tracker->preroll_first->now);
    if (!status) status = mb__rules_run(tracker, tracker->preroll_first);
    if (status != MB_NO_MEMORY) drop_first(tracker);
  }
  return status == MB_NO_MEMORY ? status : MB_OK;
}

/* What comes after the wait is not caught up with: a host that slept gets one ping, not all of them. */
static mb_status work_off(mb_tracker *tracker, const mb__call *last) {
  int64_t end = tracker->released_at < last->now ? tracker->released_at : last->now;
  tracker->draining = true;
  mb_status status = run_kept(tracker);
  if (!status) status = run_timers(tracker, end);
  tracker->draining = false;
  if (!status) tracker->released_at = 0;
  return status;
}

static void set_due(mb_tracker *tracker, int64_t due) {
  tracker->due = due;
  mb__timers_set(&tracker->client->timers, &tracker->timed.timer, due);
}

/* The timer that was set when memory was short says nothing about what is due: that follows from the state. */
static mb_status release(mb_tracker *tracker, const mb__call *call) {
  set_due(tracker, mb__beat_deadline(&tracker->state, &tracker->client->settings));
  mb_status status = work_off(tracker, call);
  if (status) set_due(tracker, call->now + MB__TRY_AGAIN_MS);
  return status;
}

mb_status mb__preroll(mb_tracker *tracker, const mb__call *call, bool *kept) {
  *kept = tracker->state.waiting && !releases(tracker, call);
  if (*kept) {
    mb_status status = keep_details(tracker, call);
    return status ? status : keep(tracker, call);
  }
  if (tracker->state.waiting) {
    silence_plays(tracker, call);
    tracker->state.waiting = false;
    tracker->released_at = tracker->state.waits_until;
  }
  return release(tracker, call);
}
