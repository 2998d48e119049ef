/* Decides how the store is measured, in FOLDER, which must be empty and stays behind.
 *
 *   store event FOLDER N    us of a ping that is queued and written: with durability process, and with power, where each
 *                           is synced too; beside each a bare write (and fdatasync) of as many bytes, and an insert of
 *                           them into SQLite in WAL mode (synchronous NORMAL and FULL). Interleaved, medians
 *   store waiting FOLDER N  N downloaded sessions that are over and wait: us for each, bytes of memory for each, ns of a
 *                           tick */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

enum { ROUNDS = 9, LINE = 100, PATH = 512 };

typedef struct bare {
  int file;
  sqlite3 *database;
  sqlite3_stmt *insert;
} bare;

static const char *path_in(const char *folder, const char *name) {
  static char path[PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static mb_client *new_stored(const mb_host *host, const char *store, bool power, bool downloaded) {
  mb_config *config = new_config(host, COLLECTION_V1);
  mb_client *client;
  must(mb_config_set_text(config, "store", store), "store");
  must(mb_config_set_text(config, "durability", power ? "power" : "process"), "durability");
  must(mb_config_set_flag(config, "downloaded", downloaded), "downloaded");
  must(mb_client_new(config, NULL, &client), "mb_client_new");
  mb_config_free(config);
  return client;
}

static void sql(sqlite3 *database, const char *text) {
  if (sqlite3_exec(database, text, NULL, NULL, NULL) != SQLITE_OK) fail(MB_INVALID_ARGUMENT, sqlite3_errmsg(database));
}

static bare open_bare(const char *folder, bool power) {
  bare b;
  b.file =
      open(path_in(folder, power ? "bare-power" : "bare-process"), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (b.file < 0) fail(MB_INVALID_ARGUMENT, "open");
  if (sqlite3_open(path_in(folder, power ? "power.db" : "process.db"), &b.database) != SQLITE_OK)
    fail(MB_INVALID_ARGUMENT, "sqlite3_open");
  sql(b.database, "PRAGMA journal_mode = WAL");
  sql(b.database, power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  sql(b.database, "CREATE TABLE events (number INTEGER PRIMARY KEY, body BLOB)");
  sqlite3_prepare_v2(b.database, "INSERT INTO events (body) VALUES (?)", -1, &b.insert, NULL);
  return b;
}

static void close_bare(bare *b) {
  close(b->file);
  sqlite3_finalize(b->insert);
  sqlite3_close(b->database);
}

static double us(double from, long count) { return (wall_ns() - from) / 1e3 / (double)count; }

static double write_events(mb_client *client, int64_t *now, long count) {
  double from = wall_ns();
  for (long i = 0; i < count; i++) must(mb_client_tick(client, *now += 10000), "mb_client_tick");
  return us(from, count);
}

static double write_bare(const bare *b, const char *line, bool power, long count) {
  double from = wall_ns();
  for (long i = 0; i < count; i++)
    if (write(b->file, line, LINE) != LINE || (power && fdatasync(b->file) != 0)) fail(MB_INVALID_ARGUMENT, "write");
  return us(from, count);
}

static double insert_events(const bare *b, const char *line, long count) {
  double from = wall_ns();
  for (long i = 0; i < count; i++) {
    sqlite3_bind_blob(b->insert, 1, line, LINE, SQLITE_STATIC);
    if (sqlite3_step(b->insert) != SQLITE_DONE) fail(MB_INVALID_ARGUMENT, sqlite3_errmsg(b->database));
    sqlite3_reset(b->insert);
  }
  return us(from, count);
}

static void run_events(const char *folder, bool power, long count) {
  char line[LINE];
  double stored[ROUNDS], bare_us[ROUNDS], inserted[ROUNDS];
  bare b = open_bare(folder, power);
  mb_client *client = new_stored(NULL, path_in(folder, power ? "power" : "process"), power, false);
  mb_tracker *tracker = new_session(client, 3, EPOCH_MS);
  int64_t now = EPOCH_MS;
  must(mb_tracker_play(tracker, now), "mb_tracker_play");
  must(mb_client_tick(client, now += 1000), "mb_client_tick");
  memset(line, 'x', sizeof line);
  for (int i = 0; i < ROUNDS; i++) {
    stored[i] = write_events(client, &now, count);
    bare_us[i] = write_bare(&b, line, power, count);
    inserted[i] = insert_events(&b, line, count);
  }
  const char *name = power ? "power" : "process";
  printf("%s_event=%.2f %s_write=%.2f %s_sqlite=%.2f\n", name, median(stored, ROUNDS), name, median(bare_us, ROUNDS),
         name, median(inserted, ROUNDS));
  mb_client_free(client);
  close_bare(&b);
}

static void run_waiting(const char *folder, long count) {
  enum { TICKS = 1000000 };
  memory_count memory;
  mb_host host = counting_host(&memory);
  mb_client *client = new_stored(&host, path_in(folder, "waiting"), false, true);
  must(mb_client_set_online(client, false, EPOCH_MS), "mb_client_set_online");
  size_t before = memory.bytes;
  double from = wall_ns();
  for (long i = 0; i < count; i++) {
    mb_tracker *tracker = new_session(client, 3, EPOCH_MS + i);
    must(mb_tracker_session_end(tracker, EPOCH_MS + i), "mb_tracker_session_end");
    mb_tracker_free(tracker);
  }
  double each = us(from, count);
  size_t bytes = memory.bytes - before;
  from = wall_ns();
  for (long i = 0; i < TICKS; i++) mb_client_tick(client, EPOCH_MS + count);
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  if (stats.stored < 2 * (uint64_t)count) fail(MB_INVALID_EVENT, "all must wait on disk");
  printf("waiting_us=%.2f waiting_bytes=%.2f waiting_tick=%.2f\n", each, (double)bytes / (double)count,
         us(from, TICKS) * 1e3);
  mb_client_free(client);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "store event|waiting FOLDER [N]\n");
    return 2;
  }
  if (strcmp(argv[1], "waiting") == 0) {
    run_waiting(argv[2], number_argument(argc, argv, 3, 100000));
    return 0;
  }
  long count = number_argument(argc, argv, 3, 500);
  run_events(argv[2], false, count);
  run_events(argv[2], true, count);
  return 0;
}
