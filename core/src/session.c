/* Owns the event-by-event level: events given as JSON, checked, completed and sent; automatic pings.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-sed-pings */
#include "session.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "params.h"
#include "protocol/validate.h"
#include "text.h"

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

/* What an event does to the next ping. On the grid only a change of interval moves it: a ping of the main grid that is
 * due now is still sent, the grid inside an ad begins after its start. */
static void plan_ping(mb_session *session, mb__event_type type, int64_t now) {
  bool was_in_ad = session->in_ad;
  if (type == MB__EVENT_AD_START) session->in_ad = true;
  if (leaves_ad(type)) session->in_ad = false;
  if (!session->pings) return;
  if (type == MB__EVENT_SESSION_END || type == MB__EVENT_SESSION_COMPLETE) {
    set_ping(session, MB_NEVER);
  } else if (!session->client->settings.grid) {
    if (anchors_pings(type)) session->anchor = now;
    if (anchors_pings(type) || was_in_ad != session->in_ad) set_ping(session, session->anchor + ping_interval(session));
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
  if (!moment->qoe.present && mb__details_due(moment->type, &session->qoe, &session->sent)) moment->qoe = session->qoe;
}

static void remember_sent(mb_session *session, const mb__moment *moment) {
  if (moment->qoe.present) session->sent = moment->qoe;
  if (moment->error_id) session->sent.present = 0;
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
  account(session, bytes, dropped);
  remember_sent(session, moment);
  return MB_OK;
}

static void let_go(mb_session *session) {
  mb__outbox *outbox = session->outbox;
  if (!outbox) return;
  session->outbox = NULL;
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

/* One event on its way from JSON to the outbox. */
typedef struct parsed {
  mb__json *json;
  mb__values values;
  mb__moment moment;
  bool has_playhead;
} parsed;

static mb_status read_player_time(mb_client *client, parsed *event) {
  const mb__json *time = mb__json_get(event->json, "playerTime"), *playhead = mb__json_get(time, "playhead");
  if (!time) return MB_OK;
  bool alone = playhead && mb__json_first(time) == playhead && !mb__json_next(playhead);
  if (!alone || !(mb__json_number(playhead) >= 0))
    return mb__fail(client, MB_INVALID_EVENT, "playerTime: only a playhead >= 0 may be given; ts is the library's");
  event->has_playhead = true;
  event->moment.playhead = mb__json_number(playhead);
  return MB_OK;
}

/* Beyond 2^53 the number that was read is no longer the one that was written. */
static mb_status check_integer(mb_client *client, const char *block, const mb__json *member) {
  bool fits = !mb__json_is_integer(member) || fabs(mb__json_number(member)) <= MB__MOST_EXACT;
  return fits ? MB_OK : mb__fail(client, MB_INVALID_EVENT, "%s.%s: out of range", block, mb__json_name(member));
}

static mb_status read_params(mb_client *client, parsed *event) {
  const mb__json *params = mb__json_get(event->json, "params");
  const mb__json *resume = mb__json_get(params, mb__fields[MB__FIELD_MEDIA_RESUME].key);
  for (const mb__json *member = params ? mb__json_first(params) : NULL; member; member = mb__json_next(member)) {
    mb__field field = mb__field_named(mb__json_name(member));
    if (mb__fields[field].type == MB__TYPE_INTEGER && check_integer(client, "params", member)) return MB_INVALID_EVENT;
    mb__set_json(&event->values, field, member);
  }
  event->moment.resume = resume && mb__json_flag(resume);
  return MB_OK;
}

static mb_status read_qoe(mb_client *client, parsed *event) {
  const mb__json *qoe = mb__json_get(event->json, "qoeData");
  for (const mb__json *member = qoe ? mb__json_first(qoe) : NULL; member; member = mb__json_next(member)) {
    mb__field field = mb__field_named(mb__json_name(member));
    if (field == MB__FIELD_MEDIA_QOE_ERROR_ID) {
      event->moment.error_id = mb__json_text(member);
    } else if (field == MB__FIELD_MEDIA_QOE_ERROR_SOURCE) {
      event->moment.error_source = mb__json_text(member);
    } else {
      int i = (int)field - MB__FIELD_MEDIA_QOE_BITRATE;
      if (check_integer(client, "qoeData", member)) return MB_INVALID_EVENT;
      event->moment.qoe.value[i] = (int64_t)mb__json_number(member);
      event->moment.qoe.present = (uint8_t)(event->moment.qoe.present | 1u << i);
    }
  }
  return MB_OK;
}

static mb_status parse(mb_client *client, const char *json, size_t size, parsed *event) {
  size_t where;
  const char *what;
  mb__finding finding;
  mb_status status = mb__json_parse(json, size, &event->json, &where, &what);
  if (status == MB_INVALID_JSON) return mb__fail(client, status, "at byte %zu: %s", where, what);
  if (status) return mb__fail(client, status, "out of memory");
  status = mb__validate_event_type(event->json, &event->moment.type, &finding);
  if (!status) status = mb__validate_blocks(event->json, event->moment.type, &finding);
  if (status) return mb__fail(client, status, "%s", finding.text);
  status = read_player_time(client, event);
  if (!status) status = read_params(client, event);
  return status ? status : read_qoe(client, event);
}

/* customMetadata as pairs; NULL with count 0 when there is none. */
static mb_status list_pairs(const mb_client *client, const mb__json *json, mb_pair **pairs, size_t *count) {
  const mb__json *metadata = mb__json_get(json, "customMetadata");
  *pairs = NULL;
  *count = 0;
  for (const mb__json *pair = metadata ? mb__json_first(metadata) : NULL; pair; pair = mb__json_next(pair)) ++*count;
  if (!*count) return MB_OK;
  *pairs = mb__resize(&client->memory, NULL, *count * sizeof(mb_pair));
  if (!*pairs) return MB_NO_MEMORY;
  mb_pair *next = *pairs;
  for (const mb__json *pair = mb__json_first(metadata); pair; pair = mb__json_next(pair))
    *next++ = (mb_pair){mb__json_name(pair), mb__json_text(pair)};
  return MB_OK;
}

/* Only what the caller of a live client must give is missing here; a dry run may lack configuration. */
static mb_status check_complete(mb_client *client, const parsed *event) {
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    bool from_settings = strncmp(mb__fields[i].key, "media.", 6) != 0 || i == MB__FIELD_MEDIA_CHANNEL ||
                         i == MB__FIELD_MEDIA_PLAYER_NAME || i == MB__FIELD_MEDIA_AD_PLAYER_NAME;
    if (mb__field_required((mb__field)i, event->moment.type) && !event->values.set[i] && !from_settings)
      return mb__fail(client, MB_INVALID_EVENT, "params.%s: missing", mb__fields[i].key);
  }
  bool names_states = event->values.set[MB__FIELD_STATES_START] || event->values.set[MB__FIELD_STATES_END];
  if (event->moment.type == MB__EVENT_STATES_UPDATE && !names_states)
    return mb__fail(client, MB_INVALID_EVENT, "params: statesStart or statesEnd is needed");
  return MB_OK;
}

static mb_status encode(mb_client *client, parsed *event, mb__tail **tail) {
  mb__metadata custom;
  mb_pair *pairs;
  size_t count;
  mb_status status = check_complete(client, event);
  if (status) return status;
  if (list_pairs(client, event->json, &pairs, &count)) return mb__fail(client, MB_NO_MEMORY, "out of memory");
  status = mb__metadata_split(client, event->moment.type, pairs, count, &event->values, &custom);
  if (!status) {
    mb__params_from_settings(client, event->moment.type, &event->values);
    *tail = mb__params_encode(client, event->moment.type, &event->values, &custom, MB__FIELD_COUNT);
    mb__metadata_free(client, &custom);
    if (!*tail) status = MB_NO_MEMORY;
  }
  mb__delete(&client->memory, pairs);
  return status ? mb__fail(client, status, "out of memory") : MB_OK;
}

static mb_status deliver(mb_session *session, parsed *event) {
  mb_client *client = session->client;
  mb__tail *tail = NULL;
  mb_status status = encode(client, event, &tail);
  if (status) return status;
  ask_player(session); /* its quality of experience is wanted even when the event brings a playhead */
  if (!event->has_playhead) event->moment.playhead = session->playhead;
  event->moment.ts = client->now;
  status = add(session, &event->moment, tail);
  mb__tail_drop(&client->memory, tail);
  if (status) return mb__fail(client, status, "out of memory");
  session->playhead = event->moment.playhead;
  return MB_OK;
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

static mb_session *make(mb_client *client, const mb_session_options *options) {
  mb_session *session = mb__new(&client->memory, sizeof *session);
  if (!session) return NULL;
  session->client = client;
  session->timed.fire = fire;
  session->granular = options && options->granular_ad_tracking;
  session->pings = !options || !options->no_pings;
  session->anchor = client->now;
  session->next_ping = MB_NEVER;
  session->player = mb__player_take(&client->players, options ? options->player : NULL);
  if (session->player && mb__timers_reserve(&client->timers, &session->timed.timer, client->created)) {
    client->created++;
    session->outbox = mb__outbox_new(client, session->player, client->settings.downloaded);
    if (session->outbox) return session;
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

static void record_open(mb_client *client, const mb_session *session, const mb__json *event) {
  mb__writer options;
  if (!client->recorder.write) return;
  mb__writer_init(&options, &client->memory);
  mb__write_raw(&options, session->granular ? "\"granularAdTracking\":true," : "");
  mb__write_raw(&options, session->pings ? "" : "\"noPings\":true,");
  mb__write(&options, "", 1);
  mb__record_event(client, session->player->name, "createMediaSession", options.failed ? "" : options.bytes, event);
  mb__writer_free(&options);
}

static mb_status open_session(mb_client *client, const mb_session_options *options, parsed *event,
                              mb_session **session) {
  if (event->moment.type != MB__EVENT_SESSION_START)
    return mb__fail(client, MB_INVALID_EVENT, "eventType: a session opens with sessionStart, not %s",
                    mb__events[event->moment.type].name);
  mb_session *made = make(client, options);
  if (!made) return mb__fail(client, MB_NO_MEMORY, "out of memory");
  mb_status status = deliver(made, event);
  if (status) {
    mb__outbox_free(made->outbox);
    release(made);
    return status;
  }
  link_session(made);
  mb__outbox_list(made->outbox);
  record_open(client, made, event->json);
  after_event(made, MB__EVENT_SESSION_START);
  *session = made;
  return MB_OK;
}

mb_status mb_session_open(mb_client *client, const mb_session_options *options, const char *json, size_t size,
                          int64_t now_ms, mb_session **session) {
  if (!session || !json || (options && options->size < sizeof *options)) return MB_INVALID_ARGUMENT;
  *session = NULL;
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  parsed event = {0};
  if (options && options->player && !mb__utf8_valid(options->player))
    status = mb__fail(client, MB_INVALID_TEXT, "player: not valid UTF-8");
  if (!status) status = parse(client, json, size, &event);
  if (!status) status = open_session(client, options, &event, session);
  mb__json_free(event.json);
  mb__dispatch(client);
  return mb__leave(client, status);
}

static mb_status send_event(mb_session *session, parsed *event) {
  if (event->moment.type == MB__EVENT_SESSION_START)
    return mb__fail(session->client, MB_INVALID_EVENT, "eventType: sessionStart opens a session; see mb_session_open");
  mb_status status = deliver(session, event);
  if (status) return status;
  mb__record_event(session->client, session->player->name, "sendMediaEvent", "", event->json);
  after_event(session, event->moment.type);
  return MB_OK;
}

mb_status mb_session_send(mb_session *session, const char *json, size_t size, int64_t now_ms) {
  if (!session || !json) return MB_INVALID_ARGUMENT;
  mb_client *client = session->client;
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  parsed event = {0};
  status = session->outbox ? parse(client, json, size, &event) : mb__fail(client, MB_CLOSED, "the session has ended");
  if (!status) status = send_event(session, &event);
  mb__json_free(event.json);
  mb__dispatch(client);
  return mb__leave(client, status);
}

void mb_session_free(mb_session *session) {
  if (!session || session->client->inside) return;
  unlink_session(session);
  let_go(session);
  release(session);
}

/* Enters the door of an open session. */
static mb_status enter_open(mb_session *session, int64_t now_ms) {
  if (!session) return MB_INVALID_ARGUMENT;
  mb_status status = mb__enter(session->client, now_ms);
  if (status || session->outbox) return status;
  return mb__leave(session->client, mb__fail(session->client, MB_CLOSED, "the session has ended"));
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
