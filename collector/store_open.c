/* Owns the opening of databases: whose a file is, its lock, its tables. The tables are meant to be read by people with
 * `sqlite3` too: texts instead of codes, bodies as they came. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store_parts.h"

/* "mbea" in SQLite's application_id, and the version of the tables in its user_version. */
enum { APPLICATION_ID = 0x6d626561, FORMAT = 2 };

static const char schema[] =
    "CREATE TABLE session ("
    "  key INTEGER PRIMARY KEY,"
    "  id TEXT NOT NULL UNIQUE,"
    "  protocol TEXT NOT NULL,"
    "  state TEXT NOT NULL,"
    "  reason TEXT,"
    "  downloaded INTEGER NOT NULL,"
    "  resume INTEGER NOT NULL,"
    "  started_at INTEGER NOT NULL,"
    "  last_event_at INTEGER NOT NULL,"
    "  closed_at INTEGER NOT NULL,"
    "  last_moved_at INTEGER NOT NULL,"
    "  look_at INTEGER NOT NULL,"
    "  playhead REAL NOT NULL,"
    "  arrivals INTEGER NOT NULL,"
    "  events INTEGER NOT NULL,"
    "  duplicates INTEGER NOT NULL,"
    "  media_id TEXT,"
    "  media_name TEXT,"
    "  player_name TEXT,"
    "  channel TEXT"
    ") STRICT;"
    "CREATE TABLE event ("
    "  key INTEGER PRIMARY KEY,"
    "  session INTEGER NOT NULL REFERENCES session,"
    "  position INTEGER NOT NULL,"
    "  received_at INTEGER NOT NULL,"
    "  mark TEXT,"
    "  hash INTEGER NOT NULL,"
    "  body TEXT NOT NULL"
    ") STRICT;"
    /* One index finds duplicates and a session's events: a second one would cost every insert a page of WAL. */
    "CREATE INDEX event_in_session ON event (session, hash);"
    /* Neither of these is touched by an event. */
    "CREATE INDEX session_open ON session (look_at) WHERE state <> 'closed';"
    "CREATE INDEX session_closed ON session (closed_at) WHERE state = 'closed';";

/* Checkpoints sync the disk, commits do not: 16 MiB of WAL between two of them keep the syncs rare. */
static const char settings[] = "PRAGMA synchronous = NORMAL;"
                               "PRAGMA wal_autocheckpoint = 4000;"
                               "PRAGMA journal_size_limit = 33554432;"
                               "PRAGMA cache_size = -65536;"
                               "PRAGMA temp_store = MEMORY;";

/* Opening: lock, look, make or refuse, prepare. */

static bool execute(mbc_store *store, const char *sql) {
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || mbc_store_failed(store);
}

static bool read_integer(mbc_store *store, const char *sql, int *value) {
  sqlite3_stmt *row = NULL;
  bool good = sqlite3_prepare_v2(store->db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW;
  if (good) *value = sqlite3_column_int(row, 0);
  if (!good) mbc_store_failed(store);
  sqlite3_finalize(row);
  return good;
}

/* The lock is flock's, which SQLite's own locks do not see: an export or the sqlite3 shell can look while a collector
 * runs, and only a second collector is kept out. The descriptor outlives the database: closing it earlier would drop
 * SQLite's locks as well. */
static bool lock_file(mbc_store *store, const char *path, mbc_access access) {
  store->lock = open(path, O_CLOEXEC | (access == MBC_CREATE ? O_RDWR | O_CREAT : O_RDONLY), 0600);
  if (store->lock < 0) {
    snprintf(store->error, sizeof store->error, "%s", strerror(errno));
    return false;
  }
  if (access == MBC_READ || flock(store->lock, LOCK_EX | LOCK_NB) == 0) return true;
  snprintf(store->error, sizeof store->error, "%s",
           errno == EWOULDBLOCK ? "in use by another collector" : strerror(errno));
  return false;
}

static bool make(mbc_store *store) {
  char sql[sizeof schema + 128];
  snprintf(sql, sizeof sql, "BEGIN EXCLUSIVE; PRAGMA application_id = %d; PRAGMA user_version = %d; %s COMMIT",
           APPLICATION_ID, FORMAT, schema);
  return execute(store, sql);
}

static bool check_format(mbc_store *store, int version) {
  if (version == FORMAT) return true;
  snprintf(store->error, sizeof store->error,
           "has data format %d, this program knows format %d: it was written by a %s", version, FORMAT,
           version > FORMAT ? "newer mediabeat" : "preliminary version");
  return false;
}

/* What is in the file: ours, nothing yet, or somebody else's. */
static bool recognise(mbc_store *store, mbc_access access) {
  int application, version, tables;
  if (!read_integer(store, "PRAGMA application_id", &application) ||
      !read_integer(store, "PRAGMA user_version", &version) ||
      !read_integer(store, "SELECT count(*) FROM sqlite_schema", &tables))
    return false;
  if (application == APPLICATION_ID && tables) return check_format(store, version);
  if (!application && !tables && access == MBC_CREATE) return make(store);
  snprintf(store->error, sizeof store->error, "not a data file of a mediabeat collector");
  return false;
}

static bool prepare(mbc_store *store) {
  for (int i = 0; i < STATEMENT_COUNT; i++)
    if (sqlite3_prepare_v3(store->db, mbc_store_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL) !=
        SQLITE_OK)
      return mbc_store_failed(store);
  return true;
}

/* SQLite reads more than a file into some names; a URI is the name of a file and nothing else. One that nobody can write
 * to is `frozen`: it is read without its lock and its log. NULL: memory ended. */
static char *uri_of(const char *path, bool frozen) {
  sqlite3_str *uri = sqlite3_str_new(NULL);
  sqlite3_str_appendall(uri, *path == '/' ? "file://" : "file:./");
  for (; *path; path++) {
    if (strchr("%?#", *path))
      sqlite3_str_appendf(uri, "%%%02x", (unsigned)*path);
    else
      sqlite3_str_appendchar(uri, 1, *path);
  }
  if (frozen) sqlite3_str_appendall(uri, "?immutable=1");
  return sqlite3_str_finish(uri);
}

static bool no_memory(mbc_store *store) {
  snprintf(store->error, sizeof store->error, "out of memory");
  return false;
}

static bool connect(mbc_store *store, const char *path, bool frozen) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | (path ? 0 : SQLITE_OPEN_CREATE);
  char *name = path ? uri_of(path, frozen) : NULL;
  if (path && !name) return no_memory(store);
  int status = sqlite3_open_v2(name ? name : ":memory:", &store->db, flags, NULL);
  sqlite3_free(name);
  if (status != SQLITE_OK) return store->db ? mbc_store_failed(store) : no_memory(store);
  sqlite3_busy_timeout(store->db, 5000);
  return true;
}

static void disconnect(mbc_store *store) {
  for (int i = 0; i < STATEMENT_COUNT; i++) {
    sqlite3_finalize(store->statements[i]);
    store->statements[i] = NULL;
  }
  sqlite3_close(store->db);
  store->db = NULL;
}

static bool open_as(mbc_store *store, const char *path, mbc_access access, bool frozen) {
  return connect(store, path, frozen) && recognise(store, access) &&
         (access != MBC_CREATE || execute(store, "PRAGMA journal_mode = WAL")) && execute(store, settings) &&
         prepare(store) && mbc_store_read_number(store, COUNT_OPEN, 0, &store->open);
}

/* Even to read, SQLite wants to write beside the file. Where it may not, the file is whole as it is, unless a log stands
 * beside it: a collector is running, or was killed. Behind a link, only SQLite knows where that is. */
static bool is_frozen(mbc_store *store) {
  int why = sqlite3_errcode(store->db);
  const char *file = sqlite3_db_filename(store->db, "main");
  return (why == SQLITE_READONLY || why == SQLITE_CANTOPEN) && file && access(sqlite3_filename_wal(file), F_OK) != 0;
}

static bool open_database(mbc_store *store, const char *path, mbc_access access) {
  if (open_as(store, path, access, false)) return true;
  if (access != MBC_READ || !store->db || !is_frozen(store)) return false;
  disconnect(store);
  return open_as(store, path, access, true);
}

mbc_store *mbc_store_open(const char *path, mbc_access access, char *error, size_t size) {
  mbc_store *store = calloc(1, sizeof *store);
  if (!store) return snprintf(error, size, "out of memory"), NULL;
  store->lock = -1;
  if ((!path || lock_file(store, path, access)) && open_database(store, path, access)) return store;
  snprintf(error, size, "%s: %s", path ? path : "memory", store->error);
  mbc_store_close(store);
  return NULL;
}

void mbc_store_close(mbc_store *store) {
  if (!store) return;
  disconnect(store);
  if (store->lock >= 0) close(store->lock);
  free(store);
}
