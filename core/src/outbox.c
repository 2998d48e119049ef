/* Owns the outbox of a session. */
#include "outbox.h"

#include <string.h>

#include "params.h"
#include "random.h"
#include "stored.h"

/* Event ids have a stream of their own, by player and session: the same log gives the same ids, whatever the network does
 * and in whatever order players were made. */
static uint64_t stream_of(const mb_client *client, const mb__player *player) {
  uint64_t state = client->seed;
  for (const char *c = player->name; *c; c++) state = mb__random_next(&state) ^ (unsigned char)*c;
  state += player->sessions;
  return mb__random_next(&state);
}

mb__outbox *mb__outbox_new(mb_client *client, mb__player *player, bool is_batch) {
  mb__outbox *outbox = mb__new(&client->memory, sizeof *outbox);
  if (!outbox) return NULL;
  if (!mb__timers_reserve(&client->retries, &outbox->retry, client->created)) {
    mb__delete(&client->memory, outbox);
    return NULL;
  }
  client->created++;
  outbox->client = client;
  outbox->player = player;
  player->references++;
  outbox->is_batch = is_batch;
  outbox->owned = true;
  outbox->last_ts = -1;
  outbox->ids = stream_of(client, player);
  if (client->consent == MB_CONSENT_OUT) outbox->dead = true, outbox->dead_because = MB_DROP_CONSENT;
  return outbox;
}

void mb__outbox_link(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  outbox->next = client->outboxes;
  if (outbox->next) outbox->next->previous = outbox;
  client->outboxes = outbox;
}

void mb__outbox_list(mb__outbox *outbox) {
  outbox->ordinal = ++outbox->player->sessions;
  outbox->client->stats.sessions++;
  mb__outbox_link(outbox);
}

static void unlist(mb__outbox *outbox) {
  if (outbox->previous) outbox->previous->next = outbox->next;
  if (outbox->next) outbox->next->previous = outbox->previous;
  if (outbox->client->outboxes == outbox) outbox->client->outboxes = outbox->next;
}

static void forget_opened(mb__outbox *outbox) {
  const mb__memory *memory = &outbox->client->memory;
  mb__opened *opened = &outbox->opened;
  mb__tail_drop(memory, opened->start);
  mb__tail_drop(memory, opened->chapter);
  mb__tail_drop(memory, opened->ad_break);
  mb__tail_drop(memory, opened->ad);
  for (int i = 0; i < opened->state_count; i++) mb__tail_drop(memory, opened->states[i]);
  *opened = (mb__opened){0};
}

void mb__outbox_free(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  unlist(outbox);
  mb__stored_end(outbox);
  if (client->batch == outbox) client->batch = NULL;
  mb__timers_release(&client->retries, &outbox->retry);
  mb__queue_clear(&outbox->queue, &client->chunks);
  mb__queue_clear(&outbox->prelude, &client->chunks);
  forget_opened(outbox);
  mb__delete(&client->memory, outbox->id);
  mb__delete(&client->memory, outbox->former);
  mb__player_drop(&client->players, outbox->player);
  mb__delete(&client->memory, outbox);
}

void mb__outbox_discard(mb__outbox *outbox) {
  mb__queue_clear(&outbox->queue, &outbox->client->chunks);
  mb__outbox_free(outbox);
}

void mb__outbox_tidy(mb__outbox *outbox) {
  if (!outbox->owned && !outbox->request && !outbox->ready && !outbox->queue.count && !outbox->prelude.count)
    mb__outbox_free(outbox);
}

/* Pings make room for what matters more: they may fill nine tenths of a queue. The end of a session always fits, and so
 * does its beginning: without it the next event would be posted to where sessions are opened. */
static bool is_full(const mb__outbox *outbox, mb__event_type type, size_t size) {
  const mb__settings *settings = &outbox->client->settings;
  if (type == MB__EVENT_SESSION_START || type == MB__EVENT_SESSION_END || type == MB__EVENT_SESSION_COMPLETE)
    return false;
  uint64_t tenths = type == MB__EVENT_PING ? 9 : 10;
  return (outbox->queue.count + 1) * (uint64_t)10 > settings->queue_max_events * tenths ||
         (outbox->queue.bytes + size) * 10 > settings->queue_max_bytes * tenths;
}

static void report_full(mb__outbox *outbox) {
  if (outbox->full_reported) return;
  outbox->full_reported = true;
  mb__log(outbox->client, MB_LOG_WARNING, "player %s: %u events wait, the queue is full; new ones are dropped",
          mb__player_shown(outbox->player), outbox->queue.count);
}

/* The body in the client's scratch buffer. */
static void encode(mb__outbox *outbox, mb__moment *moment, const mb__tail *tail) {
  const mb__wire *wire = outbox->client->wire;
  mb__writer *scratch = &outbox->client->scratch;
  if (wire->has_ids) {
    moment->id[0] = mb__random_next(&outbox->ids);
    moment->id[1] = mb__random_next(&outbox->ids);
  }
  mb__writer_clear(scratch);
  wire->head(scratch, moment);
  if (tail)
    mb__write(scratch, tail->bytes, tail->size);
  else
    mb__write(scratch, wire->no_tail, wire->no_tail_size);
}

/* To the queue and to the journal, or to neither. */
static bool append(mb__outbox *outbox, const mb__record *record, const char *body, mb__tail *tail) {
  mb__queue_mark mark = mb__queue_save(&outbox->queue);
  if (!mb__queue_append(&outbox->queue, &outbox->client->chunks, record, body, tail)) return false;
  if (!mb__stored_add(outbox, body, record->size)) return true;
  mb__queue_restore(&outbox->queue, &outbox->client->chunks, mark);
  return false;
}

mb_status mb__outbox_add(mb__outbox *outbox, const mb__moment *moment, mb__tail *tail, mb_drop *dropped) {
  mb_client *client = outbox->client;
  mb__writer *scratch = &client->scratch;
  *dropped = MB_DROP_COUNT;
  if (outbox->dead) return *dropped = outbox->dead_because, MB_OK;
  mb__moment stamped = *moment;
  if (stamped.ts <= outbox->last_ts) stamped.ts = outbox->last_ts + 1;
  uint64_t ids = outbox->ids;
  encode(outbox, &stamped, tail);
  if (scratch->failed) return outbox->ids = ids, MB_NO_MEMORY;
  if (is_full(outbox, stamped.type, scratch->size)) {
    report_full(outbox);
    return *dropped = MB_DROP_QUEUE_FULL, MB_OK;
  }
  mb__record record = {stamped.ts, (uint32_t)scratch->size, (uint8_t)stamped.type, false};
  if (!append(outbox, &record, scratch->bytes, tail)) return outbox->ids = ids, MB_NO_MEMORY;
  outbox->last_ts = stamped.ts;
  outbox->last_type = record.type;
  outbox->last_playhead = stamped.playhead;
  return MB_OK;
}

bool mb__outbox_end(mb__outbox *outbox) {
  bool over = outbox->last_type == MB__EVENT_SESSION_END || outbox->last_type == MB__EVENT_SESSION_COMPLETE;
  mb__moment moment = {.type = MB__EVENT_SESSION_END, .playhead = outbox->last_playhead, .ts = outbox->last_ts + 1};
  uint64_t bytes = outbox->queue.bytes;
  mb_drop dropped;
  if (over || outbox->dead) return true;
  if (mb__outbox_add(outbox, &moment, NULL, &dropped)) return false;
  mb_stats *stats = &outbox->client->stats;
  stats->accepted++;
  stats->queued++;
  stats->queued_bytes += outbox->queue.bytes - bytes;
  mb__stored_flush(outbox);
  return true;
}

bool mb__outbox_put(mb__outbox *outbox, const mb__record *record, const char *body, mb__tail *tail) {
  return mb__queue_append(&outbox->queue, &outbox->client->chunks, record, body, tail);
}

void mb__outbox_move_to_store(mb__outbox *outbox, uint64_t lost) {
  mb_client *client = outbox->client;
  client->stats.stored += outbox->queue.count - lost;
  client->stats.dropped[MB_DROP_CLOSED] += lost;
  client->stats.queued -= outbox->queue.count;
  client->stats.queued_bytes -= outbox->queue.bytes;
  mb__queue_clear(&outbox->queue, &client->chunks);
}

mb__outbox_mark mb__outbox_save(const mb__outbox *outbox) {
  mb__outbox_mark mark = {.queue = mb__queue_save(&outbox->queue),
                          .last_ts = outbox->last_ts,
                          .ids = outbox->ids,
                          .last_playhead = outbox->last_playhead,
                          .last_type = outbox->last_type};
  if (outbox->journal) mark.journal = mb__journal_save(outbox->journal);
  return mark;
}

void mb__outbox_restore(mb__outbox *outbox, mb__outbox_mark mark) {
  mb__queue_restore(&outbox->queue, &outbox->client->chunks, mark.queue);
  outbox->last_ts = mark.last_ts;
  outbox->ids = mark.ids;
  outbox->last_playhead = mark.last_playhead;
  outbox->last_type = mark.last_type;
  if (outbox->journal) mb__journal_restore(outbox->journal, mark.journal);
}

static void hold(mb__outbox *outbox, mb__tail **slot, mb__tail *tail) {
  mb__tail_take(tail);
  mb__tail_drop(&outbox->client->memory, *slot);
  *slot = tail;
}

/* An ad does not outlive its break, even if nobody said that it was over. */
static void hold_break(mb__outbox *outbox, mb__tail *tail) {
  hold(outbox, &outbox->opened.ad_break, tail);
  hold(outbox, &outbox->opened.ad, NULL);
}

static bool tails_equal(const mb__tail *one, const mb__tail *other) {
  return one->size == other->size && memcmp(one->bytes, other->bytes, one->size) == 0;
}

/* The start and the end of a state differ in their heads alone. */
static void hold_state(mb__outbox *outbox, mb__tail *tail, bool on) {
  mb__opened *opened = &outbox->opened;
  int i = 0;
  while (i < opened->state_count && !tails_equal(opened->states[i], tail)) i++;
  bool known = i < opened->state_count;
  if (known == on || (on && opened->state_count == MB__MOST_STATES)) return;
  if (on) {
    mb__tail_take(tail);
    opened->states[opened->state_count++] = tail;
    return;
  }
  mb__tail_drop(&outbox->client->memory, opened->states[i]);
  memmove(&opened->states[i], &opened->states[i + 1], (size_t)(opened->state_count - i - 1) * sizeof(mb__tail *));
  opened->state_count--;
}

static void hold_named_state(mb__outbox *outbox, const char *name, bool on) {
  mb__values values = {0};
  mb__set_text(&values, MB__FIELD_MEDIA_STATE_NAME, name);
  mb__tail *tail = NULL;
  if (!mb__params_encode(outbox->client, MB__EVENT_STATE_START, &values, NULL, MB__FIELD_COUNT, &tail))
    hold_state(outbox, tail, on);
  else
    mb__log(outbox->client, MB_LOG_ERROR, "out of memory: state %s would not be said again in a new session", name);
  mb__tail_drop(&outbox->client->memory, tail);
}

static void hold_listed_states(mb__outbox *outbox, const mb__json *lists, mb__field list, bool on) {
  const mb__json *states = mb__json_get(lists, mb__fields[list].key);
  for (const mb__json *state = states ? mb__json_first(states) : NULL; state; state = mb__json_next(state))
    hold_named_state(outbox, mb__state_name(state), on);
}

/* Ends come before starts. A tail begins with the comma that joins it to its head. */
static void hold_states_update(mb__outbox *outbox, const mb__tail *tail) {
  mb__writer *scratch = &outbox->client->scratch;
  const mb__wire *wire = outbox->client->wire;
  mb__json *body = NULL;
  mb__writer_clear(scratch);
  mb__write(scratch, "{", 1);
  mb__write(scratch, tail->bytes + 1, tail->size - 1 - wire->states_excess);
  if (scratch->failed || mb__json_parse(scratch->bytes, scratch->size, &body, NULL, NULL)) {
    mb__log(outbox->client, MB_LOG_ERROR, "out of memory: states would not be said again in a new session");
    return;
  }
  const mb__json *lists = wire->states_member ? mb__json_get(body, wire->states_member) : body;
  hold_listed_states(outbox, lists, MB__FIELD_STATES_END, false);
  hold_listed_states(outbox, lists, MB__FIELD_STATES_START, true);
  mb__json_free(body);
}

void mb__outbox_recall(mb__outbox *outbox, mb__event_type type, mb__tail *tail) {
  mb__opened *opened = &outbox->opened;
  switch (type) {
    case MB__EVENT_SESSION_START: hold(outbox, &opened->start, tail); return;
    case MB__EVENT_CHAPTER_START: hold(outbox, &opened->chapter, tail); return;
    case MB__EVENT_CHAPTER_COMPLETE:
    case MB__EVENT_CHAPTER_SKIP: hold(outbox, &opened->chapter, NULL); return;
    case MB__EVENT_AD_BREAK_START:
    case MB__EVENT_AD_BREAK_COMPLETE: hold_break(outbox, type == MB__EVENT_AD_BREAK_START ? tail : NULL); return;
    case MB__EVENT_AD_START: hold(outbox, &opened->ad, tail); return;
    case MB__EVENT_AD_COMPLETE:
    case MB__EVENT_AD_SKIP: hold(outbox, &opened->ad, NULL); return;
    case MB__EVENT_STATE_START: hold_state(outbox, tail, true); return;
    case MB__EVENT_STATE_END: hold_state(outbox, tail, false); return;
    case MB__EVENT_STATES_UPDATE: hold_states_update(outbox, tail); return;
    case MB__EVENT_PLAY:
    case MB__EVENT_PAUSE_START:
    case MB__EVENT_BUFFER_START: opened->playback = (uint8_t)type; return;
    default: return;
  }
}

static void pop(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  outbox->attempts = 0;
  outbox->full_reported = false;
  if (outbox->prelude.count)
    mb__queue_pop(&outbox->prelude, &client->chunks);
  else
    mb__queue_pop(&outbox->queue, &client->chunks);
}

static void uncount(mb__outbox *outbox, const mb__record *record) {
  outbox->client->stats.queued--;
  outbox->client->stats.queued_bytes -= record->size;
}

/* The oldest event of the queue has come to its end, one way or the other. Only that makes a re-opened session an old
 * one, which may be re-opened again: each new session costs one event at least, so there is an end to it. */
static void settle(mb__outbox *outbox, const mb__record *record, uint64_t *counter) {
  uncount(outbox, record);
  ++*counter;
  outbox->done++;
  outbox->fresh = false;
}

void mb__outbox_delivered(mb__outbox *outbox) {
  const mb__record *record = mb__outbox_head(outbox);
  if (!outbox->prelude.count) {
    mb__outbox_recall(outbox, (mb__event_type)record->type, mb__record_tail(record));
    settle(outbox, record, &outbox->client->stats.delivered);
  }
  pop(outbox);
}

void mb__outbox_dropped(mb__outbox *outbox, mb_drop reason) {
  const mb__record *record = mb__outbox_head(outbox);
  if (!outbox->prelude.count) settle(outbox, record, &outbox->client->stats.dropped[reason]);
  pop(outbox);
}

void mb__outbox_drop_all(mb__outbox *outbox, mb_drop reason) {
  mb_client *client = outbox->client;
  outbox->dead = true;
  outbox->dead_because = reason;
  if (outbox->request) return; /* its record is in use; the rest goes when the answer is there */
  mb__queue_clear(&outbox->prelude, &client->chunks);
  while (outbox->queue.count) mb__outbox_dropped(outbox, reason);
  mb__timers_set(&client->retries, &outbox->retry, MB_NEVER);
}

typedef struct prelude_writer {
  mb__outbox *outbox;
  double playhead;
  int64_t ts;
  bool failed;
} prelude_writer;

static void say_again(prelude_writer *prelude, mb__event_type type, mb__tail *tail, bool if_open) {
  mb__outbox *outbox = prelude->outbox;
  mb__writer *scratch = &outbox->client->scratch;
  if (!if_open || prelude->failed) return;
  mb__moment moment = {.type = type, .playhead = prelude->playhead, .ts = prelude->ts++, .resume = true};
  encode(outbox, &moment, tail);
  mb__record record = {moment.ts, (uint32_t)scratch->size, (uint8_t)type, false};
  prelude->failed =
      scratch->failed || !mb__queue_append(&outbox->prelude, &outbox->client->chunks, &record, scratch->bytes, tail);
}

static bool write_prelude(mb__outbox *outbox, double playhead, int64_t before) {
  const mb__opened *opened = &outbox->opened;
  bool playing = opened->playback != MB__EVENT_SESSION_START;
  int count =
      1 + (opened->chapter != NULL) + (opened->ad_break != NULL) + (opened->ad != NULL) + opened->state_count + playing;
  prelude_writer prelude = {outbox, playhead, before > count ? before - count : 0, false};
  say_again(&prelude, MB__EVENT_SESSION_START, opened->start, true);
  say_again(&prelude, MB__EVENT_CHAPTER_START, opened->chapter, opened->chapter != NULL);
  say_again(&prelude, MB__EVENT_AD_BREAK_START, opened->ad_break, opened->ad_break != NULL);
  say_again(&prelude, MB__EVENT_AD_START, opened->ad, opened->ad != NULL);
  for (int i = 0; i < opened->state_count; i++) say_again(&prelude, MB__EVENT_STATE_START, opened->states[i], true);
  say_again(&prelude, (mb__event_type)opened->playback, NULL, playing);
  return !prelude.failed;
}

bool mb__outbox_reopen(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  const mb__record *head = mb__queue_head(&outbox->queue);
  uint64_t ids = outbox->ids;
  outbox->reopen = true;
  mb__queue_clear(&outbox->prelude, &client->chunks);
  if (!write_prelude(outbox, mb__wire_playhead(mb__record_body(head), head->size), head->ts)) {
    mb__queue_clear(&outbox->prelude, &client->chunks);
    outbox->ids = ids;
    return false;
  }
  mb__delete(&client->memory, outbox->former);
  outbox->former = outbox->id;
  outbox->id = NULL;
  outbox->reopen = false;
  outbox->fresh = true;
  outbox->attempts = 0;
  outbox->ordinal = ++outbox->player->sessions;
  client->stats.reopened++;
  client->stats.resent += outbox->prelude.count;
  return true;
}

static const char *find(const mb__tail *tail, const char *text) {
  size_t size = strlen(text);
  for (size_t i = 0; i + size <= tail->size; i++)
    if (memcmp(tail->bytes + i, text, size) == 0) return tail->bytes + i;
  return NULL;
}

/* The flag cannot be inside a text, where its quotes would be escaped. */
static mb__tail *downloaded_start(mb__outbox *outbox) {
  const mb__wire *wire = outbox->client->wire;
  mb__writer *scratch = &outbox->client->scratch;
  mb__tail *start = outbox->opened.start;
  const char *flag = wire->is_online ? find(start, wire->is_online) : NULL;
  if (!flag) return mb__tail_take(start), start;
  const char *rest = flag + strlen(wire->is_online), *end = start->bytes + start->size;
  mb__writer_clear(scratch);
  mb__write(scratch, start->bytes, (size_t)(flag - start->bytes));
  mb__write_raw(scratch, wire->is_downloaded);
  mb__write(scratch, rest, (size_t)(end - rest));
  return scratch->failed ? NULL : mb__tail_new(&outbox->client->memory, scratch->bytes, scratch->size, 0);
}

/* All that waits, behind what was open. */
static bool join_queues(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  mb__queue_cursor cursor = mb__queue_begin(&outbox->queue);
  for (const mb__record *record; (record = mb__queue_next(&cursor)) != NULL;)
    if (!mb__queue_append(&outbox->prelude, &client->chunks, record, mb__record_body(record), mb__record_tail(record)))
      return false;
  client->stats.recovered += outbox->prelude.count - outbox->queue.count;
  client->stats.queued += outbox->prelude.count - outbox->queue.count;
  client->stats.queued_bytes += outbox->prelude.bytes - outbox->queue.bytes;
  mb__queue_clear(&outbox->queue, &client->chunks);
  outbox->queue = outbox->prelude;
  outbox->prelude = (mb__queue){0};
  return true;
}

bool mb__outbox_make_batch(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  mb__tail *start = downloaded_start(outbox);
  if (!start) return false;
  mb__tail_drop(&client->memory, outbox->opened.start);
  outbox->opened.start = start;
  if (!mb__outbox_reopen(outbox)) return false;
  outbox->is_batch = join_queues(outbox);
  return true; /* without memory it goes on in a new session */
}
