/* Owns turns. */
#include "turn.h"

#include "beat.h"
#include "details.h"
#include "dispatch.h"
#include "stored.h"

mb__turn mb__turn_begin(mb_tracker *tracker, const mb__call *call) {
  return (mb__turn){
      .tracker = tracker, .client = tracker->client, .call = call, .now = call->now, .state = tracker->state};
}

static void ask_player(mb__turn *turn) {
  const mb_tracker *tracker = turn->tracker;
  if (turn->asked || tracker->draining) return;
  turn->asked = true;
  mb__details_ask(turn->client, tracker->player, &tracker->details, &turn->state.playhead, &turn->state.qoe);
}

/* The mark is set after the player was asked: its answer may come together with one of the backend. */
static void mark(mb__turn *turn) {
  if (turn->marked || turn->fresh || !turn->state.outbox) return;
  turn->mark = mb__outbox_save(turn->state.outbox);
  turn->marked = true;
}

static void attach_qoe(const mb_client *client, mb__state *state, mb__moment *moment) {
  if (!mb__details_due(client, moment->type, &state->qoe, &state->sent)) return;
  moment->qoe = state->qoe;
  state->sent = state->qoe;
}

static void write_event(mb__turn *turn, mb__moment *moment, mb__tail *tail) {
  if (turn->status || turn->state.idle_closed) return;
  ask_player(turn);
  mark(turn);
  moment->playhead = turn->state.playhead;
  moment->ts = turn->now;
  attach_qoe(turn->client, &turn->state, moment);
  mb_drop dropped;
  turn->status = mb__outbox_add(turn->state.outbox, moment, tail, &dropped);
  if (turn->status) return;
  turn->accepted++;
  if (dropped == MB_DROP_COUNT) return;
  turn->dropped[dropped]++;
  turn->dropped_count++;
}

void mb__turn_event(mb__turn *turn, mb__event_type type, mb__tail *tail) {
  mb__moment moment = {.type = type};
  write_event(turn, &moment, tail);
}

void mb__turn_error(mb__turn *turn, const char *error_id) {
  mb__moment moment = {.type = MB__EVENT_ERROR, .error_id = error_id, .error_source = "player"};
  write_event(turn, &moment, NULL);
  if (turn->client->wire->error_carries_qoe && !turn->state.idle_closed)
    turn->state.sent.present = 0; /* what was sent was QoE and error in one */
}

void mb__turn_session_start(mb__turn *turn, bool resume) {
  if (turn->status) return;
  turn->fresh = mb__outbox_new(turn->client, turn->tracker->player, turn->client->settings.downloaded);
  if (!turn->fresh) {
    turn->status = MB_NO_MEMORY;
    return;
  }
  mb__stored_begin(turn->fresh);
  turn->state.outbox = turn->fresh;
  turn->state.sent.present = 0;
  mb__moment moment = {.type = MB__EVENT_SESSION_START, .resume = resume};
  write_event(turn, &moment, turn->state.media);
}

void mb__turn_let_go(mb__turn *turn) {
  if (turn->status) return;
  turn->ended = turn->state.outbox;
  turn->state.outbox = NULL;
}

enum { SLOTS = 4 };

static void list_slots(const mb__state *state, mb__tail *slots[SLOTS]) {
  slots[0] = state->media;
  slots[1] = state->chapter;
  slots[2] = state->ad_break;
  slots[3] = state->ad;
}

/* Drops the references of one state that the other does not hold. */
static void drop_slots(const mb__turn *turn, const mb__state *of, const mb__state *but) {
  mb__tail *mine[SLOTS], *others[SLOTS];
  list_slots(of, mine);
  list_slots(but, others);
  for (int i = 0; i < SLOTS; i++)
    if (mine[i] != others[i]) mb__tail_drop(&turn->client->memory, mine[i]);
}

static mb_status undo(mb__turn *turn) {
  mb_tracker *tracker = turn->tracker;
  if (turn->marked) mb__outbox_restore(tracker->state.outbox, turn->mark);
  if (turn->fresh) mb__outbox_discard(turn->fresh);
  drop_slots(turn, &turn->state, &tracker->state);
  return mb__fail(turn->client, turn->status, "%s: %s", mb__call_name(turn->call->type), mb_status_text(turn->status));
}

static void account(mb__turn *turn, const mb__outbox *old) {
  mb_stats *stats = &turn->client->stats;
  stats->accepted += turn->accepted;
  stats->queued += turn->accepted - turn->dropped_count;
  for (int i = 0; turn->dropped_count && i < MB_DROP_COUNT; i++) stats->dropped[i] += turn->dropped[i];
  if (turn->marked) stats->queued_bytes += old->queue.bytes - turn->mark.queue.bytes;
  if (turn->fresh) stats->queued_bytes += turn->fresh->queue.bytes;
}

static void commit(mb__turn *turn) {
  mb_tracker *tracker = turn->tracker;
  mb__outbox *old = tracker->state.outbox;
  drop_slots(turn, &tracker->state, &turn->state);
  tracker->state = turn->state;
  account(turn, old);
  if (turn->marked) mb__stored_flush(old);
  if (turn->fresh) mb__outbox_list(turn->fresh), mb__stored_flush(turn->fresh);
  if (turn->marked) mb__dispatch_wake(old);
  if (turn->ended) mb__dispatch_let_go(turn->ended);
  if (turn->fresh && tracker->state.outbox == turn->fresh) mb__dispatch_wake(turn->fresh);
}

mb_status mb__turn_end(mb__turn *turn) {
  mb_tracker *tracker = turn->tracker;
  mb__tail_drop(&turn->client->memory, turn->tail);
  if (turn->status) return undo(turn);
  commit(turn);
  int64_t due = mb__beat_deadline(&tracker->state, &turn->client->settings);
  if (due != tracker->due) mb__timers_set(&turn->client->timers, &tracker->timed.timer, tracker->due = due);
  return MB_OK;
}
