/* Owns the way from a line to a session: by its player, or by the id that the backend gave. */
#include "play_session.h"

#include "json_slice.h"
#include "session_event.h"

static mb_status no_session(playback *play) {
  play->uncounted++;
  return MB_REFUSED_NOT_IN_SESSION;
}

/* What could not be noted about ids would show much later, as events that go to the wrong place. */
static mb_status done(const playback *play, mb_status status) {
  return play->sessions.out_of_memory ? MB_NO_MEMORY : status;
}

/* ---- Sessions ---- */

static bool answer_details(void *user, mb_player_details *details) {
  const log_session *session = user;
  return player_answer_details(session->who, details);
}

mb_status play_install_session_details(player *who) {
  if (!who->opened || !who->has_details) return MB_OK;
  return mb_session_set_player_details(who->opened->session, answer_details, who->opened);
}

/* The player's session is the one opened last; an earlier one goes on delivering by itself, and its pings stop. */
static void replace(player *who, log_session *session) {
  log_session *earlier = who->opened;
  who->opened = session;
  if (!earlier) return;
  mb_session_free(earlier->session);
  earlier->session = NULL;
}

/* `who`: NULL for a session that only its id will name. */
static mb_status open_session(playback *play, player *who, mb_session_options *options, json_slice event,
                              int64_t now_ms) {
  log_session *opened = log_sessions_add(&play->sessions, who);
  if (!opened) return MB_NO_MEMORY;
  options->size = sizeof *options;
  options->player = who ? who->name : NULL;
  options->session_id = log_session_note_id;
  options->user = opened;
  if (who && who->has_details && !options->manual) options->player_details = answer_details;
  mb_status status = mb_session_open(play->client, options, event.text, event.size, now_ms, &opened->session);
  if (status == MB_OK && who) replace(who, opened);
  return done(play, status);
}

/* Goes on with a session that another process has opened; it is the player's if that has none. */
static mb_status resume_session(playback *play, player *who, const char *id, int64_t now_ms, mb_session **session) {
  const mb_session_options options = {.size = sizeof options, .player = who ? who->name : NULL, .manual = true};
  log_session *resumed = log_sessions_add(&play->sessions, who);
  if (!resumed) return MB_NO_MEMORY;
  mb_status status = mb_session_resume(play->client, &options, id, now_ms, &resumed->session);
  if (status != MB_OK) return status;
  *session = resumed->session;
  log_session_note_id(resumed, id);
  if (who && !who->opened) who->opened = resumed;
  return done(play, MB_OK);
}

/* ---- createMediaSession, sendMediaEvent ---- */

static const char *const forms[] = {"options.xdm", "options.event"};

const char *play_missing_event(const log_line *line) {
  bool needs_one = line->call == CALL_CREATE_SESSION || line->call == CALL_SEND_EVENT;
  bool has_one = log_member(line, forms[0]) || log_member(line, forms[1]);
  return needs_one && !has_one ? "options.xdm or options.event is missing" : NULL;
}

/* The event is handed on as it is written in the log; without one there is nothing to send. */
static json_slice event_text(const log_line *line) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (log_member(line, forms[i])) return json_slice_at(line->text, line->size, forms[i]);
  return (json_slice){"null", 4};
}

/* In XDM form an application that names no player looks after the session itself. */
mb_status play_create_session(playback *play, const log_line *line, int64_t now_ms) {
  bool alone = !line->has_player && log_member(line, "options.xdm");
  player *who = alone ? NULL : players_get(&play->players, line->player);
  if (!alone && !who) return MB_NO_MEMORY;
  mb_session_options options = {.granular_ad_tracking = log_flag(line, "options.granularAdTracking"),
                                .no_pings = log_flag(line, "options.noPings"),
                                .manual = alone || log_flag(line, "options.manual")};
  return open_session(play, who, &options, event_text(line), now_ms);
}

static mb_status send_to(playback *play, const player *who, json_slice event, int64_t now_ms) {
  return who->opened ? mb_session_send(who->opened->session, event.text, event.size, now_ms) : no_session(play);
}

static mb_status send_by_id(playback *play, player *who, const log_line *line, int64_t now_ms) {
  const char *id = log_session_id(line);
  const log_session *known = log_sessions_find(&play->sessions, id);
  mb_session *session = known ? known->session : NULL;
  mb_status status = session ? MB_OK : resume_session(play, who, id, now_ms, &session);
  if (status != MB_OK) return status;
  json_slice event = event_text(line);
  return mb_session_send(session, event.text, event.size, now_ms);
}

mb_status play_send_event(playback *play, const log_line *line, int64_t now_ms) {
  bool by_id = log_session_id(line) != NULL, nobodys = by_id && !line->has_player;
  player *who = nobodys ? NULL : players_get(&play->players, line->player);
  if (!who && !nobodys) return MB_NO_MEMORY;
  return by_id ? send_by_id(play, who, line, now_ms) : send_to(play, who, event_text(line), now_ms);
}

/* ---- Calls of a player ---- */

static mb_status update(playback *play, const player *who, const log_line *line, int64_t now_ms) {
  if (!who->opened) return no_session(play);
  mb_session *session = who->opened->session;
  if (line->call == CALL_PLAYHEAD) return mb_session_update_playhead(session, log_number(line, "value"), now_ms);
  mb_qoe_info info = play_qoe(line);
  return mb_session_update_qoe(session, &info, now_ms);
}

mb_status play_call_as_event(playback *play, player *who, const log_line *line, int64_t now_ms) {
  mb__writer *json = &play->scratch;
  mb__writer_clear(json);
  if (!session_event_write(json, line)) return update(play, who, line, now_ms);
  if (json->failed) return MB_NO_MEMORY;
  json_slice event = {json->bytes, json->size};
  if (line->call != CALL_SESSION_START) return send_to(play, who, event, now_ms);
  mb_session_options options = {.granular_ad_tracking = log_flag(line, "info.granularAdTracking")};
  return open_session(play, who, &options, event, now_ms);
}
