/* Owns requests and their answers. */
#include "dispatch.h"

#include <string.h>

#include "retry.h"
#include "stored.h"

struct mb_request {
  mb_request *next; /* among the idle ones */
  mb__outbox *outbox;
  void *user;
  const char *body; /* in the outbox, or wrapped */
  size_t body_size;
  mb__writer wrapped; /* a batch, or the body of a wire that puts something around a record */
  mb__writer url;
  size_t path; /* where it begins in the URL */
};

const char *mb_request_method(const mb_request *request) { return (void)request, "POST"; }
const char *mb_request_url(const mb_request *request) { return request->url.bytes; }
const char *mb_request_path(const mb_request *request) { return request->url.bytes + request->path; }
const char *mb_request_content_type(const mb_request *request) { return (void)request, "application/json"; }
const char *mb_request_player(const mb_request *request) { return request->outbox->player->name; }
uint32_t mb_request_session(const mb_request *request) { return request->outbox->ordinal; }
void mb_request_set_user(mb_request *request, void *user) { request->user = user; }
void *mb_request_user(const mb_request *request) { return request->user; }

const char *mb_request_body(const mb_request *request, size_t *size) {
  if (size) *size = request->body_size;
  return request->body;
}

static bool may_send(const mb__outbox *outbox) {
  const mb_client *client = outbox->client;
  return !outbox->request && !outbox->ready && outbox->retry.slot == MB__NO_SLOT && mb__outbox_head(outbox) &&
         client->has_transport && client->consent == MB_CONSENT_IN && !client->closed &&
         (!outbox->is_batch || (outbox->ended && client->online && (!client->batch || client->batch == outbox)));
}

void mb__dispatch_wake(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (!may_send(outbox)) return;
  outbox->ready = true;
  outbox->ready_next = NULL;
  if (client->ready_last)
    client->ready_last->ready_next = outbox;
  else
    client->ready_first = outbox;
  client->ready_last = outbox;
}

void mb__dispatch_let_go(mb__outbox *outbox) {
  if (outbox->is_batch && !mb__outbox_end(outbox))
    mb__log(outbox->client, MB_LOG_ERROR, "player %s: out of memory: a downloaded session is left without its end",
            mb__player_shown(outbox->player));
  mb__stored_let_go(outbox);
  mb__dispatch_release(outbox);
}

void mb__dispatch_release(mb__outbox *outbox) {
  outbox->owned = false;
  outbox->ended = true;
  mb__dispatch_wake(outbox);
  mb__outbox_tidy(outbox);
}

void mb__dispatch_wake_all(mb_client *client) {
  mb__outbox *oldest = client->outboxes;
  while (oldest && oldest->next) oldest = oldest->next;
  for (mb__outbox *outbox = oldest; outbox; outbox = outbox->previous) mb__dispatch_wake(outbox);
}

static mb__outbox *take_ready(mb_client *client) {
  mb__outbox *outbox = client->ready_first;
  client->ready_first = outbox->ready_next;
  if (!client->ready_first) client->ready_last = NULL;
  outbox->ready = false;
  return outbox;
}

static void give_back_ready(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  outbox->ready = true;
  outbox->ready_next = client->ready_first;
  client->ready_first = outbox;
  if (!client->ready_last) client->ready_last = outbox;
}

static mb_request *take_request(mb_client *client) {
  mb_request *request = client->idle_requests;
  if (request) {
    client->idle_requests = request->next;
    return request;
  }
  request = mb__new(&client->memory, sizeof *request);
  if (!request) return NULL;
  mb__writer_init(&request->url, &client->memory);
  mb__writer_init(&request->wrapped, &client->memory);
  return request;
}

static void give_request(mb_client *client, mb_request *request) {
  enum { SPARE = 128 * 1024 }; /* a batch may be large, and there are few of them */
  if (request->wrapped.capacity > SPARE) mb__writer_free(&request->wrapped);
  request->next = client->idle_requests;
  client->idle_requests = request;
}

static bool fill_body(mb__outbox *outbox, mb_request *request) {
  const mb__wire *wire = outbox->client->wire;
  const mb__record *head = mb__outbox_head(outbox);
  mb__writer *wrapped = &request->wrapped;
  request->body = mb__record_body(head);
  request->body_size = head->size;
  if (!outbox->is_batch && !wire->wrap) return true;
  mb__writer_clear(wrapped);
  if (outbox->is_batch)
    wire->batch(wrapped, outbox);
  else
    wire->wrap(wrapped, outbox, head);
  request->body = wrapped->bytes;
  request->body_size = wrapped->size;
  return !wrapped->failed;
}

static bool fill_url(mb__outbox *outbox, mb_request *request) {
  mb__writer *url = &request->url;
  const char *endpoint = mb__config_text(outbox->client->config, MB__KEY_ENDPOINT);
  size_t size = endpoint ? strlen(endpoint) : 0;
  while (size && endpoint[size - 1] == '/') size--;
  mb__writer_clear(url);
  mb__write(url, endpoint, size);
  request->path = size;
  outbox->client->wire->path(url, outbox, mb__outbox_head(outbox));
  mb__write(url, "", 1);
  return !url->failed;
}

static void wait_before_retry(mb__outbox *outbox, int64_t least_ms, bool rarely) {
  mb_client *client = outbox->client;
  const mb__settings *settings = &client->settings;
  outbox->attempts++;
  int64_t first = rarely ? settings->retry_max_ms : settings->retry_ms;
  int64_t wait = mb__backoff(outbox->attempts, first, settings->retry_max_ms, &client->random);
  mb__timers_set(&client->retries, &outbox->retry, client->now + (wait > least_ms ? wait : least_ms));
}

static void log_drop(const mb__outbox *outbox, const char *what, const mb_response *response,
                     const mb__answer *answer) {
  mb__log(outbox->client, MB_LOG_WARNING, "player %s: %s answered %d%s%s; %s", mb__player_shown(outbox->player),
          mb__events[mb__outbox_head(outbox)->type].name, response->status, *answer->words ? ": " : "", answer->words,
          what);
}

static void drop_session(mb__outbox *outbox, const mb_response *response, const mb__answer *answer) {
  mb__stored_set_aside(outbox, *answer->words ? answer->words : "refused");
  log_drop(outbox, "the session is dropped with its queue", response, answer);
  if (mb__queue_head(&outbox->queue)->type == MB__EVENT_SESSION_START) mb__outbox_dropped(outbox, MB_DROP_REFUSED);
  mb__outbox_drop_all(outbox, MB_DROP_SESSION_REFUSED);
}

static void drop_event(mb__outbox *outbox, const mb_response *response, const mb__answer *answer) {
  log_drop(outbox, "the event is dropped", response, answer);
  mb__outbox_dropped(outbox, MB_DROP_REFUSED);
}

static bool is_end(const mb__record *record) {
  return record->type == MB__EVENT_SESSION_END || record->type == MB__EVENT_SESSION_COMPLETE;
}

/* What a dead process left may be sent as downloaded content. */
static bool go_on_anew(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  bool as_download = client->taken == outbox && client->settings.recovers_as_download;
  return as_download ? mb__outbox_make_batch(outbox) : mb__outbox_reopen(outbox);
}

static void reopen(mb__outbox *outbox, const mb_response *response, const mb__answer *answer) {
  mb_client *client = outbox->client;
  if (outbox->dead) return; /* consent was withdrawn meanwhile: nothing goes on */
  if (is_end(mb__outbox_head(outbox))) {
    mb__outbox_delivered(outbox); /* the session is over there, which is all that the event could say */
  } else if (outbox->fresh || !outbox->opened.start) { /* no other start is known for a session opened elsewhere */
    drop_event(outbox, response, answer);
  } else if (go_on_anew(outbox)) {
    mb__log(client, MB_LOG_INFO, "player %s: the backend answered %d; going on in a new session",
            mb__player_shown(outbox->player), response->status);
  } else {
    wait_before_retry(outbox, 0, false);
  }
}

/* What was sent once more although it may have been taken. Said before the journal has the answer: whoever dies in
 * between leaves it to the next one to say. */
static void report_doubled(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (!outbox->unsure) return;
  outbox->unsure = false;
  client->stats.possibly_doubled++;
  mb__log(client, MB_LOG_WARNING,
          "player %s: the answer to a request that opened a session was lost or had no id, and it was sent again; the "
          "backend may have the session twice",
          mb__player_shown(outbox->player));
}

static bool learn_id(mb__outbox *outbox, const mb__answer *answer) {
  if (!*answer->id) return false;
  char *copy = mb__copy_text(&outbox->client->memory, answer->id, strlen(answer->id));
  if (!copy) return false;
  mb__delete(&outbox->client->memory, outbox->id);
  outbox->id = copy;
  report_doubled(outbox);
  mb__stored_opened(outbox);
  if (outbox->learned) outbox->learned(outbox->learner, copy);
  return true;
}

/* What comes back from disk may be as old as what waits there. */
static bool is_too_old(const mb__outbox *outbox, const mb__record *record) {
  const mb_client *client = outbox->client;
  bool was_stored = client->taken == outbox;
  int64_t most = was_stored ? client->settings.store_max_age_ms : client->settings.queue_max_age_ms;
  return client->now - record->ts > most;
}

/* An event that has waited too long is not repeated; a sessionStart takes its session with it. */
static bool drop_if_too_old(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  const mb__record *oldest = mb__queue_head(&outbox->queue);
  if (!is_too_old(outbox, oldest)) return false;
  mb__log(client, MB_LOG_WARNING, "player %s: %s could not be delivered for too long; dropped",
          mb__player_shown(outbox->player), mb__events[oldest->type].name);
  if (!outbox->id || outbox->prelude.count) {
    mb__outbox_drop_all(outbox, MB_DROP_TOO_OLD);
    return true;
  }
  do mb__outbox_dropped(outbox, MB_DROP_TOO_OLD);
  while ((oldest = mb__queue_head(&outbox->queue)) != NULL && is_too_old(outbox, oldest));
  return !oldest; /* what is left waits, or a dead backend would be asked once for each of them at once */
}

static void report_trouble(mb_client *client, const mb_response *response, const char *words, bool configuration) {
  bool *reported = configuration ? &client->configuration_reported : &client->outage_reported;
  if (*reported) return;
  *reported = true;
  if (configuration)
    mb__log(client, MB_LOG_ERROR,
            "the endpoint answered %d%s%s: check the configuration; events are kept and tried again", response->status,
            *words ? ", " : "", words);
  else if (response->status)
    mb__log(client, MB_LOG_WARNING, "the endpoint answered %d; events are kept and tried again", response->status);
  else
    mb__log(client, MB_LOG_WARNING, "no answer from the endpoint: %s; events are kept and tried again",
            response->error ? response->error : "no reason was given");
}

static void retry(mb__outbox *outbox, const mb_response *response, const char *words, bool rarely) {
  mb_client *client = outbox->client;
  if (drop_if_too_old(outbox)) return;
  report_trouble(client, response, words, rarely);
  enum { DAY_S = 86400 };
  int64_t least_s = response->retry_after_s < DAY_S ? response->retry_after_s : DAY_S;
  wait_before_retry(outbox, least_s > 0 ? least_s * 1000 : 0, rarely);
}

static void lacks_id(mb__outbox *outbox, const mb_response *response, const mb__answer *answer) {
  mb_client *client = outbox->client;
  if (!client->outage_reported)
    mb__log(client, MB_LOG_WARNING,
            "player %s: sessionStart was answered %d without a usable session id%s%s; events are kept and tried again",
            mb__player_shown(outbox->player), response->status, *answer->words ? ": " : "", answer->words);
  client->outage_reported = true;
  if (*answer->words && !*answer->id)
    mb__stored_answered(outbox); /* it says why there is no session */
  else
    outbox->unsure = true; /* there may be one: the id was not to be read, or there was no memory for it */
  retry(outbox, response, "", false);
}

static void note_opening(mb__outbox *outbox, const mb_response *response, mb__verdict verdict) {
  if (!response->status && !response->not_sent)
    outbox->unsure = true;
  else if (verdict != MB__TAKEN)
    mb__stored_answered(outbox);
}

static void taken(mb__outbox *outbox, const mb_response *response, const mb__answer *answer) {
  bool starts = !outbox->is_batch && mb__outbox_head(outbox)->type == MB__EVENT_SESSION_START;
  if (starts && !learn_id(outbox, answer)) {
    lacks_id(outbox, response, answer);
    return;
  }
  outbox->client->configuration_reported = outbox->client->outage_reported = false;
  if (!outbox->is_batch) {
    mb__outbox_delivered(outbox);
    return;
  }
  report_doubled(outbox);
  while (outbox->queue.count) mb__outbox_delivered(outbox);
}

static void answered(mb__outbox *outbox, const mb_response *response) {
  bool opens = outbox->is_batch || mb__outbox_head(outbox)->type == MB__EVENT_SESSION_START;
  mb__answer answer;
  answer.id[0] = answer.words[0] = 0;
  outbox->client->wire->read(outbox, response, opens, &answer);
  answer.words[mb__utf8_prefix(answer.words, strlen(answer.words))] = 0; /* the cut may have split a character */
  if (opens) note_opening(outbox, response, answer.verdict);
  switch (answer.verdict) {
    case MB__TAKEN: taken(outbox, response, &answer); return;
    case MB__TRY_AGAIN: retry(outbox, response, answer.words, false); return;
    case MB__TRY_RARELY: retry(outbox, response, answer.words, true); return;
    case MB__DROP_EVENT: drop_event(outbox, response, &answer); return;
    case MB__DROP_SESSION: drop_session(outbox, response, &answer); return;
    case MB__SESSION_GONE: reopen(outbox, response, &answer); return;
  }
}

static mb__outbox *release(mb_request *request) {
  mb__outbox *outbox = request->outbox;
  mb_client *client = outbox->client;
  outbox->request = NULL;
  client->under_way--;
  give_request(client, request);
  return outbox;
}

/* The next downloaded session has its turn. */
static void end_batch(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (client->batch != outbox || outbox->queue.count) return;
  client->batch = NULL;
  mb__dispatch_wake_all(client);
}

static void go_on(mb__outbox *outbox) {
  mb__stored_done(outbox);
  end_batch(outbox);
  if (outbox->dead) mb__outbox_drop_all(outbox, outbox->dead_because);
  mb__dispatch_wake(outbox);
  mb__outbox_tidy(outbox);
}

void mb_request_complete(mb_request *request, const mb_response *response, int64_t now_ms) {
  mb__outbox *outbox = release(request);
  mb_client *client = outbox->client;
  bool was_inside = client->inside; /* by its own tick, or not when the host's loop completes */
  client->inside = true;
  if (mb__time_is_valid(now_ms) && now_ms + client->shift > client->now) mb__advance(client, now_ms);
  if (mb__logs(client, MB_LOG_DEBUG))
    mb__log(client, MB_LOG_DEBUG, "player %s: %s -> %d%s%s", mb__player_shown(outbox->player), mb_request_path(request),
            response->status, response->error ? " " : "", response->error ? response->error : "");
  answered(outbox, response);
  go_on(outbox);
  mb__dispatch(client);
  client->inside = was_inside;
}

static void no_answer(mb_request *request, const char *why) {
  const mb_response response = {.size = sizeof response, .error = why};
  mb__outbox *outbox = release(request);
  mb__stored_answered(outbox);
  retry(outbox, &response, "", false);
  go_on(outbox);
}

/* The only message that no line of fixed size holds. */
static void log_body(const mb__outbox *outbox, const mb_request *request) {
  mb_client *client = outbox->client;
  mb__writer *line = &client->scratch;
  if (!mb__logs(client, MB_LOG_BODIES)) return;
  mb__writer_clear(line);
  mb__write_raw(line, "player ");
  mb__write_raw(line, mb__player_shown(outbox->player));
  mb__write_raw(line, ": POST ");
  mb__write_raw(line, mb_request_path(request));
  mb__write_raw(line, " ");
  mb__write(line, request->body, request->body_size);
  mb__write(line, "", 1);
  if (!line->failed) client->config->host.log(client->config->host.user, MB_LOG_BODIES, line->bytes);
}

/* One request carries a whole session or nothing of it. */
static void too_large(mb__outbox *outbox, mb_request *request) {
  size_t size = request->body_size;
  mb__log(outbox->client, MB_LOG_ERROR,
          "player %s: a downloaded session of %zu bytes is more than one request may carry (%zu); it is dropped",
          mb__player_shown(outbox->player), size, outbox->client->wire->most_batch);
  release(request);
  mb__stored_set_aside(outbox, "larger than one request may be");
  mb__outbox_drop_all(outbox, MB_DROP_REFUSED);
  go_on(outbox);
}

/* False when the transport takes no more. */
static bool send_head(mb__outbox *outbox) {
  mb_client *client = outbox->client;
  if (outbox->reopen && !mb__outbox_reopen(outbox)) return wait_before_retry(outbox, 0, false), true;
  mb_request *request = take_request(client);
  if (!request) return wait_before_retry(outbox, 0, false), true;
  request->outbox = outbox;
  request->user = NULL;
  outbox->request = request;
  if (outbox->is_batch) client->batch = outbox;
  if (outbox->is_batch || mb__outbox_head(outbox)->type == MB__EVENT_SESSION_START) mb__stored_opening(outbox);
  client->under_way++;
  if (!fill_body(outbox, request) || !fill_url(outbox, request)) return no_answer(request, "out of memory"), true;
  if (outbox->is_batch && request->body_size > client->wire->most_batch) return too_large(outbox, request), true;
  client->stats.requests++;
  client->stats.retries += outbox->attempts > 0;
  log_body(outbox, request);
  mb_status status = client->transport.send(client->transport.user, request, client->now - client->shift);
  if (status == MB_BUSY) {
    client->stats.requests--;
    client->stats.retries -= outbox->attempts > 0;
    release(request);
    give_back_ready(outbox);
    return false;
  }
  if (status) no_answer(request, mb_status_text(status));
  return true;
}

void mb__dispatch(mb_client *client) {
  if (client->dispatching) return;
  client->dispatching = true;
  while (mb__stored_next(client), client->ready_first && client->under_way < client->transport.capacity) {
    mb__outbox *outbox = take_ready(client);
    if (!may_send(outbox))
      mb__outbox_tidy(outbox);
    else if (!send_head(outbox))
      break;
  }
  client->dispatching = false;
}

void mb__dispatch_retries(mb_client *client) {
  for (mb__timer *timer; (timer = mb__timers_due(&client->retries, client->now)) != NULL;) {
    mb__timers_set(&client->retries, timer, MB_NEVER);
    mb__dispatch_wake((mb__outbox *)(void *)timer);
  }
}

void mb__dispatch_stop(mb_client *client) {
  while (client->ready_first) take_ready(client);
  for (mb__outbox *outbox = client->outboxes; outbox; outbox = outbox->next) {
    if (!outbox->request) continue;
    client->transport.cancel(client->transport.user, outbox->request);
    release(outbox->request);
  }
}

void mb__dispatch_free(mb_client *client) {
  while (client->idle_requests) {
    mb_request *request = client->idle_requests;
    client->idle_requests = request->next;
    mb__writer_free(&request->url);
    mb__writer_free(&request->wrapped);
    mb__delete(&client->memory, request);
  }
}
