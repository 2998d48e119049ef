/* Owns the model of a player whose playhead follows the clock. */
#include "follow_playhead.h"

bool follow_playhead_runs(const follow_playhead *follow) {
  return follow->playing && !follow->buffering && !follow->seeking && !follow->in_break && !follow->in_ad;
}

double follow_playhead_at(const follow_playhead *follow, int64_t now_ms) {
  return follow_playhead_runs(follow) ? follow->position + (double)(now_ms - follow->since) / 1000 : follow->position;
}

static void set_playing(follow_playhead *follow, bool playing) {
  follow->playing = playing;
  follow->touched = true;
  if (playing) follow->buffering = follow->seeking = false;
}

/* An ad that starts before the first play means that the player plays, unless it still waits for data. */
static void start_ad(follow_playhead *follow, bool tracker) {
  follow->in_ad = true;
  if (tracker && !follow->touched && !follow->buffering && !follow->seeking) set_playing(follow, true);
}

/* By the tracker's rules a stall or a seek before the first play leaves it paused. */
static void recover(follow_playhead *follow, bool *stalled, bool tracker) {
  *stalled = false;
  if (tracker && !follow->touched) set_playing(follow, false);
}

static void apply(follow_playhead *follow, const log_line *line, bool tracker) {
  switch (line->call) {
    case CALL_PLAY: set_playing(follow, true); break;
    case CALL_PAUSE: set_playing(follow, false); break;
    case CALL_BUFFER_START: follow->buffering = true; break;
    case CALL_BUFFER_COMPLETE: recover(follow, &follow->buffering, tracker); break;
    case CALL_SEEK_START: follow->seeking = true; break;
    case CALL_SEEK_COMPLETE: recover(follow, &follow->seeking, tracker); break;
    case CALL_AD_BREAK_START: follow->in_break = true, follow->in_ad = false; break;
    case CALL_AD_BREAK_COMPLETE: follow->in_break = follow->in_ad = false; break;
    case CALL_AD_START: start_ad(follow, tracker); break;
    case CALL_AD_COMPLETE:
    case CALL_AD_SKIP: follow->in_ad = false; break;
    case CALL_PLAYHEAD: follow->position = log_number(line, "value"); break;
    case CALL_COMPLETE:
    case CALL_SESSION_END: follow->playing = false; break;
    default: break;
  }
}

void follow_playhead_note(follow_playhead *follow, const log_line *line, int64_t now_ms, bool tracker) {
  follow->position = follow_playhead_at(follow, now_ms);
  follow->since = now_ms;
  if (line->call == CALL_SESSION_START) *follow = (follow_playhead){.since = now_ms};
  apply(follow, line, tracker);
}
