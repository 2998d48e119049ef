/* Decides what is found in a store's folder: clients, alive or gone, and their sessions. Changes nothing there. */
#ifndef MEDIABEAT_CLI_STORE_SURVEY_H
#define MEDIABEAT_CLI_STORE_SURVEY_H

#include "console.h"
#include "journal.h"

typedef enum store_owner { STORE_ALIVE, STORE_GONE, STORE_ASIDE, STORE_OWNERS } store_owner;

typedef struct store_names {
  char **names;
  size_t count, capacity;
} store_names;

/* A session as its journal says. Valid while it is visited. */
typedef struct store_session {
  const char *folder, *file, *path;
  store_owner owner;
  bool is_copy; /* of a damaged journal, whose good lines went their way */
  mb__journal_state state;
} store_session;

/* Sums over what was visited, for each owner. */
typedef struct store_sums {
  uint64_t sessions, waiting, bytes; /* waiting: events that are not done */
} store_sums;

typedef struct store_survey store_survey;
struct store_survey {
  const char *root;
  cli_console *console;
  void *user;
  void (*visit)(store_survey *survey, const store_session *session); /* NULL: only the sums */
  bool silent;                                                       /* what cannot be read was said before */
  bool without_living;                                               /* passes over clients that are alive */

  mb__files files;
  store_sums sums[STORE_OWNERS];
  uint64_t unreadable; /* files and folders that could not be read at all, */
  uint64_t unsound;    /* journals that are not good: damaged, newer, foreign; each was said on the console */
};

/* Visits every session: clients by name, what was set aside last, sessions in the order of their making. False: there
 * is no such folder, it is not readable, or memory ran out; it has been said. */
bool store_survey_run(store_survey *survey);

/* What of a session is to be delivered; 0 for a copy. */
uint64_t store_session_waiting(const store_session *session);

/* Reads its events, those that are not done only. */
mb__fault store_session_events(store_survey *survey, const store_session *session, void *user,
                               mb__fault (*event)(void *user, uint64_t number, const char *body, size_t size));

#endif
