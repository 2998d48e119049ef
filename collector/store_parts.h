/* Decides what an open store is made of: for store.c and store_open.c, the only files that know SQLite. */
#ifndef MEDIABEAT_COLLECTOR_STORE_PARTS_H
#define MEDIABEAT_COLLECTOR_STORE_PARTS_H

#include <sqlite3.h>

#include "store.h"

enum { CHANGES = 65536 }; /* how many of the last changes are known */

typedef enum statement {
  BEGIN,
  COMMIT,
  ROLLBACK,
  ADD_SESSION,
  SAVE_SESSION,
  SAVE_STATE,
  LOOK_AT,
  LOOK_AT_ALL,
  REMOVE_SESSION,
  REMOVE_EVENTS,
  ADD_EVENT,
  FIND_SESSION,
  NEXT_DUE,
  OLDEST_CLOSED,
  NEXT_LOOK,
  COUNT_OPEN,
  SIZE,
  VISIT_SESSION,
  VISIT_KEY,
  EACH_SESSION,
  EACH_EVENT,
  EACH,
  EACH_BY_SESSION,
  EACH_ALIKE,
  STATEMENT_COUNT
} statement;

extern const char *const mbc_store_texts[STATEMENT_COUNT];

typedef enum group { NO_GROUP, GROUP_OPEN, GROUP_FAILED } group;

struct mbc_store {
  sqlite3 *db;
  sqlite3_stmt *statements[STATEMENT_COUNT];
  int lock; /* descriptor, -1 without a lock */
  group group;
  int bound;            /* first failure of a bind since the last step */
  int64_t open;         /* sessions */
  int64_t silent_until; /* steady clock: failures are not said again before */
  uint64_t changes;
  int64_t changed[CHANGES]; /* keys, in a ring: change n, counted from 1, stands at (n - 1) % CHANGES */
  char error[256];
};

/* Keeps SQLite's words. Returns false. */
bool mbc_store_failed(mbc_store *store);

/* A single number; `absent` when it is NULL. */
bool mbc_store_read_number(mbc_store *store, statement which, int64_t absent, int64_t *number);

#endif
