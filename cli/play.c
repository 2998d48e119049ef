/* Owns the tables from calls to functions. A member that is missing is handed over as nothing given (NULL, -1, 0, NaN):
 * to refuse it is the library's business. */
#include "play.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "play_session.h"
#include "tracker.h"

/* ---- Members ---- */

/* A count of the protocol; 0, which no rule takes, when there is none. */
static int64_t whole(const log_line *line, const char *path, int64_t missing) {
  double number = log_number(line, path);
  bool fits = number >= -9007199254740992.0 && number <= 9007199254740992.0 && floor(number) == number;
  return fits ? (int64_t)number : missing;
}

static double seconds(const log_line *line, const char *path) {
  double number = log_number(line, path);
  return isnan(number) ? -1 : number;
}

static bool grow_pairs(playback *play, size_t count) {
  if (count <= play->pair_capacity) return true;
  mb_pair *pairs = realloc(play->pairs, count * sizeof *pairs);
  if (!pairs) return false;
  play->pairs = pairs;
  play->pair_capacity = count;
  return true;
}

/* The line's metadata as pairs; what is null is not given. */
static bool collect_pairs(playback *play, const log_line *line, size_t *count) {
  const mb__json *metadata = log_member(line, "metadata");
  *count = 0;
  for (const mb__json *pair = metadata ? mb__json_first(metadata) : NULL; pair; pair = mb__json_next(pair)) {
    if (!mb__json_text(pair)) continue;
    if (!grow_pairs(play, *count + 1)) return false;
    play->pairs[(*count)++] = (mb_pair){mb__json_name(pair), mb__json_text(pair)};
  }
  return true;
}

mb_qoe_info play_qoe(const log_line *line) {
  return (mb_qoe_info){.size = sizeof(mb_qoe_info),
                       .bitrate = log_number(line, "info.bitrate"),
                       .startup_time = log_number(line, "info.startupTime"),
                       .fps = log_number(line, "info.fps"),
                       .dropped_frames = log_number(line, "info.droppedFrames")};
}

/* ---- Tracker level: one function for each call with members ---- */

static mb_status start_session(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  mb_media_info info;
  size_t count;
  mb_media_info_init(&info);
  info.id = log_text(line, "info.id");
  info.name = log_text(line, "info.name");
  info.length = seconds(line, "info.length");
  info.stream_type = log_text(line, "info.streamType");
  info.media_type = log_text(line, "info.mediaType");
  info.resumed = log_flag(line, "info.resumed");
  info.granular_ad_tracking = log_flag(line, "info.granularAdTracking");
  info.preroll_waiting_time_ms = whole(line, "info.prerollWaitingTime", info.preroll_waiting_time_ms);
  if (!collect_pairs(play, line, &count)) return MB_NO_MEMORY;
  return mb_tracker_session_start(tracker, &info, play->pairs, count, now_ms);
}

static mb_status start_ad_break(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  (void)play;
  mb_ad_break_info info = {.size = sizeof info,
                           .name = log_text(line, "info.name"),
                           .position = whole(line, "info.position", 0),
                           .start_time = seconds(line, "info.startTime")};
  return mb_tracker_ad_break_start(tracker, &info, now_ms);
}

static mb_status start_ad(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  size_t count;
  mb_ad_info info = {.size = sizeof info,
                     .id = log_text(line, "info.id"),
                     .name = log_text(line, "info.name"),
                     .position = whole(line, "info.position", 0),
                     .length = seconds(line, "info.length")};
  if (!collect_pairs(play, line, &count)) return MB_NO_MEMORY;
  return mb_tracker_ad_start(tracker, &info, play->pairs, count, now_ms);
}

static mb_status start_chapter(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  size_t count;
  mb_chapter_info info = {.size = sizeof info,
                          .name = log_text(line, "info.name"),
                          .position = whole(line, "info.position", 0),
                          .length = seconds(line, "info.length"),
                          .start_time = seconds(line, "info.startTime")};
  if (!collect_pairs(play, line, &count)) return MB_NO_MEMORY;
  return mb_tracker_chapter_start(tracker, &info, play->pairs, count, now_ms);
}

static mb_status start_state(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  (void)play;
  return mb_tracker_state_start(tracker, log_text(line, "info.name"), now_ms);
}

static mb_status end_state(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  (void)play;
  return mb_tracker_state_end(tracker, log_text(line, "info.name"), now_ms);
}

static mb_status say_error(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  (void)play;
  return mb_tracker_error(tracker, log_text(line, "id"), now_ms);
}

static mb_status move_playhead(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  (void)play;
  return mb_tracker_update_playhead(tracker, log_number(line, "value"), now_ms);
}

static mb_status update_qoe(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms) {
  (void)play;
  mb_qoe_info info = play_qoe(line);
  return mb_tracker_update_qoe(tracker, &info, now_ms);
}

typedef struct tracker_row {
  mb_status (*bare)(mb_tracker *tracker, int64_t now_ms);
  mb_status (*with_members)(playback *play, mb_tracker *tracker, const log_line *line, int64_t now_ms);
} tracker_row;

static const tracker_row tracker_calls[CALL_COUNT] = {
    [CALL_SESSION_START] = {NULL, start_session},
    [CALL_PLAY] = {mb_tracker_play, NULL},
    [CALL_PAUSE] = {mb_tracker_pause, NULL},
    [CALL_COMPLETE] = {mb_tracker_complete, NULL},
    [CALL_SESSION_END] = {mb_tracker_session_end, NULL},
    [CALL_PLAYHEAD] = {NULL, move_playhead},
    [CALL_QOE] = {NULL, update_qoe},
    [CALL_ERROR] = {NULL, say_error},
    [CALL_AD_BREAK_START] = {NULL, start_ad_break},
    [CALL_AD_BREAK_COMPLETE] = {mb_tracker_ad_break_complete, NULL},
    [CALL_AD_START] = {NULL, start_ad},
    [CALL_AD_COMPLETE] = {mb_tracker_ad_complete, NULL},
    [CALL_AD_SKIP] = {mb_tracker_ad_skip, NULL},
    [CALL_CHAPTER_START] = {NULL, start_chapter},
    [CALL_CHAPTER_COMPLETE] = {mb_tracker_chapter_complete, NULL},
    [CALL_CHAPTER_SKIP] = {mb_tracker_chapter_skip, NULL},
    [CALL_BUFFER_START] = {mb_tracker_buffer_start, NULL},
    [CALL_BUFFER_COMPLETE] = {mb_tracker_buffer_complete, NULL},
    [CALL_SEEK_START] = {mb_tracker_seek_start, NULL},
    [CALL_SEEK_COMPLETE] = {mb_tracker_seek_complete, NULL},
    [CALL_BITRATE_CHANGE] = {mb_tracker_bitrate_change, NULL},
    [CALL_STATE_START] = {NULL, start_state},
    [CALL_STATE_END] = {NULL, end_state},
};

/* ---- Players ---- */

static mb_status install_details(player *who) {
  mb_status status = MB_OK;
  if (who->tracker && who->has_details)
    status = mb_tracker_set_player_details(who->tracker, player_answer_details, who);
  return status == MB_OK ? play_install_session_details(who) : status;
}

static mb_status need_tracker(playback *play, player *who) {
  if (who->tracker) return MB_OK;
  mb_status status = mb_tracker_new(play->client, who->name, &who->tracker);
  return status == MB_OK ? install_details(who) : status;
}

/* A playhead that follows the clock is where it is before the line, which then sees it; nothing fires for that. */
static void set_playhead_silently(player *who, int64_t now_ms) {
  if (!follow_playhead_runs(&who->follow)) return;
  double playhead = follow_playhead_at(&who->follow, now_ms);
  if (who->tracker) mb__tracker_set_playhead_silently(who->tracker, playhead);
  if (who->opened) mb_session_update_playhead(who->opened->session, playhead, now_ms);
}

static mb_status hand_over_playheads(playback *play, int64_t now_ms) {
  mb_status status = MB_OK;
  for (player *who = play->players.first; who && status != MB_NO_MEMORY; who = who->next) {
    if (!follow_playhead_runs(&who->follow)) continue;
    double playhead = follow_playhead_at(&who->follow, now_ms);
    if (who->tracker) status = mb_tracker_update_playhead(who->tracker, playhead, now_ms);
    if (who->opened) status = mb_session_update_playhead(who->opened->session, playhead, now_ms);
  }
  return status == MB_NO_MEMORY ? status : MB_OK;
}

mb_status play_tick(playback *play, int64_t now_ms) {
  mb_status status = play->playhead_follows ? hand_over_playheads(play, now_ms) : MB_OK;
  return status == MB_OK ? mb_client_tick(play->client, now_ms) : status;
}

/* ---- Everything else ---- */

static mb_status set_details(player *who, const log_line *line) {
  who->has_details = true;
  who->details =
      (mb_player_details){.playhead = log_number(line, "details.playhead"),
                          .has_qoe = log_member(line, "details.qoeDataDetails") != NULL,
                          .qoe = {.size = sizeof(mb_qoe_info),
                                  .bitrate = log_number(line, "details.qoeDataDetails.bitrate"),
                                  .startup_time = log_number(line, "details.qoeDataDetails.timeToStart"),
                                  .fps = log_number(line, "details.qoeDataDetails.framesPerSecond"),
                                  .dropped_frames = log_number(line, "details.qoeDataDetails.droppedFrames")}};
  return install_details(who);
}

static mb_status set_online(playback *play, const log_line *line, int64_t now_ms) {
  if (!log_member(line, "value")) return MB_INVALID_ARGUMENT;
  return mb_client_set_online(play->client, log_flag(line, "value"), now_ms);
}

static mb_status set_consent(playback *play, const log_line *line, int64_t now_ms) {
  const char *value = log_text(line, "value");
  if (!value) return MB_INVALID_ARGUMENT;
  mb_consent consent = value[0] == 'i' ? MB_CONSENT_IN : value[0] == 'o' ? MB_CONSENT_OUT : MB_CONSENT_UNKNOWN;
  mb_status status = mb_client_set_consent(play->client, consent, now_ms);
  if (status == MB_OK) play->consent = consent;
  return status;
}

static mb_status set_backend(playback *play, const log_line *line, int64_t now_ms) {
  (void)now_ms;
  return !play->answers || dry_run_backend(play->answers, line) ? MB_OK : MB_NO_MEMORY;
}

static mb_status tick(playback *play, const log_line *line, int64_t now_ms) {
  (void)line;
  return play_tick(play, now_ms);
}

static mb_status nothing(playback *play, const log_line *line, int64_t now_ms) {
  (void)play, (void)line, (void)now_ms;
  return MB_OK;
}

/* Calls of no player, and those that know themselves whose they are. `configure` was read when the client was made. */
static mb_status (*const client_calls[CALL_COUNT])(playback *play, const log_line *line, int64_t now_ms) = {
    [CALL_CONFIGURE] = nothing,          [CALL_ONLINE] = set_online, [CALL_CONSENT] = set_consent,
    [CALL_BACKEND] = set_backend,        [CALL_TICK] = tick,         [CALL_CREATE_SESSION] = play_create_session,
    [CALL_SEND_EVENT] = play_send_event,
};

static mb_status call_tracker(playback *play, player *who, const log_line *line, int64_t now_ms) {
  const tracker_row *row = &tracker_calls[line->call];
  mb_status status = need_tracker(play, who);
  if (status != MB_OK) return status;
  return row->bare ? row->bare(who->tracker, now_ms) : row->with_members(play, who->tracker, line, now_ms);
}

/* A recording says with createMediaSession, not with "level", that a player's calls go to a session. */
static bool has_rules(const playback *play, const player *who) { return !play->session_level && !who->opened; }

static mb_status call_player(playback *play, player *who, const log_line *line, int64_t now_ms) {
  if (line->call == CALL_PLAYER_DETAILS) return set_details(who, line);
  if (play->playhead_follows) set_playhead_silently(who, now_ms);
  bool rules = has_rules(play, who);
  mb_status status = rules ? call_tracker(play, who, line, now_ms) : play_call_as_event(play, who, line, now_ms);
  if (status == MB_OK) follow_playhead_note(&who->follow, line, now_ms, rules);
  return status;
}

static mb_status do_line(playback *play, const log_line *line, int64_t now_ms) {
  if (client_calls[line->call]) return client_calls[line->call](play, line, now_ms);
  player *who = players_get(&play->players, line->player);
  return who ? call_player(play, who, line, now_ms) : MB_NO_MEMORY;
}

mb_status play_line(playback *play, const log_line *line, int64_t now_ms) {
  mb_status status = do_line(play, line, now_ms);
  if (status != MB_OK && status != MB_NO_MEMORY && !mb_status_is_refusal(status)) play->uncounted++;
  return status;
}

void play_init(playback *play, mb_client *client, const mb_config *config, dry_run *answers) {
  const char *level = mb_config_text(config, "level");
  *play = (playback){.client = client,
                     .answers = answers,
                     .session_level = level && strcmp(level, "session") == 0,
                     .playhead_follows = mb_config_flag(config, "playheadFollows")};
  mb__writer_init(&play->scratch, &mb__c_library);
}

void play_free(playback *play) {
  players_free(&play->players);
  log_sessions_free(&play->sessions);
  mb__writer_free(&play->scratch);
  free(play->pairs);
}
