/* Decides how one session is written down: a file of lines that a person can read.
 *
 * Every line is TEXT, TAB, CRC-32C of TEXT as 8 hexadecimal digits, newline. The first one is the header:
 *   {"mediabeat":1,"protocol":"collection-v1","kind":"online","player":"tv","session":3,"created":1768435200000}
 * 1 is the version of the format. Every version has such a first line; a newer one than ours is left alone.
 * Then there are events, exactly as they wait in the queue, each beginning with {, and marks:
 *   done 12                               the first 12 events are over: delivered, or dropped and reported
 *   opening                               the request that opens the session, or carries the batch, is under way
 *   unopened                              it was answered, and the session is not open
 *   opened {"id":"4f2a","region":"irl1"}  the session is open, and the event before it that opened it is over; again
 *                                         after it went on in a new one
 *   ended                                 nothing will be added
 *   aside "no such report suite"          the backend will never take it, in its words
 *
 * A journal that was written without a fault reads as it was written. One that was cut off anywhere reads up to its
 * last whole line. */
#ifndef MEDIABEAT_JOURNAL_H
#define MEDIABEAT_JOURNAL_H

#include "files.h"
#include "json.h"
#include "writer.h"

enum { MB__JOURNAL_VERSION = 1, MB__JOURNAL_LONGEST_LINE = 16 * 1024 * 1024 };

typedef struct mb__journal_header {
  const char *protocol; /* "collection-v1", "edge-va-v1" */
  bool downloaded;      /* kind: "downloaded", or "online" */
  const char *player;   /* "" when it has no name */
  uint32_t session;     /* of this player, from 1 */
  int64_t created;      /* ms since 1970 */
} mb__journal_header;

/* ---- Writing ---- */

/* The folder that a journal is in. It must outlive its journals. */
typedef struct mb__journal_folder {
  const mb__files *files;
  const mb__memory *memory;
  char *path;
  bool power;     /* whether mb__journal_sync does anything */
  bool unsynced;  /* a journal in it has bytes that loss of power would take */
  bool unnamed;   /* loss of power would take or bring back a name in it */
  uint64_t bytes; /* what is written is added to it, what is cut off subtracted */
} mb__journal_folder;

/* An open journal. Read its members, change none. */
typedef struct mb__journal {
  mb__journal_folder *folder;
  mb__file file;
  mb__writer pending; /* lines that are not written yet */
  uint64_t size;      /* bytes in the file */
  uint64_t events;    /* added, pending ones included */
  uint64_t written;   /* of these, in the file */
  uint64_t done;      /* as last marked */
  bool unsynced;
  bool given_up; /* the file could not be mended after a fault: nothing is written any more */
} mb__journal;

/* A new file at `path`, which is in `folder`. Nothing is written yet: the header goes with the first event, in one
 * write. On a fault there is no file and nothing to close. */
mb__fault mb__journal_create(mb__journal *journal, mb__journal_folder *folder, const char *path,
                             const mb__journal_header *header);

void mb__journal_close(mb__journal *journal); /* what is pending is lost; the file stays */

/* Events. Those of one call are added, then flushed together. Adding does not touch the file.
 *
 *   save, add, add, flush       a call
 *   save, add, add, restore     a call that never was
 *
 * A body is one line of JSON without raw control characters.
 * NO_MEMORY, or TOO_LARGE for a line of more than MB__JOURNAL_LONGEST_LINE bytes: nothing was added. */
mb__fault mb__journal_add(mb__journal *journal, const char *body, size_t size);

typedef struct mb__journal_point {
  size_t pending;
  uint64_t events;
} mb__journal_point;
mb__journal_point mb__journal_save(const mb__journal *journal);
void mb__journal_restore(mb__journal *journal, mb__journal_point point); /* only when nothing was flushed since */

/* Hands everything pending to the operating system in one write: then it survives the end of the process.
 * After a fault nothing of it is in the file and all of it is still pending, for the next flush. A journal is given up
 * when part of a write cannot be cut off again, or when more than MB__JOURNAL_MOST_PENDING bytes pile up; from then on
 * adding does nothing and this returns GIVEN_UP. What is in the file stays good. */
enum { MB__JOURNAL_MOST_PENDING = 1024 * 1024 };
mb__fault mb__journal_flush(mb__journal *journal);

void mb__journal_give_up(mb__journal *journal); /* by the owner's wish */

/* Marks. Each is written at once, behind what is pending; the fault is that of adding or of mb__journal_flush. */
mb__fault mb__journal_mark_done(mb__journal *journal, uint64_t events); /* cumulative; less than before: nothing */
mb__fault mb__journal_mark_opening(mb__journal *journal);
mb__fault mb__journal_mark_unopened(mb__journal *journal);
mb__fault mb__journal_mark_opened(mb__journal *journal, const char *id, const char *region); /* region: "" for none */
mb__fault mb__journal_mark_ended(mb__journal *journal);
mb__fault mb__journal_mark_aside(mb__journal *journal, const char *message); /* UTF-8 */

/* What was flushed survives loss of power, the file's name included. Nothing to do unless folder->power. On a fault
 * it is unknown what would survive; it can be tried again. */
mb__fault mb__journal_sync(mb__journal *journal);

/* ---- Reading ---- */

typedef enum mb__journal_finding {
  MB__JOURNAL_GOOD,
  MB__JOURNAL_TORN,    /* the last line has no end; it is left out */
  MB__JOURNAL_DAMAGED, /* a line is not what was written; that and all after it is left out */
  MB__JOURNAL_EMPTY,   /* not even a header */
  MB__JOURNAL_FOREIGN, /* no journal */
  MB__JOURNAL_NEWER    /* a version that we do not know */
} mb__journal_finding;

/* Told while reading, in the order of the file: the header once, then each event. NULL members are left out. What is
 * not OK ends the reading and is returned by it. Texts are valid during the call. */
typedef struct mb__journal_visitor {
  void *user;
  mb__fault (*header)(void *user, const mb__journal_header *header);
  mb__fault (*event)(void *user, uint64_t number, const char *body, size_t size); /* numbered from 1 */
} mb__journal_visitor;

/* What a journal says, after its last good line. The header's texts and those below belong to it. */
typedef struct mb__journal_state {
  mb__journal_finding finding;
  mb__journal_header header; /* set when finding is GOOD, TORN or DAMAGED and good_size is not 0 */
  uint64_t good_size;        /* bytes of the good lines */
  uint64_t size;             /* of the file */
  uint64_t version;          /* at NEWER: which */
  uint64_t events, done;     /* done is never more than events */
  bool opening;              /* the request that opens it was under way, its answer is unknown */
  bool ended;
  const char *id, *region; /* NULL: not open; region "" for none */
  const char *aside;       /* the backend's words; NULL: not set aside */
  mb__json *parsed[3];     /* what owns the texts */
} mb__journal_state;

/* Reads a journal, changing nothing: also one that somebody is writing. `visitor` may be NULL. Takes 64 KB of memory,
 * or as much as the longest line. To know what is done before the first event, read twice. Also on a fault (of
 * opening and reading, NO_MEMORY, or the visitor's) the state must be freed. */
mb__fault mb__journal_read(const mb__files *files, const mb__memory *memory, const char *path,
                           const mb__journal_visitor *visitor, mb__journal_state *state);
void mb__journal_state_free(mb__journal_state *state);

/* Opens a journal that was read and has good lines, to go on with it: what is behind them is cut off. */
mb__fault mb__journal_open(mb__journal *journal, mb__journal_folder *folder, const char *path,
                           const mb__journal_state *state);

#endif
