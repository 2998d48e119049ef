/* Decides what a call becomes at session level ("level": "session"): which event of the Media Collection API, with which
 * keys. */
#ifndef MEDIABEAT_CLI_SESSION_EVENT_H
#define MEDIABEAT_CLI_SESSION_EVENT_H

#include "player_log.h"
#include "writer.h"

/* Writes the event for a line, in the form that mb_session_open and mb_session_send take. False when the call is none
 * (playhead, qoe and what is not the player's). */
bool session_event_write(mb__writer *writer, const log_line *line);

#endif
