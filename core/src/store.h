/* Decides where journals are: a folder that any number of processes share.
 *
 *   STORE/4711-9f0c2a7d15e83b46/        of one client: its process, and a random number
 *     lock                              locked for as long as the client lives
 *     001768435200000-000001.journal    one session: when it was created (ms), and a counter
 *   STORE/aside/                        what will never be sent, for a person to look at
 *     001768435200000-000001-4711-9f0c2a7d15e83b46.journal
 *     001768435200000-000002-4711-9f0c2a7d15e83b46.damaged
 *
 * A folder whose lock is free belongs to a client that is gone. Exactly one other client adopts it: locks it, finishes
 * its journals, removes it. Folders are 0700, files 0600. Everything else in the folder is left alone, and named once.
 *
 * A journal is open (somebody adds to it or sends it) or it waits. One that waits costs no memory. */
#ifndef MEDIABEAT_STORE_H
#define MEDIABEAT_STORE_H

#include <mediabeat/host.h>

#include "journal.h"

typedef struct mb__store mb__store;

typedef enum mb__store_drop { MB__STORE_DROP_BYTES, MB__STORE_DROP_AGE } mb__store_drop;

typedef struct mb__store_options {
  const mb__memory *memory; /* must outlive the store */
  const mb__files *files;   /* copied */
  const char *folder;       /* STORE; made when it is not there, but not the folders above it */
  uint64_t seed;            /* random: names of folders come from it */
  bool power;               /* durability: journals are synced */
  int64_t sync_interval_ms; /* so long at most until what was flushed is synced, if mb__store_tick is called in time */
  uint64_t max_bytes;       /* of all journals */
  int64_t max_age_ms;       /* of one that waits, since its creation */
  void *user;
  /* One line for a person, naming the file; valid during the call. NULL: nobody listens. */
  void (*note)(void *user, mb_log_level level, const char *message);
  /* A journal, of this client or adopted, was dropped because of a bound, with so many events that were not done. NULL:
   * nobody counts. */
  void (*dropped)(void *user, mb__store_drop reason, bool own, uint64_t events);
} mb__store_options;

/* Makes the client's folder. On a fault there is no store and `note` was told what and where, as an error. */
mb__fault mb__store_open(const mb__store_options *options, mb__store **store);

/* Lets everything go: open journals are closed, what waits stays for others to adopt, empty folders are removed. In a
 * forked child it closes what was inherited and touches no file. NULL is fine. */
void mb__store_free(mb__store *store);

/* ---- Own sessions ---- */

/* A journal for a new session, to be used with the functions of journal.h. Names grow, also when the clock steps
 * back. The journal belongs to the store until one of the three functions below takes it. A fault (EMFILE, disk full,
 * ...) leaves nothing behind; later calls may work again. Nothing is noted. */
mb__fault mb__store_new_journal(mb__store *store, const mb__journal_header *header, mb__journal **journal);

/* Each of these closes the journal and frees it, whatever it returns. */

/* Its session is done and the file goes. On a fault the file stays, but this client does not meet it again. */
mb__fault mb__store_remove(mb__store *store, mb__journal *journal);
/* It waits from now on. Flushed and synced first: what cannot be flushed is lost, so flush before and keep it open
 * after a fault if that matters. */
mb__fault mb__store_let_go(mb__store *store, mb__journal *journal);
/* Moved to STORE/aside with the message as its last mark. On a fault of moving it waits, and its state says aside. */
mb__fault mb__store_set_aside(mb__store *store, mb__journal *journal, const char *message);

/* ---- What waits ---- */

/* Adopts folders of clients that are gone, as many as MB__STORE_MOST_ADOPTED at a time: when those are done and empty,
 * another call adopts more. Folders of the living are skipped without a word. `adopted`: how many were added (may be
 * NULL). On a fault (EMFILE, ...) those adopted before it are kept. */
enum { MB__STORE_MOST_ADOPTED = 64 };
mb__fault mb__store_adopt(mb__store *store, size_t *adopted);

/* The name of a journal that waits: good until it is removed, set aside or dropped. All zero: before every name. */
typedef struct mb__store_name {
  int64_t created; /* as in its header, but for clocks that stepped back */
  uint32_t number;
  uint32_t folder;
} mb__store_name;

/* The oldest journal that waits and comes after `name`, over all folders; then it is `name`. `found` false: there is
 * none, and folders that are adopted and empty have been removed. Journals that are open, or were left alone by
 * mb__store_take, are passed over. Costs a listing of the folders for each 256 names, nothing in between. */
mb__fault mb__store_next(mb__store *store, mb__store_name *name, bool *found);

/* Reads a journal, waiting or open, as mb__journal_read. */
mb__fault mb__store_read(mb__store *store, mb__store_name name, const mb__journal_visitor *visitor,
                         mb__journal_state *state);

/* Opens a journal that waits, so that it can be sent, and says what it holds. The state must be freed.
 *
 * Torn: cut to its good lines. Damaged: copied whole to STORE/aside, then cut to its good lines. Nothing good in it:
 * removed. Foreign or newer: left alone. Each is noted with its path. In the last two cases *journal is NULL and the
 * result OK: go on with the next name. On a fault *journal is NULL and the journal still waits: go on with the next
 * name, or begin again later. */
mb__fault mb__store_take(mb__store *store, mb__store_name name, mb__journal_state *state, mb__journal **journal);

/* ---- All of it ---- */

/* Of this client and those it adopted; open or waiting. The first call after an adoption looks at every adopted file,
 * later ones cost nothing. */
mb__fault mb__store_totals(mb__store *store, uint64_t *sessions, uint64_t *bytes);

/* Drops journals that wait, oldest first, until both bounds hold; each is reported. Costs nothing when they do. Open
 * journals count, but are not dropped. */
mb__fault mb__store_enforce_bounds(mb__store *store, int64_t now_ms);

/* Consent is withdrawn: removes every journal of this client and of all clients that are gone, and everything set
 * aside. Open journals stay open and write nothing more; they must still be given to mb__store_remove. What belongs
 * to living clients stays. Goes on after a fault; returns the first one: call again until it is OK. */
mb__fault mb__store_erase(mb__store *store);

/* With `power`: syncs what is due, and says when it wants to be called next. INT64_MAX: not before something is
 * written. Without `power` there is never anything to do. On a fault it is tried again after the interval. */
mb__fault mb__store_tick(mb__store *store, int64_t now_ms);
int64_t mb__store_next_deadline(const mb__store *store);

#endif
