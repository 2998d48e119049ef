/* Owns the model of a player whose playhead follows the clock. */
#include "follow_playhead.h"

#include <math.h>

bool follow_playhead_runs(const follow_playhead *f) {
  return f->playing && !f->buffering && !f->seeking && !f->in_break && !f->in_ad;
}

double follow_playhead_at(const follow_playhead *f, int64_t now_ms) {
  return follow_playhead_runs(f) ? f->position + (double)(now_ms - f->since) / 1000 : f->position;
}

static void set_playing(follow_playhead *f, bool playing) {
  f->playing = playing;
  f->touched = true;
  if (playing) f->buffering = f->seeking = false;
}

/* An ad that starts before the first play means that the player plays, unless it still waits for data. */
static void start_ad(follow_playhead *f, bool tracker) {
  f->in_ad = true;
  if (tracker && !f->touched && !f->buffering && !f->seeking) set_playing(f, true);
}

/* By the tracker's rules a stall or a seek before the first play leaves it paused. */
static void recover(follow_playhead *f, bool *stalled, bool tracker) {
  *stalled = false;
  if (tracker && !f->touched) set_playing(f, false);
}

static void apply(follow_playhead *f, const log_line *line, bool tracker) {
  switch (line->call) {
    case CALL_PLAY: set_playing(f, true); break;
    case CALL_PAUSE: set_playing(f, false); break;
    case CALL_BUFFER_START: f->buffering = true; break;
    case CALL_BUFFER_COMPLETE: recover(f, &f->buffering, tracker); break;
    case CALL_SEEK_START: f->seeking = true; break;
    case CALL_SEEK_COMPLETE: recover(f, &f->seeking, tracker); break;
    case CALL_AD_BREAK_START: f->in_break = true, f->in_ad = false; break;
    case CALL_AD_BREAK_COMPLETE: f->in_break = f->in_ad = false; break;
    case CALL_AD_START: start_ad(f, tracker); break;
    case CALL_AD_COMPLETE:
    case CALL_AD_SKIP: f->in_ad = false; break;
    case CALL_PLAYHEAD: f->position = log_number(line, "value"); break;
    case CALL_COMPLETE:
    case CALL_SESSION_END: f->playing = false; break;
    default: break;
  }
}

void follow_playhead_note(follow_playhead *f, const log_line *line, int64_t now_ms, bool tracker) {
  f->position = follow_playhead_at(f, now_ms);
  f->since = now_ms;
  if (line->call == CALL_SESSION_START) *f = (follow_playhead){.since = now_ms};
  apply(f, line, tracker);
}
