/* Decides where the playhead is when the log leaves that to the clock ("playheadFollows"): it advances while content
 * plays. The library never extrapolates; this small model of the player does it instead. */
#ifndef MEDIABEAT_CLI_FOLLOW_PLAYHEAD_H
#define MEDIABEAT_CLI_FOLLOW_PLAYHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "player_log.h"

typedef struct follow_playhead {
  bool playing; /* play was said, and pause not since */
  bool touched; /* play or pause was said in this session */
  bool buffering, seeking, in_break, in_ad;
  double position; /* at `since`, in seconds */
  int64_t since;   /* ms */
} follow_playhead;

/* Whether the playhead moves. */
bool follow_playhead_runs(const follow_playhead *follow);

double follow_playhead_at(const follow_playhead *follow, int64_t now_ms);

/* Takes note of a line that was not refused. `tracker`: its rules apply, by which an ad starts playback. */
void follow_playhead_note(follow_playhead *follow, const log_line *line, int64_t now_ms, bool tracker);

#endif
