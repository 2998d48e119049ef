/* Owns the event-by-event level: events given as JSON, completed and sent; automatic pings.
 * https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/sendmediaevent
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-sed-pings */
#include "session.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "given.h"
#include "params.h"
#include "stored.h"

static int64_t ping_interval(const mb_session *session) {
  return mb__ping_interval(&session->client->settings, session->in_ad, session->granular);
}

/* The grid's next place from `now` on; one that lies on now itself counts unless it was used. */
static int64_t next_on_grid(const mb_session *session, int64_t now, bool used) {
  int64_t interval = ping_interval(session), past = (now - session->anchor) % interval;
  return past || used ? now + interval - past : now;
}

static void set_ping(mb_session *session, int64_t due) {
  session->next_ping = due;
  mb__timers_set(&session->client->timers, &session->timed.timer, due);
}

static bool anchors_pings(mb__event_type type) {
  switch (type) {
    case MB__EVENT_SESSION_START:
    case MB__EVENT_PLAY:
    case MB__EVENT_PAUSE_START:
    case MB__EVENT_BUFFER_START:
    case MB__EVENT_AD_START:
    case MB__EVENT_AD_BREAK_COMPLETE:
    case MB__EVENT_PING: return true;
    default: return false;
  }
}

static bool leaves_ad(mb__event_type type) {
  return type == MB__EVENT_AD_COMPLETE || type == MB__EVENT_AD_SKIP || type == MB__EVENT_AD_BREAK_COMPLETE;
}

/* The interval inside ads, as the Collection API's guides have it: while an ad runs. */
static bool in_ad_after(bool in_ad, mb__event_type type) {
  return type == MB__EVENT_AD_START || (in_ad && !leaves_ad(type));
}

/* As the Web SDK has it: from the first event of a break to the break's end, or to an event of a chapter. */
static bool in_break_after(bool in_ad, mb__event_type type) {
  switch (type) {
    case MB__EVENT_AD_BREAK_START:
    case MB__EVENT_AD_START:
    case MB__EVENT_AD_COMPLETE:
    case MB__EVENT_AD_SKIP: return true;
    case MB__EVENT_SESSION_START:
    case MB__EVENT_AD_BREAK_COMPLETE:
    case MB__EVENT_CHAPTER_START:
    case MB__EVENT_CHAPTER_COMPLETE:
    case MB__EVENT_CHAPTER_SKIP: return false;
    default: return in_ad;
  }
}

/* What an event does to the next ping. On the grid only a change of interval moves it: a ping of the main grid that is
 * due now is still sent, the grid inside an ad begins after its start. */
static void plan_ping(mb_session *session, mb__event_type type, int64_t now) {
  bool was_in_ad = session->in_ad, any_event = session->anchoring == MB__ANCHOR_EVENT;
  session->in_ad = any_event ? in_break_after(was_in_ad, type) : in_ad_after(was_in_ad, type);
  if (!session->pings) return;
  if (type == MB__EVENT_SESSION_END || type == MB__EVENT_SESSION_COMPLETE) {
    session->pings = false;
    set_ping(session, MB_NEVER);
  } else if (session->anchoring != MB__ANCHOR_GRID) {
    bool anchors = any_event || anchors_pings(type);
    if (anchors) session->anchor = now;
    if (anchors || was_in_ad != session->in_ad) set_ping(session, session->anchor + ping_interval(session));
  } else if (type == MB__EVENT_SESSION_START || type == MB__EVENT_PING || was_in_ad != session->in_ad) {
    bool begins_ad = session->in_ad && session->next_ping != now;
    set_ping(session, next_on_grid(session, now, type == MB__EVENT_PING || now == session->anchor || begins_ad));
  }
}

static void ask_player(mb_session *session) {
  mb__details_ask(session->client, session->player, &session->details, &session->playhead, &session->qoe);
}

/* QoE that the event brings itself goes before what the player said. */
static void attach_qoe(const mb_session *session, mb__moment *moment) {
  if (!moment->qoe.present && mb__details_due(session->client, moment->type, &session->qoe, &session->sent))
    moment->qoe = session->qoe;
}

static void remember_sent(mb_session *session, const mb__moment *moment) {
  if (moment->qoe.present) session->sent = moment->qoe;
  if (moment->error_id && session->client->wire->error_carries_qoe) session->sent.present = 0;
}

static void account(mb_session *session, uint64_t bytes_before, mb_drop dropped) {
  mb_stats *stats = &session->client->stats;
  stats->accepted++;
  if (dropped != MB_DROP_COUNT) {
    stats->dropped[dropped]++;
    return;
  }
  stats->queued++;
  stats->queued_bytes += session->outbox->queue.bytes - bytes_before;
}

static mb_status add(mb_session *session, mb__moment *moment, mb__tail *tail) {
  mb__outbox *outbox = session->outbox;
  uint64_t bytes = outbox->queue.bytes;
  mb_drop dropped;
  attach_qoe(session, moment);
  mb_status status = mb__outbox_add(outbox, moment, tail, &dropped);
  if (status) return status;
  mb__stored_flush(outbox);
  account(session, bytes, dropped);
  remember_sent(session, moment);
  return MB_OK;
}

static void let_go(mb_session *session) {
  mb__outbox *outbox = session->outbox;
  if (!outbox) return;
  session->outbox = NULL;
  outbox->learned = NULL; /* its user may be gone */
  mb__dispatch_let_go(outbox);
}

static mb_status fire(mb__timed *owner, int64_t now) {
  mb_session *session = (mb_session *)(void *)owner;
  ask_player(session);
  mb__moment moment = {.type = MB__EVENT_PING, .playhead = session->playhead, .ts = now};
  mb_status status = add(session, &moment, NULL);
  if (status) {
    set_ping(session, now + MB__TRY_AGAIN_MS);
    return status;
  }
  plan_ping(session, MB__EVENT_PING, now);
  mb__dispatch_wake(session->outbox);
  return MB_OK;
}

static mb_status complete_moment(mb_session *session, mb__given *event) {
  mb_client *client = session->client;
  mb__reading *reading = &event->reading;
  if (session->manual && !reading->has_playhead)
    return mb__fail(client, MB_INVALID_EVENT, "%s: missing; the caller of a manual session gives it",
                    reading->is_xdm ? "mediaCollection.playhead" : "playerTime.playhead");
  if (!session->manual) ask_player(session); /* its quality of experience is wanted even beside a playhead */
  if (!reading->has_playhead) reading->moment.playhead = session->playhead;
  reading->moment.ts = client->now;
  return MB_OK;
}

static mb_status deliver(mb_session *session, mb__given *event) {
  mb_client *client = session->client;
  mb__tail *tail = NULL;
  mb_status status = mb__given_encode(client, event, &tail);
  if (status) return status;
  status = complete_moment(session, event);
  if (!status && add(session, &event->reading.moment, tail)) status = mb__fail(client, MB_NO_MEMORY, "out of memory");
  mb__tail_drop(&client->memory, tail);
  if (!status) session->playhead = event->reading.moment.playhead;
  return status;
}

/* A ping that is due at this moment follows the event, if it is still due once the event has been taken. */
static void after_event(mb_session *session, mb__event_type type) {
  mb_client *client = session->client;
  plan_ping(session, type, client->now);
  mb__dispatch_wake(session->outbox);
  if (session->next_ping <= client->now) fire(&session->timed, client->now);
  if (type == MB__EVENT_SESSION_END) let_go(session);
}

static void unlink_session(mb_session *session) {
  if (session->previous) session->previous->next = session->next;
  if (session->next) session->next->previous = session->previous;
  if (session->client->sessions == session) session->client->sessions = session->next;
}

static void link_session(mb_session *session) {
  mb_client *client = session->client;
  session->next = client->sessions;
  if (session->next) session->next->previous = session;
  client->sessions = session;
}

static mb__anchoring anchoring(const mb_client *client, bool is_xdm) {
  if (client->settings.anchoring != MB__ANCHOR_BY_FORM) return client->settings.anchoring;
  return is_xdm ? MB__ANCHOR_EVENT : MB__ANCHOR_STATE;
}

static void set_options(mb_session *session, const mb_session_options *options) {
  session->granular = options->granular_ad_tracking;
  session->manual = options->manual;
  session->pings = !options->no_pings && !options->manual;
  session->details = (mb__details){options->player_details, options->user};
  session->outbox->learned = options->session_id;
  session->outbox->learner = options->user;
}

static mb_session *make(mb_client *client, const mb_session_options *options, bool is_xdm) {
  mb_session *session = mb__new(&client->memory, sizeof *session);
  if (!session) return NULL;
  session->client = client;
  session->timed.fire = fire;
  session->anchor = client->now;
  session->anchoring = anchoring(client, is_xdm);
  session->next_ping = MB_NEVER;
  session->player = mb__player_take(&client->players, options->player);
  if (session->player && mb__timers_reserve(&client->timers, &session->timed.timer, client->created)) {
    client->created++;
    session->outbox = mb__outbox_new(client, session->player, client->settings.downloaded);
    if (session->outbox) return mb__stored_begin(session->outbox), set_options(session, options), session;
    mb__timers_release(&client->timers, &session->timed.timer);
  }
  mb__player_drop(&client->players, session->player);
  mb__delete(&client->memory, session);
  return NULL;
}

static void release(mb_session *session) {
  mb_client *client = session->client;
  mb__timers_release(&client->timers, &session->timed.timer);
  mb__player_drop(&client->players, session->player);
  mb__delete(&client->memory, session);
}

/* The options that a replay needs, each with a comma behind it. */
static void write_options(mb__writer *options, const mb_session *session, bool is_start) {
  mb__writer_init(options, &session->client->memory);
  if (session->manual) mb__write_raw(options, "\"manual\":true,");
  if (is_start && session->granular) mb__write_raw(options, "\"granularAdTracking\":true,");
  if (is_start && !session->pings && !session->manual) mb__write_raw(options, "\"noPings\":true,");
  if (session->resumed) {
    mb__write_raw(options, "\"sessionID\":");
    mb__write_text(options, session->outbox->id);
    mb__write_raw(options, ",");
  }
  mb__write(options, "", 1);
}

/* A session id is left out: in a replay it is another. */
static void record(const mb_session *session, const char *name, mb__given *event, bool is_start) {
  mb_client *client = session->client;
  mb__writer options;
  if (!client->recorder.write) return;
  if (event->reading.session_id) mb__given_forget_session_id(event);
  write_options(&options, session, is_start);
  if (options.failed)
    mb__log(client, MB_LOG_ERROR, "out of memory: a line of the recording is lost");
  else
    mb__record_event(client, session->player->name, name, options.bytes, event->reading.is_xdm, event->json);
  mb__writer_free(&options);
}

static void discard(mb_session *made) {
  mb__outbox_discard(made->outbox);
  release(made);
}

static mb_status open_session(mb_client *client, const mb_session_options *options, mb__given *event,
                              mb_session **session) {
  if (event->reading.moment.type != MB__EVENT_SESSION_START)
    return mb__fail(client, MB_INVALID_EVENT, "eventType: a session opens with sessionStart, not %s",
                    mb__events[event->reading.moment.type].name);
  mb_session *made = make(client, options, event->reading.is_xdm);
  if (!made) return mb__fail(client, MB_NO_MEMORY, "out of memory");
  mb_status status = deliver(made, event);
  if (status) return discard(made), status;
  link_session(made);
  mb__outbox_list(made->outbox);
  record(made, "createMediaSession", event, true);
  after_event(made, MB__EVENT_SESSION_START);
  *session = made;
  return MB_OK;
}

static mb_status check_options(mb_client *client, const mb_session_options *options) {
  if (options->player && !mb__utf8_valid(options->player))
    return mb__fail(client, MB_INVALID_TEXT, "player: not valid UTF-8");
  return MB_OK;
}

static const mb_session_options no_options = {.size = sizeof no_options};

mb_status mb_session_open(mb_client *client, const mb_session_options *options, const char *json, size_t size,
                          int64_t now_ms, mb_session **session) {
  if (!session || !json || (options && options->size < sizeof *options)) return MB_INVALID_ARGUMENT;
  *session = NULL;
  if (!options) options = &no_options;
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  mb__given event = {0};
  status = check_options(client, options);
  if (!status) status = mb__given_read(client, json, size, true, &event);
  if (!status) status = open_session(client, options, &event, session);
  mb__given_free(client, &event);
  mb__dispatch(client);
  return mb__leave(client, status);
}

static mb_status resume_session(mb_client *client, const mb_session_options *options, const char *id,
                                mb_session **session) {
  size_t size = strlen(id);
  if (client->settings.downloaded || !size || size > MB__MOST_SESSION_ID)
    return mb__fail(client, MB_INVALID_ARGUMENT, "id: 1 to %d bytes are needed, of a session that is not downloaded",
                    MB__MOST_SESSION_ID);
  if (!mb__utf8_valid(id)) return mb__fail(client, MB_INVALID_TEXT, "id: not valid UTF-8");
  if (client->wire->takes_id && !client->wire->takes_id(id))
    return mb__fail(client, MB_INVALID_ARGUMENT, "id: a path of the Media Collection API cannot have it");
  mb_session *made = make(client, options, true);
  if (!made) return mb__fail(client, MB_NO_MEMORY, "out of memory");
  made->outbox->id = mb__copy_text(&client->memory, id, size);
  if (!made->outbox->id) return discard(made), mb__fail(client, MB_NO_MEMORY, "out of memory");
  mb__stored_opened(made->outbox);
  made->manual = made->resumed = true;
  made->pings = false;
  link_session(made);
  mb__outbox_list(made->outbox);
  *session = made;
  return MB_OK;
}

mb_status mb_session_resume(mb_client *client, const mb_session_options *options, const char *id, int64_t now_ms,
                            mb_session **session) {
  if (!session || !id || (options && options->size < sizeof *options)) return MB_INVALID_ARGUMENT;
  *session = NULL;
  if (!options) options = &no_options;
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  status = check_options(client, options);
  if (!status) status = resume_session(client, options, id, session);
  return mb__leave(client, status);
}

/* While a session is going on in a new one, the caller knows the id before. */
static mb_status check_session_id(mb_session *session, const char *given) {
  const mb__outbox *outbox = session->outbox;
  const char *known = outbox->id ? outbox->id : outbox->former;
  if (!given || (known && strcmp(known, given) == 0)) return MB_OK;
  return mb__fail(session->client, MB_INVALID_EVENT, "mediaCollection.sessionID: %s",
                  known ? "not that of this session" : "this session has no id yet; leave it out");
}

static mb_status send_event(mb_session *session, mb__given *event) {
  mb__event_type type = event->reading.moment.type;
  if (type == MB__EVENT_SESSION_START)
    return mb__fail(session->client, MB_INVALID_EVENT, "eventType: sessionStart opens a session; see mb_session_open");
  mb_status status = check_session_id(session, event->reading.session_id);
  if (!status) status = deliver(session, event);
  if (status) return status;
  record(session, "sendMediaEvent", event, false);
  after_event(session, type);
  return MB_OK;
}

/* Enters the door of an open session. */
static mb_status enter_open(mb_session *session, int64_t now_ms) {
  if (!session) return MB_INVALID_ARGUMENT;
  mb_status status = mb__enter(session->client, now_ms);
  if (status || session->outbox) return status;
  return mb__leave(session->client, mb__fail(session->client, MB_CLOSED, "the session has ended"));
}

mb_status mb_session_send(mb_session *session, const char *json, size_t size, int64_t now_ms) {
  if (!json) return MB_INVALID_ARGUMENT;
  mb_status status = enter_open(session, now_ms);
  if (status) return status;
  mb_client *client = session->client;
  mb__given event = {0};
  status = mb__given_read(client, json, size, false, &event);
  if (!status) status = send_event(session, &event);
  mb__given_free(client, &event);
  mb__dispatch(client);
  return mb__leave(client, status);
}

void mb_session_free(mb_session *session) {
  if (!session || session->client->inside) return;
  mb_client *client = session->client;
  client->inside = true; /* the store may have something to say */
  unlink_session(session);
  let_go(session);
  release(session);
  client->inside = false;
}

mb_status mb_session_update_playhead(mb_session *session, double playhead, int64_t now_ms) {
  mb_status status = enter_open(session, now_ms);
  if (status) return status;
  mb_client *client = session->client;
  if (!isfinite(playhead) || playhead < 0)
    return mb__leave(client, mb__fail(client, MB_INVALID_NUMBER, "playhead: not a number >= 0"));
  session->playhead = playhead;
  mb__call call = {.type = MB__CALL_PLAYHEAD, .as.playhead = playhead};
  mb__record_call(client, session->player->name, &call);
  return mb__leave(client, MB_OK);
}

mb_status mb_session_update_qoe(mb_session *session, const mb_qoe_info *info, int64_t now_ms) {
  if (!info || info->size < sizeof *info) return MB_INVALID_ARGUMENT;
  mb_status status = enter_open(session, now_ms);
  if (status) return status;
  mb_client *client = session->client;
  mb__qoe qoe;
  if (mb__qoe_from_info(info, &qoe))
    return mb__leave(client, mb__fail(client, MB_INVALID_NUMBER, "qoe: all four values are needed, from 0 to 2^53"));
  session->qoe = qoe;
  mb__call call = {.type = MB__CALL_QOE, .as.qoe = *info};
  mb__record_call(client, session->player->name, &call);
  return mb__leave(client, MB_OK);
}

mb_status mb_session_set_player_details(mb_session *session, mb_player_details_fn callback, void *user) {
  if (!session) return MB_INVALID_ARGUMENT;
  mb_status status = mb__enter_now(session->client);
  if (status) return status;
  session->details = (mb__details){callback, user};
  return mb__leave(session->client, MB_OK);
}

const char *mb_session_id(const mb_session *session) { return session && session->outbox ? session->outbox->id : NULL; }
