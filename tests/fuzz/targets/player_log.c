/* Fuzzer: the reader of player logs, compressed ones too. An input is a log. */
#define _GNU_SOURCE
#include "player_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json_slice.h"
#include "target.h"

/* A file in memory, the same one for every input. */
static int file = -1;

static void put(const uint8_t *bytes, size_t size) {
  if (file < 0) file = memfd_create("log", 0);
  PROMISE(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, bytes, size, 0) == (ssize_t)size);
}

static player_log *open_log(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  player_log *log = player_log_open(path, false);
  PROMISE(log != NULL);
  return log;
}

static const char *const paths[] = {"info.name",
                                    "info.length",
                                    "metadata",
                                    "value",
                                    "options.event",
                                    "options.xdm",
                                    "details.playhead",
                                    "config",
                                    "options.xdm.mediaCollection.sessionID"};

/* What the tree has, the text has too, and it is the same value. */
static void look_at_member(const log_line *line, const char *path) {
  const mb__json *member = log_member(line, path);
  json_slice slice = json_slice_at(line->text, line->size, path);
  if (!member) return;
  PROMISE(slice.text >= line->text && slice.text + slice.size <= line->text + line->size);
  mb__json *again;
  PROMISE(mb__json_parse(slice.text, slice.size, &again, NULL, NULL) == MB_OK);
  PROMISE(mb__json_type_of(again) == mb__json_type_of(member));
  mb__json_free(again);
}

static void look_at_line(const log_line *line) {
  PROMISE(line->call < CALL_COUNT && log_call_name(line->call));
  PROMISE(line->player && line->text && line->text[line->size] == 0);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) look_at_member(line, paths[i]);
  log_session_id(line);
}

static size_t read_lines(player_log *log) {
  size_t lines = 0;
  log_line line;
  log_read read;
  while ((read = player_log_next(log, &line)) == LOG_LINE) {
    look_at_line(&line);
    log_line_free(&line);
    lines++;
  }
  PROMISE(read == LOG_END || strlen(player_log_error(log)) > 0);
  return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  log_extent extent = {0};
  put(bytes, size);
  player_log *log = open_log();
  log_read read = player_log_check(log, &extent);
  PROMISE(read == LOG_END || (read == LOG_WRONG && strlen(player_log_error(log)) > 0));
  if (read == LOG_END) PROMISE(read_lines(log) == extent.lines);
  player_log_free(log);
  if (read == LOG_END) return 0;
  log = open_log(); /* up to the line that is wrong */
  read_lines(log);
  player_log_free(log);
  return 0;
}
