/* Decides how C calls Python.
 *
 * Who holds the GIL: a call that cannot block keeps it, so its callbacks run at once. wait() and close() let go of it
 * (python_release) and take it back (python_regain); callbacks in between take it for as long as they last.
 *
 * An exception never goes through C. It is parked at the client, the call goes on with what was known before, and
 * python_leave raises it from the call that caused it. Of several the first is raised, unless one is no Exception
 * (KeyboardInterrupt); the others are reported through sys.unraisablehook. */
#ifndef MEDIABEAT_PYTHON_CALLBACKS_H
#define MEDIABEAT_PYTHON_CALLBACKS_H

#include "python_handles.h"

void python_release(python_client *client);
void python_regain(python_client *client);

/* Around everything a callback does: take answers what give wants back. */
bool python_take(python_client *client);
void python_give(python_client *client, bool taken);

/* Parks the exception that is set. */
void python_park(python_client *client);

/* Runs the handlers of signals that have come. True: waiting is over, for what a handler has raised is parked, or what a
 * callback has, and is no Exception (KeyboardInterrupt). */
bool python_interrupted(python_client *client);

/* Callbacks of the core. `user` is a python_host, a python_player or a python_client. */
void *python_allocate(void *user, void *block, size_t size);
void python_log(void *user, mb_log_level level, const char *message);
bool python_player_details(void *user, mb_player_details *details);
void python_session_id(void *user, const char *id);
void python_write(void *user, const char *line, size_t size);

#endif
