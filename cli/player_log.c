/* Owns the reading of player logs. Whether a call makes sense is the library's business; here it is only whether the
 * line is one: names, types, time. */
#include "player_log.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line_source.h"
#include "options.h"

typedef enum member_type { TEXT, NUMBER, FLAG, OBJECT, TEXTS } member_type;

typedef struct member {
  const char *path;
  member_type type;
  const char *choices; /* of a text: "one two three", NULL for any */
} member;

enum { MEMBERS_MAX = 10 };

typedef struct call_row {
  const char *name;
  member members[MEMBERS_MAX]; /* an object stands before its members; the last has no path */
} call_row;

#define METADATA \
  { "metadata", TEXTS, NULL }

static const call_row calls[CALL_COUNT + 1] = {
    [CALL_CONFIGURE] = {"configure", {{"config", OBJECT, NULL}}},
    [CALL_SESSION_START] = {"sessionStart",
                            {{"info", OBJECT, NULL},
                             {"info.id", TEXT, NULL},
                             {"info.name", TEXT, NULL},
                             {"info.length", NUMBER, NULL},
                             {"info.streamType", TEXT, NULL},
                             {"info.mediaType", TEXT, NULL},
                             {"info.resumed", FLAG, NULL},
                             {"info.prerollWaitingTime", NUMBER, NULL},
                             {"info.granularAdTracking", FLAG, NULL},
                             METADATA}},
    [CALL_PLAY] = {"play", {{0}}},
    [CALL_PAUSE] = {"pause", {{0}}},
    [CALL_COMPLETE] = {"complete", {{0}}},
    [CALL_SESSION_END] = {"sessionEnd", {{0}}},
    [CALL_PLAYHEAD] = {"playhead", {{"value", NUMBER, NULL}}},
    [CALL_QOE] = {"qoe",
                  {{"info", OBJECT, NULL},
                   {"info.bitrate", NUMBER, NULL},
                   {"info.startupTime", NUMBER, NULL},
                   {"info.fps", NUMBER, NULL},
                   {"info.droppedFrames", NUMBER, NULL}}},
    [CALL_ERROR] = {"error", {{"id", TEXT, NULL}}},
    [CALL_AD_BREAK_START] = {"adBreakStart",
                             {{"info", OBJECT, NULL},
                              {"info.name", TEXT, NULL},
                              {"info.position", NUMBER, NULL},
                              {"info.startTime", NUMBER, NULL}}},
    [CALL_AD_BREAK_COMPLETE] = {"adBreakComplete", {{0}}},
    [CALL_AD_START] = {"adStart",
                       {{"info", OBJECT, NULL},
                        {"info.id", TEXT, NULL},
                        {"info.name", TEXT, NULL},
                        {"info.position", NUMBER, NULL},
                        {"info.length", NUMBER, NULL},
                        METADATA}},
    [CALL_AD_COMPLETE] = {"adComplete", {{0}}},
    [CALL_AD_SKIP] = {"adSkip", {{0}}},
    [CALL_CHAPTER_START] = {"chapterStart",
                            {{"info", OBJECT, NULL},
                             {"info.name", TEXT, NULL},
                             {"info.position", NUMBER, NULL},
                             {"info.length", NUMBER, NULL},
                             {"info.startTime", NUMBER, NULL},
                             METADATA}},
    [CALL_CHAPTER_COMPLETE] = {"chapterComplete", {{0}}},
    [CALL_CHAPTER_SKIP] = {"chapterSkip", {{0}}},
    [CALL_BUFFER_START] = {"bufferStart", {{0}}},
    [CALL_BUFFER_COMPLETE] = {"bufferComplete", {{0}}},
    [CALL_SEEK_START] = {"seekStart", {{0}}},
    [CALL_SEEK_COMPLETE] = {"seekComplete", {{0}}},
    [CALL_BITRATE_CHANGE] = {"bitrateChange", {{0}}},
    [CALL_STATE_START] = {"stateStart", {{"info", OBJECT, NULL}, {"info.name", TEXT, NULL}}},
    [CALL_STATE_END] = {"stateEnd", {{"info", OBJECT, NULL}, {"info.name", TEXT, NULL}}},
    [CALL_CREATE_SESSION] = {"createMediaSession",
                             {{"options", OBJECT, NULL},
                              {"options.playerId", TEXT, NULL},
                              {"options.event", OBJECT, NULL},
                              {"options.xdm", OBJECT, NULL},
                              {"options.granularAdTracking", FLAG, NULL},
                              {"options.noPings", FLAG, NULL},
                              {"options.manual", FLAG, NULL}}},
    [CALL_SEND_EVENT] = {"sendMediaEvent",
                         {{"options", OBJECT, NULL},
                          {"options.playerId", TEXT, NULL},
                          {"options.event", OBJECT, NULL},
                          {"options.xdm", OBJECT, NULL},
                          {"options.xdm.mediaCollection", OBJECT, NULL},
                          {"options.xdm.mediaCollection.sessionID", TEXT, NULL},
                          {"options.sessionID", TEXT, NULL}}},
    [CALL_PLAYER_DETAILS] = {"playerDetails",
                             {{"details", OBJECT, NULL},
                              {"details.playhead", NUMBER, NULL},
                              {"details.qoeDataDetails", OBJECT, NULL},
                              {"details.qoeDataDetails.bitrate", NUMBER, NULL},
                              {"details.qoeDataDetails.droppedFrames", NUMBER, NULL},
                              {"details.qoeDataDetails.framesPerSecond", NUMBER, NULL},
                              {"details.qoeDataDetails.timeToStart", NUMBER, NULL}}},
    [CALL_ONLINE] = {"online", {{"value", FLAG, NULL}}},
    [CALL_CONSENT] = {"consent", {{"value", TEXT, "in out unknown"}}},
    [CALL_BACKEND] = {"backend",
                      {{"status", NUMBER, NULL},
                       {"delay", NUMBER, NULL},
                       {"network", TEXT, "up down"},
                       {"times", NUMBER, NULL},
                       {"sessionId", TEXT, NULL}}},
    [CALL_TICK] = {"tick", {{0}}},
};

static const int64_t TS_MAX = INT64_C(9007199254740992); /* 2^53: beyond, JSON numbers are not exact */

struct player_log {
  line_source *source;
  char *name;
  size_t number;   /* of the line read last */
  size_t checked;  /* lines that were checked before the first is played, 0: none */
  size_t previous; /* number of the line before that was not blank, 0: none */
  int64_t last_ts;
  char error[320];
};

const char *log_call_name(log_call call) { return calls[call].name; }

/* ---- One line ---- */

static const mb__json *at_path(const mb__json *tree, const char *path) {
  for (char name[32]; tree && path;) {
    const char *dot = strchr(path, '.');
    snprintf(name, sizeof name, "%.*s", (int)(dot ? dot - path : 31), path);
    tree = mb__json_get(tree, name);
    path = dot ? dot + 1 : NULL;
  }
  return tree && mb__json_type_of(tree) != MB__JSON_NULL ? tree : NULL;
}

const mb__json *log_member(const log_line *line, const char *path) { return at_path(line->tree, path); }

const char *log_text(const log_line *line, const char *path) {
  const mb__json *value = log_member(line, path);
  return value ? mb__json_text(value) : NULL;
}

double log_number(const log_line *line, const char *path) {
  const mb__json *value = log_member(line, path);
  return value ? mb__json_number(value) : (double)NAN;
}

bool log_flag(const log_line *line, const char *path) {
  const mb__json *value = log_member(line, path);
  return value && mb__json_flag(value);
}

const char *log_session_id(const log_line *line) {
  const char *id = log_text(line, "options.sessionID");
  return id || line->has_player ? id : log_text(line, "options.xdm.mediaCollection.sessionID");
}

void log_line_free(log_line *line) {
  if (line->tree) mb__json_free(line->tree);
  line->tree = NULL;
}

CONSOLE_PRINTF(2, 3) static log_read wrong(player_log *log, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(log->error, sizeof log->error, format, arguments);
  va_end(arguments);
  return LOG_WRONG;
}

static bool is_choice(const char *text, const char *choices) {
  size_t size = strlen(text);
  for (const char *at = choices; size && (at = strstr(at, text)); at += size)
    if ((at == choices || at[-1] == ' ') && (at[size] == 0 || at[size] == ' ')) return true;
  return false;
}

static log_read wrong_type(player_log *log, const member *m, const mb__json *value, const char *wanted) {
  return wrong(log, "%s must be %s, not %s", m->path, wanted, mb__json_type_name(value));
}

static log_read check_texts(player_log *log, const member *m, const mb__json *object) {
  for (const mb__json *pair = mb__json_first(object); pair; pair = mb__json_next(pair)) {
    mb__json_type type = mb__json_type_of(pair);
    if (type != MB__JSON_TEXT && type != MB__JSON_NULL)
      return wrong(log, "%s.%s must be a text, not %s", m->path, mb__json_name(pair), mb__json_type_name(pair));
  }
  return LOG_LINE;
}

static log_read check_member(player_log *log, const member *m, const mb__json *value) {
  static const mb__json_type types[] = {MB__JSON_TEXT, MB__JSON_NUMBER, MB__JSON_FLAG, MB__JSON_OBJECT,
                                        MB__JSON_OBJECT};
  static const char *const names[] = {"a text", "a number", "true or false", "an object", "an object of texts"};
  if (mb__json_type_of(value) != types[m->type]) return wrong_type(log, m, value, names[m->type]);
  if (m->choices && !is_choice(mb__json_text(value), m->choices))
    return wrong(log, "%s must be one of %s, not \"%s\"", m->path, m->choices, mb__json_text(value));
  return m->type == TEXTS ? check_texts(log, m, value) : LOG_LINE;
}

static log_read check_members(player_log *log, const log_line *line) {
  const call_row *row = &calls[line->call];
  for (int i = 0; i < MEMBERS_MAX && row->members[i].path; i++) {
    const mb__json *value = log_member(line, row->members[i].path);
    if (value && check_member(log, &row->members[i], value) == LOG_WRONG) return LOG_WRONG;
  }
  return LOG_LINE;
}

static log_read find_call(player_log *log, log_line *line) {
  const mb__json *call = log_member(line, "call");
  if (!call) return wrong(log, "call is missing");
  if (!mb__json_text(call)) return wrong(log, "call must be a text, not %s", mb__json_type_name(call));
  for (int i = 0; i < CALL_COUNT; i++)
    if (strcmp(calls[i].name, mb__json_text(call)) == 0) return line->call = (log_call)i, LOG_LINE;
  const char *near = cli_nearest(mb__json_text(call), &calls->name, sizeof *calls);
  return wrong(log, "unknown call \"%.60s\"%s%s%s", mb__json_text(call), near ? "; did you mean \"" : "",
               near ? near : "", near ? "\"?" : "");
}

static log_read find_time(player_log *log, log_line *line) {
  const mb__json *ts = log_member(line, "ts");
  if (!ts) return wrong(log, "ts is missing");
  if (!mb__json_is_integer(ts)) return wrong(log, "ts must be an integer (milliseconds)");
  if (fabs(mb__json_number(ts)) > (double)TS_MAX) return wrong(log, "ts is out of range");
  line->ts = (int64_t)mb__json_number(ts);
  return LOG_LINE;
}

static bool is_session_level(const log_line *line) {
  return line->call == CALL_CREATE_SESSION || line->call == CALL_SEND_EVENT;
}

static log_read find_player(player_log *log, log_line *line) {
  const mb__json *player = log_member(line, "player");
  line->player = player ? mb__json_text(player) : "";
  if (!line->player) return wrong(log, "player must be a text, not %s", mb__json_type_name(player));
  bool by_id = !player && is_session_level(line);
  const char *id = by_id ? log_text(line, "options.playerId") : NULL;
  if (id) line->player = id;
  line->has_player = player || id;
  return LOG_LINE;
}

static log_read parse(player_log *log, log_line *line) {
  size_t where = 0;
  const char *what = "";
  mb_status status = mb__json_parse(line->text, line->size, &line->tree, &where, &what);
  if (status == MB_INVALID_JSON) return wrong(log, "not JSON: %s (column %zu)", what, where + 1);
  if (status != MB_OK) return wrong(log, "%s", mb_status_text(status));
  if (mb__json_type_of(line->tree) != MB__JSON_OBJECT)
    return wrong(log, "a line must be an object, not %s", mb__json_type_name(line->tree));
  return LOG_LINE;
}

/* What a line needs from those before it. */
static log_read check_order(player_log *log, const log_line *line) {
  if (line->call == CALL_CONFIGURE && log->previous) return wrong(log, "configure must be the first line");
  if (log->previous && line->ts < log->last_ts)
    return wrong(log, "time steps back: ts %lld comes after %lld of line %zu", (long long)line->ts,
                 (long long)log->last_ts, log->previous);
  return LOG_LINE;
}

/* An event has one form, and somebody's it must be. */
static log_read check_event(player_log *log, const log_line *line) {
  const mb__json *xdm = is_session_level(line) ? log_member(line, "options.xdm") : NULL;
  if (!xdm) return LOG_LINE;
  if (log_member(line, "options.event")) return wrong(log, "options.event and options.xdm cannot both be given");
  if (line->call == CALL_SEND_EVENT && !line->has_player && !log_session_id(line))
    return wrong(log, "whose event is it? options.playerId or options.xdm.mediaCollection.sessionID must say");
  return LOG_LINE;
}

static log_read read_line(player_log *log, log_line *line) {
  static log_read (*const steps[])(player_log *, log_line *) = {parse, find_time, find_call, find_player};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (steps[i](log, line) == LOG_WRONG) return LOG_WRONG;
  if (check_members(log, line) == LOG_WRONG || check_event(log, line) == LOG_WRONG) return LOG_WRONG;
  return check_order(log, line);
}

/* ---- The log ---- */

player_log *player_log_open(const char *path, bool follow) {
  const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
  player_log *log = calloc(1, sizeof *log);
  if (!log) return NULL;
  log->name = malloc(strlen(name) + 1);
  log->source = log->name ? line_source_open(path, follow) : NULL;
  if (!log->source) {
    int reason = log->name ? errno : ENOMEM;
    player_log_free(log);
    errno = reason;
    return NULL;
  }
  memcpy(log->name, name, strlen(name) + 1);
  return log;
}

void player_log_free(player_log *log) {
  if (!log) return;
  line_source_free(log->source);
  free(log->name);
  free(log);
}

const char *player_log_name(const player_log *log) { return log->name; }
size_t player_log_number(const player_log *log) { return log->number; }
const char *player_log_error(const player_log *log) { return log->error; }
void player_log_wait(const player_log *log, int timeout_ms) { line_source_wait(log->source, timeout_ms); }

/* Windows editors put a byte order mark in front. */
static void skip_mark(log_line *line) {
  if (line->number == 1 && line->size >= 3 && memcmp(line->text, "\xEF\xBB\xBF", 3) == 0)
    line->text += 3, line->size -= 3;
}

static bool is_blank(const log_line *line) {
  size_t at = 0;
  while (at < line->size && strchr(" \t\r", line->text[at]) && line->text[at]) at++;
  return at == line->size;
}

static log_read next_text(player_log *log, log_line *line) {
  if (log->checked && log->number == log->checked) return LOG_END;
  source_result result = line_source_next(log->source, &line->text, &line->size);
  if (result == SOURCE_END) return LOG_END;
  if (result == SOURCE_WAIT) return LOG_WAIT;
  line->number = ++log->number;
  if (result == SOURCE_FAILED) return wrong(log, "%s", line_source_error(log->source));
  skip_mark(line);
  return LOG_LINE;
}

log_read player_log_next(player_log *log, log_line *line) {
  *line = (log_line){.player = ""};
  log_read result;
  do {
    result = next_text(log, line);
    if (result != LOG_LINE) return result;
  } while (is_blank(line));
  result = read_line(log, line);
  if (result != LOG_LINE) return log_line_free(line), result;
  log->previous = line->number;
  log->last_ts = line->ts;
  return LOG_LINE;
}

static log_read back_to_start(player_log *log) {
  log->checked = log->number;
  log->number = log->previous = 0;
  return line_source_rewind(log->source) ? LOG_END : wrong(log, "cannot be read a second time");
}

log_read player_log_check(player_log *log, log_extent *extent) {
  log_line line;
  log_read result;
  *extent = (log_extent){0};
  while ((result = player_log_next(log, &line)) == LOG_LINE) {
    if (!extent->lines++) extent->first_ts = line.ts;
    extent->last_ts = line.ts;
    log_line_free(&line);
  }
  return result == LOG_END ? back_to_start(log) : result;
}
