/* Owns the rules of the Media SDK: a table of calls, their conditions, their preparation and their effect.
 * https://developer.adobe.com/client-sdks/solution/adobe-media-analytics/api-reference/ */
#include "rules.h"

#include <string.h>

#include "beat.h"
#include "params.h"

/* Conditions, in the order in which they are checked. */
enum condition {
  END, /* of a list */
  NO_SESSION,
  IN_SESSION,
  PLAYBACK_ALLOWED, /* not in a break without an ad */
  NOT_BUFFERING,
  NOT_SEEKING,
  BUFFERING,
  SEEKING,
  IN_AD_BREAK,
  IN_AD,
  IN_CHAPTER,
  CONDITION_COUNT
};

static bool holds(const mb__state *state, enum condition condition) {
  switch (condition) {
    case NO_SESSION: return !state->open;
    case IN_SESSION: return state->open;
    case PLAYBACK_ALLOWED: return !state->ad_break || state->ad;
    case NOT_BUFFERING: return !state->buffering;
    case NOT_SEEKING: return !state->seeking;
    case BUFFERING: return state->buffering;
    case SEEKING: return state->seeking;
    case IN_AD_BREAK: return state->ad_break != NULL;
    case IN_AD: return state->ad != NULL;
    case IN_CHAPTER: return state->chapter != NULL;
    case END:
    case CONDITION_COUNT: break;
  }
  return true;
}

static const mb_status refusals[CONDITION_COUNT] = {
    [NO_SESSION] = MB_REFUSED_IN_SESSION,
    [IN_SESSION] = MB_REFUSED_NOT_IN_SESSION,
    [PLAYBACK_ALLOWED] = MB_REFUSED_BREAK_WITHOUT_AD,
    [NOT_BUFFERING] = MB_REFUSED_BUFFERING,
    [NOT_SEEKING] = MB_REFUSED_SEEKING,
    [BUFFERING] = MB_REFUSED_NOT_BUFFERING,
    [SEEKING] = MB_REFUSED_NOT_SEEKING,
    [IN_AD_BREAK] = MB_REFUSED_NOT_IN_AD_BREAK,
    [IN_AD] = MB_REFUSED_NOT_IN_AD,
    [IN_CHAPTER] = MB_REFUSED_NOT_IN_CHAPTER,
};

/* Preparation: checks the info and encodes what the event will carry. */

static bool is_empty(const char *text) { return !text || !*text; }

/* From 1 to what a JSON number holds exactly. */
static bool fits_position(int64_t position) { return position >= 1 && position <= (int64_t)MB__MOST_EXACT; }

static mb_status prepare_tail(mb__turn *turn, mb__event_type type, mb__values *values, mb__field last_identity) {
  mb__metadata custom;
  const mb__call *call = turn->call;
  if (mb__metadata_split(turn->client, type, call->metadata, call->metadata_count, values, &custom))
    return MB_NO_MEMORY;
  mb__params_from_settings(turn->client, type, values);
  mb_status status = mb__params_encode(turn->client, type, values, &custom, last_identity, &turn->tail);
  mb__metadata_free(turn->client, &custom);
  return status;
}

static bool same(const mb__tail *one, const mb__tail *other) {
  return other && one->identity == other->identity && memcmp(one->bytes, other->bytes, one->identity) == 0;
}

static mb_status prepare_session_start(mb__turn *turn) {
  const mb_media_info *info = &turn->call->as.media;
  bool known_type =
      info->media_type && (strcmp(info->media_type, "video") == 0 || strcmp(info->media_type, "audio") == 0);
  if (is_empty(info->id) || is_empty(info->name) || is_empty(info->stream_type) || !known_type || info->length < 0)
    return MB_REFUSED_INVALID_INFO;
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_ID, info->id);
  mb__set_text(&values, MB__FIELD_MEDIA_NAME, info->name);
  mb__set_number(&values, MB__FIELD_MEDIA_LENGTH, info->length);
  mb__set_text(&values, MB__FIELD_MEDIA_CONTENT_TYPE, info->stream_type);
  mb__set_text(&values, MB__FIELD_MEDIA_STREAM_TYPE, info->media_type);
  return prepare_tail(turn, MB__EVENT_SESSION_START, &values, MB__FIELD_COUNT);
}

static mb_status prepare_ad_break_start(mb__turn *turn) {
  const mb_ad_break_info *info = &turn->call->as.ad_break;
  if (is_empty(info->name) || !fits_position(info->position) || info->start_time < 0) return MB_REFUSED_INVALID_INFO;
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_AD_POD_FRIENDLY_NAME, info->name);
  mb__set_integer(&values, MB__FIELD_MEDIA_AD_POD_INDEX, info->position);
  mb__set_number(&values, MB__FIELD_MEDIA_AD_POD_SECOND, info->start_time);
  mb_status status = prepare_tail(turn, MB__EVENT_AD_BREAK_START, &values, MB__FIELD_COUNT);
  return !status && same(turn->tail, turn->state.ad_break) ? MB_REFUSED_SAME_AD_BREAK : status;
}

static mb_status prepare_ad_start(mb__turn *turn) {
  const mb_ad_info *info = &turn->call->as.ad;
  if (is_empty(info->id) || is_empty(info->name) || !fits_position(info->position) || info->length < 0)
    return MB_REFUSED_INVALID_INFO;
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_AD_ID, info->id);
  mb__set_text(&values, MB__FIELD_MEDIA_AD_NAME, info->name);
  mb__set_number(&values, MB__FIELD_MEDIA_AD_LENGTH, info->length);
  mb__set_integer(&values, MB__FIELD_MEDIA_AD_POD_POSITION, info->position);
  mb_status status = prepare_tail(turn, MB__EVENT_AD_START, &values, MB__FIELD_MEDIA_AD_POD_POSITION);
  return !status && same(turn->tail, turn->state.ad) ? MB_REFUSED_SAME_AD : status;
}

static mb_status prepare_chapter_start(mb__turn *turn) {
  const mb_chapter_info *info = &turn->call->as.chapter;
  if (is_empty(info->name) || !fits_position(info->position) || info->length < 0 || info->start_time < 0)
    return MB_REFUSED_INVALID_INFO;
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_CHAPTER_FRIENDLY_NAME, info->name);
  mb__set_integer(&values, MB__FIELD_MEDIA_CHAPTER_INDEX, info->position);
  mb__set_number(&values, MB__FIELD_MEDIA_CHAPTER_OFFSET, info->start_time);
  mb__set_number(&values, MB__FIELD_MEDIA_CHAPTER_LENGTH, info->length);
  mb_status status = prepare_tail(turn, MB__EVENT_CHAPTER_START, &values, MB__FIELD_COUNT);
  return !status && same(turn->tail, turn->state.chapter) ? MB_REFUSED_SAME_CHAPTER : status;
}

static int known_state(const mb__turn *turn, const char *name) {
  for (int i = 0; i < turn->state.state_count; i++)
    if (strcmp(turn->tracker->state_names[i], name) == 0) return i;
  return -1;
}

static bool fits_state(const char *name) {
  enum { MOST_CHARACTERS = 64 };
  return name && mb__metadata_key_fits(name) && strlen(name) <= MOST_CHARACTERS;
}

static mb_status prepare_state(mb__turn *turn, mb__event_type type) {
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_STATE_NAME, turn->call->as.text);
  return prepare_tail(turn, type, &values, MB__FIELD_COUNT);
}

/* The name is kept before the turn is sure: a slot that does not count yet may hold anything. */
static mb_status keep_name(const mb__turn *turn, const char *name) {
  char **slot = &turn->tracker->state_names[turn->state.state_count];
  char *copy = mb__copy_text(&turn->client->memory, name, strlen(name));
  if (!copy) return MB_NO_MEMORY;
  mb__delete(&turn->client->memory, *slot);
  *slot = copy;
  return MB_OK;
}

static mb_status prepare_state_start(mb__turn *turn) {
  const char *name = turn->call->as.text;
  if (!fits_state(name)) return MB_REFUSED_INVALID_INFO;
  int known = known_state(turn, name);
  if (known >= 0 && turn->state.states_on >> known & 1) return MB_REFUSED_STATE_ON;
  if (known < 0 && turn->state.state_count == MB__MOST_STATES) return MB_REFUSED_TOO_MANY_STATES;
  if (known < 0 && keep_name(turn, name)) return MB_NO_MEMORY;
  return prepare_state(turn, MB__EVENT_STATE_START);
}

static mb_status prepare_state_end(mb__turn *turn) {
  const char *name = turn->call->as.text;
  if (!fits_state(name)) return MB_REFUSED_INVALID_INFO;
  int known = known_state(turn, name);
  if (known < 0 || !(turn->state.states_on >> known & 1)) return MB_REFUSED_STATE_NOT_ON;
  return prepare_state(turn, MB__EVENT_STATE_END);
}

static mb_status prepare_error(mb__turn *turn) {
  const char *id = turn->call->as.text;
  if (is_empty(id)) return MB_REFUSED_INVALID_INFO;
  return strlen(id) > turn->client->wire->most_tail / MB__MOST_ESCAPED ? MB_TOO_LARGE : MB_OK;
}

static mb_status prepare_playhead(mb__turn *turn) {
  return turn->call->as.playhead < 0 ? MB_REFUSED_INVALID_INFO : MB_OK;
}

static mb_status prepare_qoe(mb__turn *turn) {
  mb__qoe qoe;
  return mb__qoe_from_info(&turn->call->as.qoe, &qoe) ? MB_REFUSED_INVALID_INFO : MB_OK;
}

/* Effects. */

static mb__tail *take_tail(mb__turn *turn) {
  mb__tail *tail = turn->tail;
  turn->tail = NULL;
  return tail;
}

static void skip_ad(mb__turn *turn) {
  if (turn->state.ad) mb__turn_event(turn, MB__EVENT_AD_SKIP, NULL);
  turn->state.ad = NULL;
}

static void complete_ad_break(mb__turn *turn) {
  skip_ad(turn);
  if (turn->state.ad_break) mb__turn_event(turn, MB__EVENT_AD_BREAK_COMPLETE, NULL);
  turn->state.ad_break = NULL;
}

static void skip_chapter(mb__turn *turn) {
  if (turn->state.chapter) mb__turn_event(turn, MB__EVENT_CHAPTER_SKIP, NULL);
  turn->state.chapter = NULL;
}

static void do_session_start(mb__turn *turn) {
  enum { DAY_MS = 86400000 };
  const mb_media_info *info = &turn->call->as.media;
  int64_t wait = info->preroll_waiting_time_ms > DAY_MS ? DAY_MS : info->preroll_waiting_time_ms;
  turn->state = (mb__state){.open = true,
                            .granular = info->granular_ad_tracking,
                            .waiting = wait > 0,
                            .waits_until = turn->now + wait,
                            .ping_since = turn->now,
                            .age_since = turn->now,
                            .media = take_tail(turn)};
  mb__turn_session_start(turn, info->resumed);
}

static void close_session(mb__turn *turn, mb__event_type type) {
  complete_ad_break(turn);
  skip_chapter(turn);
  mb__turn_event(turn, type, NULL);
  mb__turn_let_go(turn);
  turn->state = (mb__state){0};
}

static void do_complete(mb__turn *turn) { close_session(turn, MB__EVENT_SESSION_COMPLETE); }
static void do_session_end(mb__turn *turn) { close_session(turn, MB__EVENT_SESSION_END); }

static void do_play(mb__turn *turn) {
  turn->state.seeking = turn->state.buffering = false;
  turn->state.play = MB__PLAYING;
}

static void do_pause(mb__turn *turn) { turn->state.play = MB__PAUSED; }
static void do_buffer_start(mb__turn *turn) { turn->state.buffering = true; }
static void do_seek_start(mb__turn *turn) { turn->state.seeking = true; }

static void pause_if_never_played(mb__turn *turn) {
  if (turn->state.play == MB__INIT) turn->state.play = MB__PAUSED;
}

static void do_buffer_complete(mb__turn *turn) {
  turn->state.buffering = false;
  pause_if_never_played(turn);
}

static void do_seek_complete(mb__turn *turn) {
  turn->state.seeking = false;
  pause_if_never_played(turn);
}

static void do_ad_break_start(mb__turn *turn) {
  complete_ad_break(turn);
  turn->state.ad_break = take_tail(turn);
  mb__turn_event(turn, MB__EVENT_AD_BREAK_START, turn->state.ad_break);
}

static void do_ad_break_complete(mb__turn *turn) {
  complete_ad_break(turn);
  turn->force = true;
}

static void do_ad_start(mb__turn *turn) {
  mb__state *state = &turn->state;
  skip_ad(turn);
  state->ad = take_tail(turn);
  mb__turn_event(turn, MB__EVENT_AD_START, state->ad);
  if (state->play == MB__INIT && !state->buffering && !state->seeking) state->play = MB__PLAYING;
  turn->force = true;
}

static void do_ad_complete(mb__turn *turn) {
  mb__turn_event(turn, MB__EVENT_AD_COMPLETE, NULL);
  turn->state.ad = NULL;
}

static void do_chapter_start(mb__turn *turn) {
  skip_chapter(turn);
  turn->state.chapter = take_tail(turn);
  mb__turn_event(turn, MB__EVENT_CHAPTER_START, turn->state.chapter);
}

static void do_chapter_complete(mb__turn *turn) {
  mb__turn_event(turn, MB__EVENT_CHAPTER_COMPLETE, NULL);
  turn->state.chapter = NULL;
}

static void do_state_start(mb__turn *turn) {
  int known = known_state(turn, turn->call->as.text);
  if (known < 0) known = turn->state.state_count++;
  turn->state.states_on = (uint16_t)(turn->state.states_on | 1u << known);
  mb__turn_event(turn, MB__EVENT_STATE_START, turn->tail);
}

static void do_state_end(mb__turn *turn) {
  int known = known_state(turn, turn->call->as.text); /* it is: the call was prepared */
  if (known >= 0) turn->state.states_on = (uint16_t)(turn->state.states_on & ~(1u << known));
  mb__turn_event(turn, MB__EVENT_STATE_END, turn->tail);
}

static void do_bitrate_change(mb__turn *turn) { mb__turn_event(turn, MB__EVENT_BITRATE_CHANGE, NULL); }
static void do_error(mb__turn *turn) { mb__turn_error(turn, turn->call->as.text); }
static void do_playhead(mb__turn *turn) { turn->state.playhead = turn->call->as.playhead; }
static void do_qoe(mb__turn *turn) { mb__qoe_from_info(&turn->call->as.qoe, &turn->state.qoe); }
static void do_nothing(mb__turn *turn) { (void)turn; }

struct rule {
  enum condition conditions[5];
  mb_status (*prepare)(mb__turn *turn); /* NULL: nothing to check */
  void (*effect)(mb__turn *turn);
};

static const struct rule rules[MB__CALL_COUNT] = {
    [MB__CALL_SESSION_START] = {{NO_SESSION}, prepare_session_start, do_session_start},
    [MB__CALL_COMPLETE] = {{IN_SESSION}, NULL, do_complete},
    [MB__CALL_SESSION_END] = {{IN_SESSION}, NULL, do_session_end},
    [MB__CALL_PLAY] = {{IN_SESSION, PLAYBACK_ALLOWED}, NULL, do_play},
    [MB__CALL_PAUSE] = {{IN_SESSION, PLAYBACK_ALLOWED, NOT_BUFFERING, NOT_SEEKING}, NULL, do_pause},
    [MB__CALL_BUFFER_START] = {{IN_SESSION, PLAYBACK_ALLOWED, NOT_BUFFERING, NOT_SEEKING}, NULL, do_buffer_start},
    [MB__CALL_BUFFER_COMPLETE] = {{IN_SESSION, PLAYBACK_ALLOWED, BUFFERING}, NULL, do_buffer_complete},
    [MB__CALL_SEEK_START] = {{IN_SESSION, PLAYBACK_ALLOWED, NOT_SEEKING, NOT_BUFFERING}, NULL, do_seek_start},
    [MB__CALL_SEEK_COMPLETE] = {{IN_SESSION, PLAYBACK_ALLOWED, SEEKING}, NULL, do_seek_complete},
    [MB__CALL_AD_BREAK_START] = {{IN_SESSION}, prepare_ad_break_start, do_ad_break_start},
    [MB__CALL_AD_BREAK_COMPLETE] = {{IN_SESSION, IN_AD_BREAK}, NULL, do_ad_break_complete},
    [MB__CALL_AD_START] = {{IN_SESSION, IN_AD_BREAK}, prepare_ad_start, do_ad_start},
    [MB__CALL_AD_COMPLETE] = {{IN_SESSION, IN_AD_BREAK, IN_AD}, NULL, do_ad_complete},
    [MB__CALL_AD_SKIP] = {{IN_SESSION, IN_AD_BREAK, IN_AD}, NULL, skip_ad},
    [MB__CALL_CHAPTER_START] = {{IN_SESSION}, prepare_chapter_start, do_chapter_start},
    [MB__CALL_CHAPTER_COMPLETE] = {{IN_SESSION, IN_CHAPTER}, NULL, do_chapter_complete},
    [MB__CALL_CHAPTER_SKIP] = {{IN_SESSION, IN_CHAPTER}, NULL, skip_chapter},
    [MB__CALL_STATE_START] = {{IN_SESSION}, prepare_state_start, do_state_start},
    [MB__CALL_STATE_END] = {{IN_SESSION}, prepare_state_end, do_state_end},
    [MB__CALL_BITRATE_CHANGE] = {{IN_SESSION}, NULL, do_bitrate_change},
    [MB__CALL_ERROR] = {{IN_SESSION}, prepare_error, do_error},
    [MB__CALL_PLAYHEAD] = {{IN_SESSION}, prepare_playhead, do_playhead},
    [MB__CALL_QOE] = {{IN_SESSION}, prepare_qoe, do_qoe},
    [MB__CALL_TICK] = {{IN_SESSION}, NULL, do_nothing},
};

static mb_status check(const mb__state *state, const struct rule *rule) {
  for (const enum condition *condition = rule->conditions; *condition != END; condition++)
    if (!holds(state, *condition)) return refusals[*condition];
  return MB_OK;
}

static mb_status refuse(mb__turn *turn, mb_status status) {
  mb_client *client = turn->client;
  const char *call = mb__call_name(turn->call->type);
  mb__tail_drop(&client->memory, turn->tail);
  if (mb_status_is_refusal(status)) {
    client->stats.refused_calls++;
    mb__log(client, MB_LOG_INFO, "player %s: %s is refused: %s", mb__player_shown(turn->tracker->player), call,
            mb_status_text(status));
  }
  if (status == MB_TOO_LARGE)
    mb__log(client, MB_LOG_WARNING, "player %s: %s is not sent: %s", mb__player_shown(turn->tracker->player), call,
            mb_status_text(status));
  return mb__fail(client, status, "%s: %s", call, mb_status_text(status));
}

mb_status mb__rules_run(mb_tracker *tracker, const mb__call *call) {
  const struct rule *rule = &rules[call->type];
  mb__turn turn = mb__turn_begin(tracker, call);
  mb_status status = check(&turn.state, rule);
  if (!status && rule->prepare) status = rule->prepare(&turn);
  if (status) return refuse(&turn, status);
  rule->effect(&turn);
  if (turn.state.open) mb__beat(&turn);
  return mb__turn_end(&turn);
}
