/* Owns the reading of files. */
#include "report_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 1 << 16, ERROR_SIZE = 400 };

bool report_is_url(const char *source) {
  return strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0;
}

const char *report_source_check(report_source *source) {
  if (!source->place || !*source->place) return "a FILE or a URL is needed";
  if (source->token && !report_is_url(source->place)) return "--token is for a URL";
  if (!source->reason_text) return NULL;
  if (report_is_url(source->place)) return "--close-reason is for a FILE: a collector knows how its sessions closed";
  source->assumed.reason = mbc_reason_named(source->reason_text);
  return source->assumed.reason == MBC_NOT_CLOSED
             ? "--close-reason is one of sessionEnd, batchEnd, timeout10m, timeout30m, maxAge24h and forced"
             : NULL;
}

static mbc_reading_result complain(cli_console *console, const char *path, const char *problem,
                                   mbc_reading_result result) {
  console_error(console, "%s: %s", path, problem);
  return result;
}

static bool is_database(const mb__writer *text) {
  static const char magic[] = "SQLite format 3";
  return text->size >= sizeof magic && memcmp(text->bytes, magic, sizeof magic) == 0;
}

/* Of a database the beginning is enough: SQLite reads it. */
static bool read_all(FILE *file, mb__writer *text) {
  size_t count = BLOCK;
  while (count == BLOCK && !is_database(text)) {
    char *room = mb__write_room(text, BLOCK);
    if (!room) return false;
    count = fread(room, 1, BLOCK, file);
    text->size += count;
  }
  return !ferror(file);
}

static mbc_reading_result load(const char *path, mb__writer *text, cli_console *console) {
  bool is_stdin = strcmp(path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen(path, "rb");
  if (!file) return complain(console, path, strerror(errno), MBC_READ_FAILED);
  bool good = read_all(file, text);
  int reason = text->failed ? ENOMEM : errno;
  if (!is_stdin) fclose(file);
  return good ? MBC_READ_GOOD : complain(console, path, strerror(reason), MBC_READ_FAILED);
}

static mbc_reading_result read_database(const report_source *source, mbc_history_visitor *visit, void *user,
                                        cli_console *console) {
  enum { AS_LEFT = -1 };
  char error[ERROR_SIZE];
  mbc_store *store = mbc_store_open(source->place, MBC_READ, error, sizeof error);
  if (!store) return console_error(console, "%s", error), MBC_READ_FAILED; /* which says the path */
  mbc_reading_result result = mbc_read_store(store, AS_LEFT, source->assumed.choices, visit, user);
  if (result == MBC_READ_FAILED) complain(console, source->place, mbc_store_error(store), result);
  mbc_store_close(store);
  return result;
}

static mbc_reading_result read_loaded(const report_source *source, mb__writer *text, mbc_history_visitor *visit,
                                      void *user, cli_console *console) {
  char error[ERROR_SIZE];
  if (is_database(text)) return read_database(source, visit, user, console);
  mbc_reading_result result =
      mbc_read_text(text->bytes, text->size, &source->assumed, visit, user, error, sizeof error);
  return result == MBC_READ_GOOD ? result : complain(console, source->place, error, result);
}

mbc_reading_result report_read_file(const report_source *source, mbc_history_visitor *visit, void *user,
                                    cli_console *console) {
  mb__writer text;
  mb__writer_init(&text, &mb__c_library);
  mbc_reading_result result = load(source->place, &text, console);
  if (result == MBC_READ_GOOD) result = read_loaded(source, &text, visit, user, console);
  mb__writer_free(&text);
  return result;
}
