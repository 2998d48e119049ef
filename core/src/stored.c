/* Owns the way between outboxes and journals. */
#include "stored.h"

#include <stdio.h>
#include <string.h>

#include "dispatch.h"
#include "given.h"
#include "random.h"

static void note(void *user, mb_log_level level, const char *message) { mb__log(user, level, "%s", message); }

static void forget_stored(mb_client *client, uint64_t events) {
  client->stats.stored -= events < client->stats.stored ? events : client->stats.stored;
}

/* What was adopted is counted when it is taken, or here. */
static void count_dropped(void *user, mb__store_drop reason, bool own, uint64_t events) {
  mb_client *client = user;
  client->stats.dropped[reason == MB__STORE_DROP_AGE ? MB_DROP_TOO_OLD : MB_DROP_STORE_FULL] += events;
  if (own)
    forget_stored(client, events);
  else
    client->stats.recovered += events;
}

void mb__stored_open(mb_client *client) {
  const char *folder = mb__config_text(client->config, MB__KEY_STORE);
  if (!folder || !*folder) return;
  mb__files files = mb__files_posix();
  mb__store_options options = {.memory = &client->memory,
                               .files = &files,
                               .folder = folder,
                               .seed = client->seed,
                               .power = client->settings.power,
                               .sync_interval_ms = client->settings.sync_interval_ms,
                               .max_bytes = client->settings.store_max_bytes,
                               .max_age_ms = client->settings.store_max_age_ms,
                               .user = client,
                               .note = note,
                               .dropped = count_dropped};
  size_t adopted;
  if (mb__store_open(&options, &client->store)) return;
  mb__fault fault = mb__store_adopt(client->store, &adopted);
  if (fault) mb__log(client, MB_LOG_ERROR, "the store: %s; what others have left waits", mb__fault_text(fault));
  client->store_waits = adopted > 0;
  if (adopted) client->store_due = 0; /* the first tick sends */
}

void mb__stored_close(mb_client *client) {
  mb__store_free(client->store);
  client->store = NULL;
}

/* Tracking goes on in memory. One message an hour is enough: on a disk that is full a short line of one journal may still
 * find room between the long ones of others. */
static bool worked(mb_client *client, mb__fault fault) {
  enum { HOUR_MS = 3600 * 1000 };
  if (!fault || client->now < client->store_quiet_until) return !fault;
  mb__log(client, MB_LOG_ERROR, "the store: %s; events are kept in memory meanwhile", mb__fault_text(fault));
  client->store_quiet_until = client->now + HOUR_MS;
  return false;
}

void mb__stored_begin(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (!client->store) return;
  mb__journal_header header = {.protocol = client->wire->name,
                               .downloaded = outbox->is_batch,
                               .player = outbox->player->name,
                               .session = outbox->player->sessions + 1,
                               .created = client->now};
  if (!worked(client, mb__store_new_journal(client->store, &header, &outbox->journal))) outbox->journal = NULL;
}

mb_status mb__stored_add(mb__outbox *outbox, const char *body, size_t size) {
  return outbox->journal && mb__journal_add(outbox->journal, body, size) == MB__FAULT_NO_MEMORY ? MB_NO_MEMORY : MB_OK;
}

static bool settles(uint8_t type) {
  return type == MB__EVENT_PAUSE_START || type == MB__EVENT_SESSION_END || type == MB__EVENT_SESSION_COMPLETE;
}

void mb__stored_flush(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (!outbox->journal || !worked(client, mb__journal_flush(outbox->journal))) return;
  if (settles(outbox->last_type)) worked(client, mb__journal_sync(outbox->journal));
  client->store_due = mb__store_next_deadline(client->store);
}

void mb__stored_opening(mb__outbox *outbox) {
  if (!outbox->journal || outbox->opening) return;
  outbox->opening = true;
  worked(outbox->client, mb__journal_mark_opening(outbox->journal));
}

void mb__stored_answered(mb__outbox *outbox) {
  if (!outbox->journal || !outbox->opening || outbox->unsure) return;
  outbox->opening = false;
  worked(outbox->client, mb__journal_mark_unopened(outbox->journal));
}

void mb__stored_opened(mb__outbox *outbox) {
  outbox->opening = false;
  if (outbox->journal) worked(outbox->client, mb__journal_mark_opened(outbox->journal, outbox->id, outbox->region));
}

void mb__stored_done(mb__outbox *outbox) {
  if (outbox->journal) worked(outbox->client, mb__journal_mark_done(outbox->journal, outbox->done));
}

/* Only what is whole on disk may leave memory. */
bool mb__stored_let_go(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (!outbox->journal || !worked(client, mb__journal_mark_ended(outbox->journal))) return false;
  worked(client, mb__journal_sync(outbox->journal));
  if (!outbox->is_batch) return false;
  worked(client, mb__store_let_go(client->store, outbox->journal));
  outbox->journal = NULL;
  mb__outbox_move_to_store(outbox, 0);
  client->store_waits = true;
  worked(client, mb__store_enforce_bounds(client->store, client->now));
  return true;
}

void mb__stored_end(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (client->taken == outbox) client->taken = NULL;
  if (!outbox->journal) return;
  if (outbox->queue.count)
    worked(client, mb__store_let_go(client->store, outbox->journal));
  else
    worked(client, mb__store_remove(client->store, outbox->journal));
  outbox->journal = NULL;
}

/* What the disk does not take, even now, ends with the client. */
void mb__stored_leave(mb__outbox *outbox) {
  mb__journal *journal = outbox->journal;
  if (!journal || !outbox->queue.count || journal->given_up) return;
  worked(outbox->client, mb__journal_flush(journal));
  uint64_t lost = journal->events - journal->written;
  if (lost >= outbox->queue.count) return;
  mb__stored_end(outbox);
  mb__outbox_move_to_store(outbox, lost);
}

void mb__stored_set_aside(mb__outbox *outbox, const char *words) {
  mb_client *client = outbox->client;
  if (!outbox->journal || !outbox->is_batch) return;
  worked(client, mb__store_set_aside(client->store, outbox->journal, words));
  outbox->journal = NULL;
}

void mb__stored_erase(mb_client *client) {
  if (!client->store) return;
  worked(client, mb__store_erase(client->store));
  client->stats.dropped[MB_DROP_CONSENT] += client->stats.stored;
  client->stats.stored = 0;
  client->store_waits = false;
}

void mb__stored_look(mb_client *client) { client->store_waits = client->store != NULL; }

void mb__stored_tick(mb_client *client) {
  if (!client->store || client->now < client->store_due) return;
  worked(client, mb__store_tick(client->store, client->now));
  client->store_due = mb__store_next_deadline(client->store);
  mb__stored_next(client);
}

/* ---- Coming back ---- */

typedef struct loader {
  mb__outbox *outbox;
  uint64_t done;
  bool open;    /* the backend has given it an id */
  bool refused; /* what is there cannot be sent */
} loader;

/* What is behind the head is the tail, as it was when the event was made. */
static mb_status split(mb_client *client, const mb__moment *moment, const char *body, size_t size, mb__tail **tail) {
  mb__writer *scratch = &client->scratch;
  mb__writer_clear(scratch);
  client->wire->head(scratch, moment);
  if (scratch->failed) return MB_NO_MEMORY;
  if (scratch->size > size || memcmp(scratch->bytes, body, scratch->size) != 0) return MB_INVALID_EVENT;
  size_t rest = size - scratch->size;
  if (rest == client->wire->no_tail_size) return MB_OK;
  *tail = mb__tail_new(&client->memory, body + scratch->size, rest, 0);
  return *tail ? MB_OK : MB_NO_MEMORY;
}

/* What is not open is opened by its first event, and nothing else is. */
static bool fits(const loader *in, uint64_t number, mb__event_type type) {
  if (type == MB__EVENT_SESSION_START) return number == 1;
  return number <= in->done || in->open || in->outbox->opened.start || in->outbox->queue.count;
}

static mb_status load(loader *in, uint64_t number, const mb__moment *moment, const char *body, size_t size,
                      mb__tail *tail) {
  mb__outbox *outbox = in->outbox;
  if (!fits(in, number, moment->type) || !mb__time_is_valid(moment->ts)) return MB_INVALID_EVENT;
  outbox->last_playhead = moment->playhead;
  outbox->last_ts = moment->ts;
  outbox->last_type = (uint8_t)moment->type;
  mb__record record = {moment->ts, (uint32_t)size, (uint8_t)moment->type, false};
  if (number > in->done) return mb__outbox_put(outbox, &record, body, tail) ? MB_OK : MB_NO_MEMORY;
  mb__outbox_recall(outbox, moment->type, tail);
  return MB_OK;
}

static mb__fault load_event(void *user, uint64_t number, const char *body, size_t size) {
  loader *in = user;
  mb_client *client = in->outbox->client;
  mb__given event = {0};
  mb__tail *tail = NULL;
  mb_status status = client->wire->recover(client, body, size, &event);
  if (!status) status = split(client, &event.reading.moment, body, size, &tail);
  if (!status) status = load(in, number, &event.reading.moment, body, size, tail);
  mb__tail_drop(&client->memory, tail);
  mb__given_free(client, &event);
  in->refused = status && status != MB_NO_MEMORY;
  return !status ? MB__FAULT_OK : in->refused ? MB__FAULT_FAILED : MB__FAULT_NO_MEMORY;
}

static mb__outbox *make(mb_client *client, const mb__journal_state *state) {
  mb__player *player = mb__player_take(&client->players, state->header.player);
  mb__outbox *outbox = player ? mb__outbox_new(client, player, state->header.downloaded) : NULL;
  mb__player_drop(&client->players, player);
  if (!outbox) return NULL;
  outbox->ordinal = state->header.session;
  outbox->opening = outbox->unsure = state->opening;
  outbox->done = state->done;
  if (state->id) outbox->id = mb__copy_text(&client->memory, state->id, strlen(state->id));
  outbox->is_settled = state->id != NULL;
  if (state->region) snprintf(outbox->region, sizeof outbox->region, "%s", state->region);
  if (!state->id || outbox->id) return outbox;
  mb__outbox_free(outbox);
  return NULL;
}

static void report(const mb__outbox *outbox) {
  mb__log(outbox->client, MB_LOG_INFO, "player %s: going on with a session whose process is gone: %u events",
          mb__player_shown(outbox->player), outbox->queue.count);
}

static void account(mb_client *client, uint64_t count, uint64_t bytes, bool own) {
  if (own)
    forget_stored(client, count);
  else
    client->stats.recovered += count;
  client->stats.queued += count;
  client->stats.queued_bytes += bytes;
}

/* What is added to it has ids of its own, which are none of those that a session of this process has. */
static uint64_t adopted_ids(mb_client *client, const mb__journal_state *state) {
  return mb__random_next(&client->random) ^ (uint64_t)state->header.created;
}

/* Read whole, or given back. */
static mb__fault fill(mb__outbox *outbox, const mb__journal_state *state, mb__store_name name, bool own,
                      bool *refused) {
  mb_client *client = outbox->client;
  mb__journal_state again;
  loader in = {outbox, state->done, state->id != NULL, false};
  if (!own) outbox->ids = adopted_ids(client, state);
  mb__journal_visitor visitor = {.user = &in, .event = load_event};
  mb__fault fault = mb__store_read(client->store, name, &visitor, &again);
  mb__journal_state_free(&again);
  *refused = in.refused;
  if (fault) return fault;
  uint64_t count = outbox->queue.count, bytes = outbox->queue.bytes;
  bool has_end = !count && !outbox->id; /* of what was all refused nothing is known there */
  if (!has_end && !mb__outbox_end(outbox)) return MB__FAULT_NO_MEMORY;
  outbox->reopen = !outbox->id && outbox->opened.start; /* it died while it went on in a new session */
  account(client, count, bytes, own);
  return MB__FAULT_OK;
}

static void start(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  mb__outbox_link(outbox);
  client->taken = outbox;
  mb__dispatch_release(outbox);
}

/* Still waiting, for a better moment. */
static void give_back(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  worked(client, mb__store_let_go(client->store, outbox->journal));
  outbox->journal = NULL;
  mb__outbox_free(outbox);
}

/* Nothing of it is sent: a person may look at it. */
static void set_aside(mb__outbox *outbox, const mb__journal_state *state, bool own) {
  mb_client *client = outbox->client;
  uint64_t count = state->events - state->done;
  mb__log(client, MB_LOG_ERROR, "player %s: a session in the store holds what is no event there; it is set aside",
          mb__player_shown(outbox->player));
  worked(client, mb__store_set_aside(client->store, outbox->journal, "holds what is no event there"));
  outbox->journal = NULL;
  mb__outbox_free(outbox);
  client->stats.dropped[MB_DROP_REFUSED] += count;
  if (own)
    forget_stored(client, count);
  else
    client->stats.recovered += count;
}

static mb__fault come_back(mb__outbox *outbox, const mb__journal_state *state, mb__store_name name) {
  bool own = name.folder == 0, refused = false;
  mb__fault fault = fill(outbox, state, name, own, &refused);
  if (refused) return set_aside(outbox, state, own), MB__FAULT_OK;
  if (fault) return give_back(outbox), fault;
  if (!own) report(outbox);
  start(outbox);
  return MB__FAULT_OK;
}

static mb__fault leave_waiting(mb_client *client, const mb__journal_state *state, mb__journal *journal, bool speaks) {
  if (!speaks)
    mb__log(client, MB_LOG_WARNING, "the store: a session of player %s speaks %s and waits for a client that does",
            state->header.player, state->header.protocol);
  mb__fault fault = mb__store_let_go(client->store, journal);
  return speaks ? MB__FAULT_NO_MEMORY : fault;
}

static mb__fault take(mb_client *client, mb__store_name name) {
  mb__journal_state state;
  mb__journal *journal;
  mb__fault fault = mb__store_take(client->store, name, &state, &journal);
  bool speaks = journal && strcmp(state.header.protocol, client->wire->name) == 0;
  mb__outbox *outbox = speaks ? make(client, &state) : NULL;
  if (outbox) {
    outbox->journal = journal;
    fault = come_back(outbox, &state, name);
  } else if (journal) {
    fault = leave_waiting(client, &state, journal, speaks);
  }
  mb__journal_state_free(&state);
  return fault;
}

static bool may_work_later(mb__fault fault) {
  return fault == MB__FAULT_NO_MEMORY || fault == MB__FAULT_TOO_MANY_FILES;
}

static bool may_send_stored(const mb_client *client) {
  return client->store && client->store_waits && !client->taken && client->has_transport && client->online &&
         client->consent == MB_CONSENT_IN && !client->closed;
}

/* Others may have died meanwhile. */
static void look_for_more(mb_client *client) {
  size_t adopted = 0;
  worked(client, mb__store_adopt(client->store, &adopted));
  client->store_waits = adopted > 0;
  client->store_name = (mb__store_name){0};
}

static void try_later(mb_client *client, mb__store_name after) {
  client->store_name = after;
  if (client->store_due > client->now + MB__TRY_AGAIN_MS) client->store_due = client->now + MB__TRY_AGAIN_MS;
}

void mb__stored_next(mb_client *client) {
  while (may_send_stored(client)) {
    mb__store_name before = client->store_name;
    bool found = false;
    mb__fault fault = mb__store_enforce_bounds(client->store, client->now);
    if (!fault) fault = mb__store_next(client->store, &client->store_name, &found);
    if (!fault && found) fault = take(client, client->store_name);
    if (!worked(client, fault) && (may_work_later(fault) || !found)) {
      try_later(client, before);
      return;
    }
    if (!found) look_for_more(client);
  }
}
