/* Owns the doors of a tracker: arguments in, one call made of them, performed. */
#include "tracker.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "rules.h"
#include "text.h"

void mb_media_info_init(mb_media_info *info) {
  enum { PREROLL_WAIT_MS = 250 };
  if (info) *info = (mb_media_info){.size = sizeof *info, .preroll_waiting_time_ms = PREROLL_WAIT_MS};
}

static mb_status fire(mb__timed *owner, int64_t now) {
  mb_tracker *tracker = (mb_tracker *)(void *)owner;
  const mb__call tick = {.type = MB__CALL_TICK, .now = now};
  mb_status status = mb__tracker_perform(tracker, &tick);
  if (status && (tracker->due <= now || tracker->preroll_first))
    mb__timers_set(&tracker->client->timers, &tracker->timed.timer, tracker->due = now + MB__TRY_AGAIN_MS);
  return status;
}

static mb_status make(mb_client *client, const char *player, mb_tracker **tracker) {
  if (player && !mb__utf8_valid(player)) return mb__fail(client, MB_INVALID_TEXT, "player: not valid UTF-8");
  mb_tracker *made = mb__new(&client->memory, sizeof *made);
  mb__player *named = made ? mb__player_take(&client->players, player) : NULL;
  if (!named || !mb__timers_reserve(&client->timers, &made->timed.timer, client->created)) {
    mb__player_drop(&client->players, named);
    mb__delete(&client->memory, made);
    return mb__fail(client, MB_NO_MEMORY, "out of memory");
  }
  client->created++;
  made->timed.fire = fire;
  made->client = client;
  made->player = named;
  made->due = MB_NEVER;
  made->next = client->trackers;
  if (made->next) made->next->previous = made;
  client->trackers = made;
  *tracker = made;
  return MB_OK;
}

mb_status mb_tracker_new(mb_client *client, const char *player, mb_tracker **tracker) {
  if (!tracker) return MB_INVALID_ARGUMENT;
  *tracker = NULL;
  mb_status status = mb__enter_now(client);
  return status ? status : mb__leave(client, make(client, player, tracker));
}

static void unlink_tracker(mb_tracker *tracker) {
  if (tracker->previous) tracker->previous->next = tracker->next;
  if (tracker->next) tracker->next->previous = tracker->previous;
  if (tracker->client->trackers == tracker) tracker->client->trackers = tracker->next;
}

void mb_tracker_free(mb_tracker *tracker) {
  if (!tracker || tracker->client->inside) return;
  mb_client *client = tracker->client;
  const mb__state *state = &tracker->state;
  client->inside = true; /* the store may have something to say */
  unlink_tracker(tracker);
  mb__timers_release(&client->timers, &tracker->timed.timer);
  mb__preroll_free(tracker);
  mb__tail *open[] = {state->media, state->chapter, state->ad_break, state->ad};
  for (size_t i = 0; i < sizeof open / sizeof *open; i++) mb__tail_drop(&client->memory, open[i]);
  for (int i = 0; i < MB__MOST_STATES; i++) mb__delete(&client->memory, tracker->state_names[i]);
  if (state->outbox) mb__dispatch_let_go(state->outbox);
  mb__player_drop(&client->players, tracker->player);
  mb__delete(&client->memory, tracker);
  client->inside = false;
}

mb_status mb_tracker_set_player_details(mb_tracker *tracker, mb_player_details_fn callback, void *user) {
  if (!tracker) return MB_INVALID_ARGUMENT;
  mb_status status = mb__enter_now(tracker->client);
  if (status) return status;
  tracker->details = (mb__details){callback, user};
  return mb__leave(tracker->client, MB_OK);
}

void mb__tracker_set_playhead_silently(mb_tracker *tracker, double playhead) {
  if (tracker->state.open && isfinite(playhead) && playhead >= 0) tracker->state.playhead = playhead;
}

mb_status mb__tracker_perform(mb_tracker *tracker, const mb__call *call) {
  if (tracker->state.waiting || tracker->released_at) {
    bool kept;
    mb_status status = mb__preroll(tracker, call, &kept);
    if (status || kept) return status;
  }
  return mb__rules_run(tracker, call);
}

static mb_status check(const mb_tracker *tracker, const mb__call *call) {
  const char *what;
  mb_status status = mb__call_check(call, &what);
  if (!status) return MB_OK;
  const char *name = mb__call_name(call->type);
  if (strcmp(name, what) == 0) return mb__fail(tracker->client, status, "%s: %s", name, mb_status_text(status));
  return mb__fail(tracker->client, status, "%s: %s: %s", name, what, mb_status_text(status));
}

/* Every door of a tracker ends here. */
static mb_status pass(mb_tracker *tracker, mb__call *call, int64_t now_ms) {
  if (!tracker) return MB_INVALID_ARGUMENT;
  mb_client *client = tracker->client;
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  call->now = client->now;
  status = check(tracker, call);
  if (!status) {
    status = mb__tracker_perform(tracker, call);
    if (status != MB_NO_MEMORY) mb__record_call(client, tracker->player->name, call);
    mb__dispatch(client);
  }
  return mb__leave(client, status);
}

static mb_status plain(mb_tracker *tracker, mb__call_type type, int64_t now_ms) {
  mb__call call = {.type = type};
  return pass(tracker, &call, now_ms);
}

mb_status mb_tracker_session_start(mb_tracker *tracker, const mb_media_info *info, const mb_pair *metadata,
                                   size_t metadata_count, int64_t now_ms) {
  if (!info || info->size < sizeof *info) return MB_INVALID_ARGUMENT;
  mb__call call = {.type = MB__CALL_SESSION_START, .as.media = *info, .metadata = metadata};
  call.metadata_count = metadata_count;
  return pass(tracker, &call, now_ms);
}

mb_status mb_tracker_ad_start(mb_tracker *tracker, const mb_ad_info *info, const mb_pair *metadata,
                              size_t metadata_count, int64_t now_ms) {
  if (!info || info->size < sizeof *info) return MB_INVALID_ARGUMENT;
  mb__call call = {.type = MB__CALL_AD_START, .as.ad = *info, .metadata = metadata};
  call.metadata_count = metadata_count;
  return pass(tracker, &call, now_ms);
}

mb_status mb_tracker_chapter_start(mb_tracker *tracker, const mb_chapter_info *info, const mb_pair *metadata,
                                   size_t metadata_count, int64_t now_ms) {
  if (!info || info->size < sizeof *info) return MB_INVALID_ARGUMENT;
  mb__call call = {.type = MB__CALL_CHAPTER_START, .as.chapter = *info, .metadata = metadata};
  call.metadata_count = metadata_count;
  return pass(tracker, &call, now_ms);
}

mb_status mb_tracker_ad_break_start(mb_tracker *tracker, const mb_ad_break_info *info, int64_t now_ms) {
  if (!info || info->size < sizeof *info) return MB_INVALID_ARGUMENT;
  mb__call call = {.type = MB__CALL_AD_BREAK_START, .as.ad_break = *info};
  return pass(tracker, &call, now_ms);
}

static mb_status with_text(mb_tracker *tracker, mb__call_type type, const char *text, int64_t now_ms) {
  mb__call call = {.type = type, .as.text = text};
  return pass(tracker, &call, now_ms);
}

mb_status mb_tracker_state_start(mb_tracker *tracker, const char *name, int64_t now_ms) {
  return with_text(tracker, MB__CALL_STATE_START, name, now_ms);
}

mb_status mb_tracker_state_end(mb_tracker *tracker, const char *name, int64_t now_ms) {
  return with_text(tracker, MB__CALL_STATE_END, name, now_ms);
}

mb_status mb_tracker_error(mb_tracker *tracker, const char *error_id, int64_t now_ms) {
  return with_text(tracker, MB__CALL_ERROR, error_id, now_ms);
}

/* Nothing is due, nobody waits or records, the clock runs forward: two stores are all there is to do. */
static bool store_playhead(mb_tracker *tracker, double playhead, int64_t now_ms) {
  mb_client *client = tracker->client;
  bool plain_time = now_ms >= client->now && now_ms < tracker->due && tracker->due != MB_NEVER;
  if (!plain_time || client->inside || client->closed || tracker->state.waiting || tracker->released_at) return false;
  if (client->recorder.write || !(playhead >= 0 && playhead <= DBL_MAX)) return false;
  client->now = now_ms;
  client->shift = 0;
  client->error[0] = 0;
  tracker->state.playhead = playhead;
  return true;
}

mb_status mb_tracker_update_playhead(mb_tracker *tracker, double playhead, int64_t now_ms) {
  if (!tracker) return MB_INVALID_ARGUMENT;
  if (store_playhead(tracker, playhead, now_ms)) return MB_OK;
  mb__call call = {.type = MB__CALL_PLAYHEAD, .as.playhead = playhead};
  return pass(tracker, &call, now_ms);
}

mb_status mb_tracker_update_qoe(mb_tracker *tracker, const mb_qoe_info *info, int64_t now_ms) {
  if (!info || info->size < sizeof *info) return MB_INVALID_ARGUMENT;
  mb__call call = {.type = MB__CALL_QOE, .as.qoe = *info};
  return pass(tracker, &call, now_ms);
}

#define PLAIN_DOOR(name, type) \
  mb_status mb_tracker_##name(mb_tracker *tracker, int64_t now_ms) { return plain(tracker, MB__CALL_##type, now_ms); }

PLAIN_DOOR(complete, COMPLETE)
PLAIN_DOOR(session_end, SESSION_END)
PLAIN_DOOR(play, PLAY)
PLAIN_DOOR(pause, PAUSE)
PLAIN_DOOR(buffer_start, BUFFER_START)
PLAIN_DOOR(buffer_complete, BUFFER_COMPLETE)
PLAIN_DOOR(seek_start, SEEK_START)
PLAIN_DOOR(seek_complete, SEEK_COMPLETE)
PLAIN_DOOR(ad_break_complete, AD_BREAK_COMPLETE)
PLAIN_DOOR(ad_complete, AD_COMPLETE)
PLAIN_DOOR(ad_skip, AD_SKIP)
PLAIN_DOOR(chapter_complete, CHAPTER_COMPLETE)
PLAIN_DOOR(chapter_skip, CHAPTER_SKIP)
PLAIN_DOOR(bitrate_change, BITRATE_CHANGE)
