/* Decides which library call each line of a log is. */
#ifndef MEDIABEAT_CLI_PLAY_H
#define MEDIABEAT_CLI_PLAY_H

#include <mediabeat/mediabeat.h>

#include "dry_run.h"
#include "player_log.h"
#include "players.h"
#include "writer.h"

typedef struct playback {
  mb_client *client;
  dry_run *answers;      /* NULL when requests really go out */
  bool session_level;    /* every call is one event */
  bool playhead_follows; /* the clock moves the playheads */
  players players;
  log_sessions sessions;
  mb_consent consent; /* as said last */
  uint64_t uncounted; /* calls refused that the library neither counts nor logs: no rule of a tracker was asked */
  mb__writer scratch; /* events at session level */
  mb_pair *pairs;     /* metadata of the line */
  size_t pair_capacity;
} playback;

/* Reads its settings from the configuration. The client must be freed before play_free. */
void play_init(playback *play, mb_client *client, const mb_config *config, dry_run *answers);
void play_free(playback *play);

/* Does what the line says, at now_ms. A status other than MB_OK: the call was refused and changed nothing. */
mb_status play_line(playback *play, const log_line *line, int64_t now_ms);

/* The info of a `qoe` line. */
mb_qoe_info play_qoe(const log_line *line);

/* Fires what is due, with the playheads where the clock has moved them. */
mb_status play_tick(playback *play, int64_t now_ms);

#endif
