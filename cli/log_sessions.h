/* Decides which session an id in a log means: the sessions that the log has opened, as the backend calls them. */
#ifndef MEDIABEAT_CLI_LOG_SESSIONS_H
#define MEDIABEAT_CLI_LOG_SESSIONS_H

#include <mediabeat/session.h>

struct player;

typedef struct log_session {
  struct log_session *next; /* opened before it */
  mb_session *session;      /* NULL: it was never opened, or its player has another one now */
  struct player *who;       /* NULL: it is nobody's, and found by its id alone */
  struct log_sessions *all;
} log_session;

typedef struct session_id_entry session_id_entry;

/* All sessions of a log, and by id. Sessions do not move. */
typedef struct log_sessions {
  log_session *first;
  session_id_entry **slots; /* open addressing, at most half full */
  size_t count, capacity;
  bool out_of_memory; /* an id could not be noted: the log cannot be played on */
} log_sessions;

/* A session that is to be opened. NULL: out of memory. */
log_session *log_sessions_add(log_sessions *all, struct player *who);

/* mb_session_options.session_id; `user` is the log_session. A session may have had several ids; of two sessions that
 * had the same one, the later has it. */
void log_session_note_id(void *user, const char *id);

/* The session that has had this id and is still in use, or NULL. */
log_session *log_sessions_find(const log_sessions *all, const char *id);

/* Frees what was noted, not the sessions themselves, which go with the client. */
void log_sessions_free(log_sessions *all);

#endif
