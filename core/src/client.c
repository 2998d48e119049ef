/* Owns the client: its life, its ticks, its accounting. */
#include "client.h"

#include <string.h>

#include "dispatch.h"
#include "outbox.h"
#include "random.h"
#include "session.h"
#include "stored.h"
#include "tracker.h"

static mb_log_level log_level(const mb_config *config) {
  static const char *const names[] = {"error", "warning", "info", "debug", "bodies"};
  const char *text = mb__config_text(config, MB__KEY_LOG_LEVEL);
  int level = MB_LOG_BODIES;
  while (level > MB_LOG_ERROR && strcmp(names[level], text) != 0) level--;
  return (mb_log_level)level;
}

static int64_t config_ms(const mb_config *config, mb__key key) {
  return (int64_t)(mb__config_number(config, key) * 1000 + 0.5);
}

static bool config_is(const mb_config *config, mb__key key, const char *value) {
  const char *text = mb__config_text(config, key);
  return text && strcmp(text, value) == 0;
}

static mb__anchoring anchoring(const mb_config *config) {
  if (config_is(config, MB__KEY_MAIN_PING_ANCHOR, "state")) return MB__ANCHOR_STATE;
  if (config_is(config, MB__KEY_MAIN_PING_ANCHOR, "event")) return MB__ANCHOR_EVENT;
  return config_is(config, MB__KEY_MAIN_PING_ANCHOR, "sessionStart") ? MB__ANCHOR_GRID : MB__ANCHOR_BY_FORM;
}

static mb__settings read_settings(const mb_config *config) {
  return (mb__settings){
      .main_ping_ms = config_ms(config, MB__KEY_MAIN_PING_INTERVAL),
      .ad_ping_ms = config_ms(config, MB__KEY_AD_PING_INTERVAL),
      .downloaded_ping_ms = config_ms(config, MB__KEY_DOWNLOADED_PING_INTERVAL),
      .retry_ms = config_ms(config, MB__KEY_RETRY_INTERVAL),
      .retry_max_ms = config_ms(config, MB__KEY_RETRY_INTERVAL_MAX),
      .queue_max_age_ms = config_ms(config, MB__KEY_QUEUE_MAX_AGE),
      .queue_max_events = (uint32_t)mb__config_number(config, MB__KEY_QUEUE_MAX_EVENTS),
      .queue_max_bytes = (uint64_t)mb__config_number(config, MB__KEY_QUEUE_MAX_BYTES),
      .anchoring = anchoring(config),
      .downloaded =
          mb__config_number(config, MB__KEY_DOWNLOADED) != 0 || config_is(config, MB__KEY_PROTOCOL, "downloaded-v1"),
      .edge = config_is(config, MB__KEY_PROTOCOL, "edge-va-v1"),
      .recovers_as_download = config_is(config, MB__KEY_RECOVERY, "downloaded"),
      .power = config_is(config, MB__KEY_DURABILITY, "power"),
      .sync_interval_ms = config_ms(config, MB__KEY_SYNC_INTERVAL),
      .store_max_age_ms = config_ms(config, MB__KEY_STORE_MAX_AGE),
      .store_max_bytes = (uint64_t)mb__config_number(config, MB__KEY_STORE_MAX_BYTES),
      .log_level = log_level(config),
  };
}

static uint64_t seed(const mb_config *config) {
  if (mb__config_has(config, MB__KEY_SEED)) return (uint64_t)mb__config_number(config, MB__KEY_SEED);
  return mb__random_seed() >> 11; /* so that it can be written down as a number */
}

static void log_warnings(const mb_client *client, const mb_config *config) {
  const char *warning;
  for (size_t i = 0; (warning = mb_config_warning(config, i)) != NULL; i++)
    mb__log(client, MB_LOG_WARNING, "configuration: %s", warning);
}

static bool is_complete(const mb_transport *transport) {
  return transport->size >= sizeof *transport && transport->send && transport->cancel && transport->capacity;
}

mb_status mb_client_new(const mb_config *config, const mb_transport *transport, mb_client **client) {
  if (!client) return MB_INVALID_ARGUMENT;
  *client = NULL;
  if (!config || (transport && !is_complete(transport))) return MB_INVALID_ARGUMENT;
  mb_client *made = mb__new(&config->memory, sizeof *made);
  if (!made) return MB_NO_MEMORY;
  made->memory = config->memory;
  if (mb__config_copy(config, &made->config) || !mb__edge_init(&config->memory, config, &made->edge)) {
    mb_config_free(made->config);
    mb__delete(&config->memory, made);
    return MB_NO_MEMORY;
  }
  made->settings = read_settings(made->config);
  if (transport) made->transport = *transport, made->has_transport = true;
  made->wire = made->settings.edge ? &mb__edge_wire : &mb__collection_wire;
  made->random = made->seed = seed(made->config);
  mb__timers_init(&made->timers, &made->memory);
  mb__timers_init(&made->retries, &made->memory);
  made->chunks.memory = &made->memory;
  made->players.memory = &made->memory;
  mb__writer_init(&made->scratch, &made->memory);
  made->online = true;
  made->store_due = MB_NEVER;
  log_warnings(made, config);
  mb__stored_open(made);
  *client = made;
  return MB_OK;
}

void mb_client_free(mb_client *client) {
  if (!client || client->inside) return;
  mb__dispatch_stop(client);
  client->has_transport = false;
  while (client->trackers) mb_tracker_free(client->trackers);
  while (client->sessions) mb_session_free(client->sessions);
  client->inside = true;
  while (client->outboxes) mb__outbox_free(client->outboxes);
  mb__stored_close(client);
  if (client->transport.free) client->transport.free(client->transport.user);
  mb__dispatch_free(client);
  mb__timers_free(&client->timers);
  mb__timers_free(&client->retries);
  mb__chunk_pool_free(&client->chunks);
  mb__players_free(&client->players);
  mb__writer_free(&client->scratch);
  mb__edge_free(&client->memory, &client->edge);
  mb_config_free(client->config);
  mb__memory memory = client->memory;
  mb__delete(&memory, client);
}

static mb_status fire_timers(mb_client *client) {
  mb_status status = MB_OK;
  for (mb__timer *timer; (timer = mb__timers_due(&client->timers, client->now)) != NULL;) {
    mb__timed *owner = (mb__timed *)(void *)timer;
    mb_status fired = owner->fire(owner, client->now);
    if (fired) status = fired;
    mb__dispatch(client); /* so that the next one finds the memory of this one's events free again */
  }
  return status;
}

/* Requests are handed over before the poll, which puts them on the wire. */
static void move_io(mb_client *client) {
  mb__dispatch_retries(client);
  mb__dispatch(client);
  if (client->transport.poll && client->under_way)
    client->transport.poll(client->transport.user, client->now - client->shift);
  mb__dispatch(client);
}

/* A host may tick at every frame: with nothing due, nothing under way and the clock running forward, a tick is a few
 * comparisons. */
static bool nothing_to_do(mb_client *client, int64_t now_ms) {
  if (!client || client->inside || client->closed || client->under_way || client->ready_first) return false;
  if (now_ms < client->now || now_ms >= mb__timers_next(&client->timers) || !mb__time_is_valid(now_ms) ||
      now_ms >= mb__timers_next(&client->retries) || now_ms >= client->store_due)
    return false;
  client->now = now_ms;
  client->shift = 0;
  client->error[0] = 0;
  return true;
}

mb_status mb_client_tick(mb_client *client, int64_t now_ms) {
  if (nothing_to_do(client, now_ms)) return MB_OK;
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  if (mb__timers_next(&client->timers) <= client->now) {
    status = fire_timers(client);
    mb__record_tick(client);
  }
  mb__stored_tick(client);
  if (client->under_way || client->ready_first || mb__timers_next(&client->retries) <= client->now) move_io(client);
  return mb__leave(client, status);
}

mb_status mb_client_deliver(mb_client *client, int64_t now_ms) {
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  move_io(client);
  return mb__leave(client, MB_OK);
}

static int64_t least(int64_t one, int64_t other) { return one < other ? one : other; }

static int64_t delivery_deadline(const mb_client *client) {
  if (client->ready_first && !client->under_way) /* the transport was busy */
    return client->now - client->shift + MB__TRY_AGAIN_MS;
  int64_t due = mb__timers_next(&client->retries);
  if (due != MB_NEVER) due -= client->shift;
  if (!client->under_way || !client->transport.next_deadline) return due;
  return least(due, client->transport.next_deadline(client->transport.user));
}

int64_t mb_client_next_deadline(const mb_client *client) {
  if (!client || client->closed) return MB_NEVER;
  int64_t due = mb__timers_next(&client->timers);
  if (due != MB_NEVER) due -= client->shift;
  if (client->store_due != MB_NEVER) due = least(due, client->store_due - client->shift);
  return least(due, delivery_deadline(client));
}

int64_t mb_client_wait(mb_client *client, int64_t timeout_ms) {
  if (!client || client->inside || client->closed || timeout_ms <= 0 || !client->transport.wait) return 0;
  client->inside = true;
  int64_t waited = client->transport.wait(client->transport.user, timeout_ms);
  client->inside = false;
  return waited;
}

int mb_client_descriptor(const mb_client *client) {
  if (!client || client->closed || !client->under_way || !client->transport.descriptor) return -1;
  return client->transport.descriptor(client->transport.user);
}

static bool something_moves(const mb_client *client) {
  return client->under_way || client->ready_first || mb__timers_next(&client->retries) != MB_NEVER;
}

static uint64_t progress(const mb_client *client) { return client->stats.requests + client->stats.delivered; }

/* Waits for what delivery needs, on the transport's clock; the library's goes on by as much. */
static void deliver_until(mb_client *client, int64_t deadline, mb__patience patience) {
  int64_t now = client->now - client->shift;
  move_io(client);
  while (something_moves(client) && now < deadline && client->transport.wait) {
    int64_t until = least(delivery_deadline(client), deadline);
    int64_t timeout = least(until > now ? until - now : 0, patience.slice_ms);
    int64_t waited = client->transport.wait(client->transport.user, timeout);
    if (waited <= 0 && !client->under_way) waited = timeout; /* nothing that it could wait for */
    now += waited > 0 ? waited : 0;
    mb__advance(client, now);
    if (patience.lasts && !patience.lasts(patience.user)) return;
    uint64_t before = progress(client);
    move_io(client);
    if (waited <= 0 && progress(client) == before) now++; /* what neither waits nor moves must not stop the clock */
  }
}

static void drop_everything(mb_client *client, mb_drop reason) {
  for (mb__outbox *outbox = client->outboxes, *next; outbox; outbox = next) {
    next = outbox->next;
    if (reason == MB_DROP_CLOSED) mb__stored_leave(outbox);
    mb__outbox_drop_all(outbox, reason);
    mb__outbox_tidy(outbox);
  }
}

mb_status mb__client_close(mb_client *client, int64_t now_ms, int64_t deadline_ms, mb__patience patience) {
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  deliver_until(client, deadline_ms, patience);
  mb__dispatch_stop(client);
  drop_everything(client, MB_DROP_CLOSED);
  client->closed = true;
  return mb__leave(client, MB_OK);
}

mb_status mb_client_close(mb_client *client, int64_t now_ms, int64_t deadline_ms) {
  return mb__client_close(client, now_ms, deadline_ms, (mb__patience){.slice_ms = MB_NEVER});
}

mb_status mb_client_set_consent(mb_client *client, mb_consent consent, int64_t now_ms) {
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  if ((unsigned)consent > MB_CONSENT_OUT)
    return mb__leave(client,
                     mb__fail(client, MB_INVALID_ARGUMENT, "consent: %d is none of in, unknown, out", (int)consent));
  mb__record_consent(client, consent);
  client->consent = consent;
  if (consent == MB_CONSENT_OUT) {
    mb__stored_erase(client);
    drop_everything(client, MB_DROP_CONSENT);
  }
  if (consent == MB_CONSENT_IN) mb__stored_look(client), mb__dispatch_wake_all(client);
  mb__dispatch(client);
  return mb__leave(client, MB_OK);
}

mb_status mb_client_set_online(mb_client *client, bool online, int64_t now_ms) {
  mb_status status = mb__enter(client, now_ms);
  if (status) return status;
  mb__record_online(client, online);
  client->online = online;
  if (online) mb__stored_look(client), mb__dispatch_wake_all(client);
  mb__dispatch(client);
  return mb__leave(client, MB_OK);
}

mb_status mb_client_record(mb_client *client, mb_write_fn write, void *user) {
  mb_status status = mb__enter_now(client);
  if (status) return status;
  if (client->created)
    status = mb__fail(client, MB_TOO_LATE, "record: a tracker or session exists already");
  else
    client->recorder = (mb__recorder){write, user, false};
  return mb__leave(client, status);
}

static uint64_t held(const mb_client *client) {
  uint64_t count = 0;
  for (const mb__outbox *outbox = client->outboxes; outbox; outbox = outbox->next)
    if (client->consent != MB_CONSENT_IN || (outbox->is_batch && !client->online)) count += outbox->queue.count;
  return count;
}

mb_status mb_client_stats(const mb_client *client, mb_stats *stats) {
  if (!client || !stats || stats->size < sizeof *stats) return MB_INVALID_ARGUMENT;
  *stats = client->stats;
  stats->size = sizeof *stats;
  stats->held = held(client);
  return MB_OK;
}

const char *mb_client_error(const mb_client *client) { return client ? client->error : ""; }
