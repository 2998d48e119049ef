/* Decides what a line does at session level: which session it means, and which event goes there. */
#ifndef MEDIABEAT_CLI_PLAY_SESSION_H
#define MEDIABEAT_CLI_PLAY_SESSION_H

#include "play.h"

/* createMediaSession and sendMediaEvent. */
mb_status play_create_session(playback *play, const log_line *line, int64_t now_ms);
mb_status play_send_event(playback *play, const log_line *line, int64_t now_ms);

/* What the line should have and has not; NULL: nothing, or that is for the library to say. */
const char *play_missing_event(const log_line *line);

/* A call of a player, sent as its one event. */
mb_status play_call_as_event(playback *play, player *who, const log_line *line, int64_t now_ms);

/* From now on the player's session asks it for its details. */
mb_status play_install_session_details(player *who);

#endif
