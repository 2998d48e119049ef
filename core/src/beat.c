/* Owns the timers of a tracker. */
#include "beat.h"

#include "params.h"

static const int64_t idle_limit_ms = 30 * 60 * 1000;
static const int64_t age_limit_ms = 24 * 60 * 60 * 1000;
static const int64_t content_start_ms = 1000;

static int64_t ping_interval(const mb__state *state, const mb__settings *settings) {
  return mb__ping_interval(settings, state->ad != NULL, state->granular);
}

static mb__playback playback(const mb__state *state) {
  if (state->buffering) return MB__BUFFERING;
  return state->seeking ? MB__SEEKING : state->play;
}

static bool is_idle(const mb__state *state) { return playback(state) != MB__PLAYING; }

static void announce(mb__turn *turn) {
  static const mb__event_type events[] = {[MB__INIT] = MB__EVENT_PING,
                                          [MB__PLAYING] = MB__EVENT_PLAY,
                                          [MB__PAUSED] = MB__EVENT_PAUSE_START,
                                          [MB__SEEKING] = MB__EVENT_PAUSE_START,
                                          [MB__BUFFERING] = MB__EVENT_BUFFER_START};
  mb__playback now = playback(&turn->state);
  mb__turn_event(turn, events[now], NULL);
  turn->state.announced = now;
  turn->state.ping_since = turn->now;
}

static void announce_or_ping(mb__turn *turn) {
  mb__state *state = &turn->state;
  if (turn->force || playback(state) != state->announced) {
    announce(turn);
  } else if (turn->now - state->ping_since >= ping_interval(state, &turn->client->settings)) {
    mb__turn_event(turn, MB__EVENT_PING, NULL);
    state->ping_since = turn->now;
  }
}

static void resend_state(mb__turn *turn, const char *name) {
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_STATE_NAME, name);
  mb__tail *tail = NULL;
  mb_status status =
      mb__params_encode(turn->client, MB__EVENT_STATE_START, &values, NULL, MB__FIELD_MEDIA_STATE_NAME, &tail);
  if (status) turn->status = status;
  mb__turn_event(turn, MB__EVENT_STATE_START, tail);
  mb__tail_drop(&turn->client->memory, tail);
}

/* A new session that says everything that is open, in the order that the protocol gives. */
static void restart(mb__turn *turn) {
  mb__state *state = &turn->state;
  state->idle_closed = false;
  mb__turn_session_start(turn, true);
  if (state->chapter) mb__turn_event(turn, MB__EVENT_CHAPTER_START, state->chapter);
  if (state->ad_break) mb__turn_event(turn, MB__EVENT_AD_BREAK_START, state->ad_break);
  if (state->ad) mb__turn_event(turn, MB__EVENT_AD_START, state->ad);
  for (int i = 0; i < state->state_count; i++)
    if (state->states_on >> i & 1) resend_state(turn, turn->tracker->state_names[i]);
  announce(turn);
  state->content_started = false;
  state->has_content_reference = false;
  state->age_since = turn->now;
}

static void end_session(mb__turn *turn) {
  mb__turn_event(turn, MB__EVENT_SESSION_END, NULL);
  mb__turn_let_go(turn);
}

static void check_idle(mb__turn *turn) {
  mb__state *state = &turn->state;
  if (!is_idle(state)) {
    state->idle = false;
    if (state->idle_closed) restart(turn);
    return;
  }
  if (!state->idle) state->idle = true, state->idle_since = turn->now;
  if (state->idle_closed || turn->now - state->idle_since < idle_limit_ms) return;
  end_session(turn);
  state->idle_closed = true;
}

static void check_age(mb__turn *turn) {
  if (turn->state.idle_closed || turn->now - turn->state.age_since < age_limit_ms) return;
  end_session(turn);
  restart(turn);
}

/* A second of main content after the start (or after a pre-roll) is said with one more play. */
static void check_content_start(mb__turn *turn) {
  mb__state *state = &turn->state;
  if (is_idle(state)) return;
  if (state->ad_break) {
    state->has_content_reference = false;
    return;
  }
  if (!state->has_content_reference) state->has_content_reference = true, state->content_since = turn->now;
  if (state->content_started || turn->now - state->content_since < content_start_ms) return;
  state->content_started = true;
  turn->force = true;
}

void mb__beat(mb__turn *turn) {
  check_idle(turn);
  check_age(turn);
  check_content_start(turn);
  announce_or_ping(turn);
}

static int64_t earlier(int64_t one, int64_t other) { return one < other ? one : other; }

int64_t mb__beat_deadline(const mb__state *state, const mb__settings *settings) {
  if (!state->open || state->idle_closed) return MB_NEVER;
  if (state->waiting) return state->waits_until;
  int64_t due = earlier(state->ping_since + ping_interval(state, settings), state->age_since + age_limit_ms);
  if (state->idle) return earlier(due, state->idle_since + idle_limit_ms);
  if (state->content_started || state->ad_break || !state->has_content_reference) return due;
  return earlier(due, state->content_since + content_start_ms);
}
