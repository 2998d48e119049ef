/* Decides what a player log is: its calls, their members and types, and the order of its lines. */
#ifndef MEDIABEAT_CLI_PLAYER_LOG_H
#define MEDIABEAT_CLI_PLAYER_LOG_H

#include <mediabeat/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

typedef enum log_call {
  CALL_CONFIGURE,
  CALL_SESSION_START,
  CALL_PLAY,
  CALL_PAUSE,
  CALL_COMPLETE,
  CALL_SESSION_END,
  CALL_PLAYHEAD,
  CALL_QOE,
  CALL_ERROR,
  CALL_AD_BREAK_START,
  CALL_AD_BREAK_COMPLETE,
  CALL_AD_START,
  CALL_AD_COMPLETE,
  CALL_AD_SKIP,
  CALL_CHAPTER_START,
  CALL_CHAPTER_COMPLETE,
  CALL_CHAPTER_SKIP,
  CALL_BUFFER_START,
  CALL_BUFFER_COMPLETE,
  CALL_SEEK_START,
  CALL_SEEK_COMPLETE,
  CALL_BITRATE_CHANGE,
  CALL_STATE_START,
  CALL_STATE_END,
  CALL_CREATE_SESSION,
  CALL_SEND_EVENT,
  CALL_PLAYER_DETAILS,
  CALL_ONLINE,
  CALL_CONSENT,
  CALL_BACKEND,
  CALL_TICK,
  CALL_COUNT
} log_call;

const char *log_call_name(log_call call);

/* One line. The texts belong to the tree. */
typedef struct log_line {
  size_t number; /* from 1; blank lines count */
  int64_t ts;    /* as written */
  log_call call;
  const char *player; /* "" when it names none */
  bool has_player;
  mb__json *tree;
  const char *text; /* as written, valid until the next line is read */
  size_t size;
} log_line;

/* A member by its path, such as "info.name". Missing and null are the same: NULL, NAN, false. */
const mb__json *log_member(const log_line *line, const char *path);
const char *log_text(const log_line *line, const char *path);
double log_number(const log_line *line, const char *path);
bool log_flag(const log_line *line, const char *path);

/* The id by which a sendMediaEvent line names a session: options.sessionID, or where it names no player
 * options.xdm.mediaCollection.sessionID; NULL: it does not. */
const char *log_session_id(const log_line *line);

typedef struct player_log player_log;

typedef enum log_read {
  LOG_LINE,
  LOG_END,
  LOG_WAIT, /* following: nothing has come yet */
  LOG_WRONG /* player_log_error says what */
} log_read;

/* Opens a log; `follow` as line_source_open. NULL: errno says why. */
player_log *player_log_open(const char *path, bool follow);
void player_log_free(player_log *log); /* NULL is fine */

/* The next line that is not blank, checked. Free it with log_line_free. */
log_read player_log_next(player_log *log, log_line *line);
void log_line_free(log_line *line);

/* What a check of the whole log found out. */
typedef struct log_extent {
  size_t lines;
  int64_t first_ts, last_ts;
} log_extent;

/* Reads all lines and goes back to the first. LOG_END when they are all right, else LOG_WRONG. Afterwards
 * player_log_next hands out no more than what was checked, even if the file has grown. */
log_read player_log_check(player_log *log, log_extent *extent);

/* Following: blocks until something can be read or timeout_ms has passed. */
void player_log_wait(const player_log *log, int timeout_ms);

const char *player_log_name(const player_log *log);  /* for messages: the path, or <stdin> */
size_t player_log_number(const player_log *log);     /* of the line read last */
const char *player_log_error(const player_log *log); /* of that line, without its place */

#endif
