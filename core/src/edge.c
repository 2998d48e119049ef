/* Owns what is known of the Media Edge API's gateway. */
#include "edge.h"

#include <stdio.h>
#include <string.h>

#include "outbox.h"
#include "text.h"

#define LITERAL(writer, text) mb__write(writer, text, sizeof(text) - 1)

/* What waits to be sent back at most, in bytes as they are written; a request has room for little more. */
enum { MOST_STORED = 8192 };

bool mb__edge_init(const mb__memory *memory, const mb_config *config, mb__edge *edge) {
  static const char hex[] = "0123456789ABCDEF";
  const char *id = mb__config_text(config, MB__KEY_DATASTREAM_ID);
  mb__writer escaped;
  mb__writer_init(&escaped, memory);
  for (; id && *id; id++) {
    unsigned char c = (unsigned char)*id;
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
    char bytes[3] = {'%', hex[c >> 4], hex[c & 15]};
    mb__write(&escaped, plain ? (const char *)id : bytes, plain ? 1 : 3);
  }
  if (!escaped.failed) edge->datastream = mb__copy_text(memory, escaped.bytes ? escaped.bytes : "", escaped.size);
  mb__writer_free(&escaped);
  return edge->datastream != NULL;
}

void mb__edge_free(const mb__memory *memory, mb__edge *edge) {
  mb__delete(memory, edge->datastream);
  for (mb__stored *entry = edge->stored, *next; entry; entry = next) {
    next = entry->next;
    mb__delete(memory, entry);
  }
  edge->stored = NULL;
}

static void forget(mb_client *client, const char *begins, size_t key_size) {
  for (mb__stored **place = &client->edge.stored; *place; place = &(*place)->next) {
    mb__stored *entry = *place;
    if (entry->key_size != key_size || memcmp(entry->bytes, begins, key_size) != 0) continue;
    *place = entry->next;
    mb__delete(&client->memory, entry);
    return;
  }
}

static size_t stored_size(const mb__edge *edge) {
  size_t size = 0;
  for (const mb__stored *entry = edge->stored; entry; entry = entry->next) size += entry->size;
  return size;
}

/* Returns how many of its bytes hold the key. */
static size_t write_stored(mb__writer *writer, const char *key, const char *value, int64_t max_age_s) {
  LITERAL(writer, "{\"key\":");
  mb__write_text(writer, key);
  size_t key_size = writer->size;
  LITERAL(writer, ",\"value\":");
  mb__write_text(writer, value);
  LITERAL(writer, ",\"maxAge\":");
  mb__write_integer(writer, max_age_s);
  LITERAL(writer, "}");
  return key_size;
}

static void append(mb_client *client, size_t key_size, int64_t until) {
  const mb__writer *written = &client->scratch;
  mb__stored *entry = mb__new(&client->memory, sizeof *entry + written->size);
  if (!entry) return;
  entry->until = until;
  entry->size = written->size;
  entry->key_size = key_size;
  memcpy(entry->bytes, written->bytes, written->size);
  mb__stored **place = &client->edge.stored;
  while (*place) place = &(*place)->next;
  *place = entry;
}

static void report_full(mb_client *client, const char *key) {
  if (!client->edge.full_reported)
    mb__log(client, MB_LOG_WARNING, "the backend wants more stored than fits a request: %s is not kept", key);
  client->edge.full_reported = true;
}

/* What cannot be kept is no loss of events: the backend stores it again with its next answer. */
static void keep(mb_client *client, const char *key, const char *value, int64_t max_age_s) {
  mb__writer *written = &client->scratch;
  mb__writer_clear(written);
  size_t key_size = write_stored(written, key, value, max_age_s);
  if (written->failed) return;
  forget(client, written->bytes, key_size);
  if (max_age_s <= 0) return;
  if (stored_size(&client->edge) + written->size <= MOST_STORED)
    append(client, key_size, client->now + max_age_s * 1000);
  else
    report_full(client, key);
}

/* Seconds from 0 to about thirty years; what is no number, or a hostile one, is 0. */
static int64_t seconds(const mb__json *value) {
  enum { MOST = 1000000000 };
  double number = value ? mb__json_number(value) : 0;
  return number > 0 ? number < MOST ? (int64_t)number : MOST : 0;
}

static const char *text_of(const mb__json *object, const char *name) {
  const mb__json *value = mb__json_get(object, name);
  return value ? mb__json_text(value) : NULL;
}

static bool fits_path(const char *hint) {
  size_t size = strspn(hint, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
  return size && !hint[size] && size <= MB__MOST_HINT;
}

/* One answer while it is read. */
typedef struct reader {
  mb__outbox *outbox;
  mb_client *client;
  mb__answer *answer;
  bool opens;
  bool refused; /* an error says that the sessionStart itself is wrong */
} reader;

/* An id of blanks is none, as clients have it. */
static void take_session(const reader *in, const mb__json *item) {
  const char *id = text_of(item, "sessionId");
  size_t size = id ? strlen(id) : 0;
  if (in->opens && size != (id ? strspn(id, " \t\r\n") : 0) && size <= MB__MOST_SESSION_ID)
    memcpy(in->answer->id, id, size + 1);
}

/* The session that was answered keeps to the region; sessions to come begin there, for as long as the backend says.
 * https://developer.adobe.com/data-collection-apis/docs/getting-started/location-hints */
static void take_hint(const reader *in, const mb__json *item) {
  const char *scope = text_of(item, "scope"), *hint = text_of(item, "hint");
  int64_t life_s = seconds(mb__json_get(item, "ttlSeconds"));
  if (!scope || !hint || strcmp(scope, "EdgeNetwork") != 0 || !fits_path(hint)) return;
  mb__hint taken = {.until = in->client->now + life_s * 1000};
  memcpy(taken.text, hint, strlen(hint) + 1);
  in->client->edge.hint = taken;
  memcpy(in->outbox->region, hint, strlen(hint) + 1);
  in->outbox->is_settled = true;
}

static void take_state(const reader *in, const mb__json *item) {
  const char *key = text_of(item, "key"), *value = text_of(item, "value");
  if (key && *key && value) keep(in->client, key, value, seconds(mb__json_get(item, "maxAge")));
}

static const struct {
  const char *type;
  void (*take)(const reader *in, const mb__json *item);
} handles[] = {
    {"media-analytics:new-session", take_session},
    {"locationHint:result", take_hint},
    {"state:store", take_state},
};

static void read_handle(const reader *in, const mb__json *handle) {
  const char *type = text_of(handle, "type");
  const mb__json *payload = mb__json_get(handle, "payload");
  for (size_t i = 0; type && payload && i < sizeof handles / sizeof *handles; i++) {
    if (strcmp(handles[i].type, type) != 0) continue;
    for (const mb__json *item = mb__json_first(payload); item; item = mb__json_next(item)) handles[i].take(in, item);
  }
}

/* The first of the reasons that an error lists: a name and a reason, or one text. */
static void quote_report(char *words, size_t room, const mb__json *error) {
  const mb__json *details = mb__json_get(mb__json_get(error, "report"), "details");
  const mb__json *first = details && mb__json_type_of(details) == MB__JSON_ARRAY ? mb__json_first(details) : NULL;
  const char *text = details ? mb__json_text(details) : NULL;
  const char *name = first ? text_of(first, "name") : NULL, *reason = first ? text_of(first, "reason") : NULL;
  if (name && reason)
    snprintf(words, room, " (%s: %s)", name, reason);
  else if (text)
    snprintf(words, room, " (%s)", text);
}

static void quote(mb__answer *answer, const mb__json *error) {
  const char *title = text_of(error, "title"), *detail = text_of(error, "detail");
  size_t room = sizeof answer->words, size;
  if (*answer->words || (!title && !detail)) return;
  snprintf(answer->words, room, "%s%s%s", title ? title : "", title && detail ? ": " : "", detail ? detail : "");
  size = strlen(answer->words);
  quote_report(answer->words + size, room - size, error);
}

static bool type_ends(const mb__json *error, const char *end) {
  const char *type = text_of(error, "type");
  size_t size = type ? strlen(type) : 0, end_size = strlen(end);
  if (size < end_size) return false;
  for (size_t i = 0; i < end_size; i++) { /* clients compare without regard to case */
    char c = type[size - end_size + i];
    if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != end[i]) return false;
  }
  return true;
}

/* Errors of the gateway that are about the configuration, not about the event: it will take it once that is right. */
static bool is_configuration(const mb__json *error) {
  static const char *const types[] = {"/exeg-0002-400", "/exeg-0003-400", "/exeg-0004-422", "/exeg-0010-422"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (type_ends(error, types[i])) return true;
  return false;
}

static void read_taken(reader *in, const mb__json *body) {
  const mb__json *list = mb__json_get(body, "handle"), *errors = mb__json_get(body, "errors");
  for (const mb__json *item = list ? mb__json_first(list) : NULL; item; item = mb__json_next(item))
    read_handle(in, item);
  for (const mb__json *error = errors ? mb__json_first(errors) : NULL; error; error = mb__json_next(error)) {
    quote(in->answer, error);
    if (type_ends(error, "/va-edge-0400-400")) in->refused = true;
  }
}

static void read_refused(reader *in, const mb__json *body) {
  quote(in->answer, body);
  if (is_configuration(body)) in->answer->verdict = MB__TRY_RARELY;
}

static void read_text(reader *in, const char *text, size_t size) {
  mb__json *body = NULL;
  if (!size || mb__json_parse(text, size, &body, NULL, NULL)) return;
  if (in->answer->verdict == MB__TAKEN)
    read_taken(in, body);
  else
    read_refused(in, body);
  mb__json_free(body);
}

/* A body is one JSON text, or a series of them, each after a record separator: NUL as clients ask for, or the one of
 * RFC 7464. */
static void read_body(reader *in, const char *body, size_t size) {
  for (size_t from = 0; from < size;) {
    size_t to = from;
    while (to < size && body[to] != '\0' && body[to] != '\x1e') to++;
    read_text(in, body + from, to - from);
    from = to + 1;
  }
}

static void report_errors(const reader *in, int status) {
  bool is_taken = !in->opens || in->outbox->is_batch || *in->answer->id;
  if (is_taken && *in->answer->words)
    mb__log(in->client, MB_LOG_WARNING, "player %s: an event was taken (%d), with an error: %s",
            mb__player_shown(in->outbox->player), status, in->answer->words);
}

/* Where new sessions begin; "": nowhere in particular. */
static const char *first_region(const mb_client *client) {
  const mb__hint *hint = &client->edge.hint;
  if (hint->text[0] && hint->until > client->now) return hint->text;
  const char *configured = mb__config_text(client->config, MB__KEY_LOCATION_HINT);
  return configured ? configured : "";
}

/* Until an answer says otherwise, a session keeps to the region where its first request went. */
static const char *region_of(mb__outbox *outbox) {
  if (outbox->id && outbox->is_settled) return outbox->region;
  const char *region = first_region(outbox->client);
  size_t size = strlen(region);
  outbox->is_settled = size <= MB__MOST_HINT;
  if (outbox->is_settled) memcpy(outbox->region, region, size + 1);
  return region;
}

void mb__edge_read(mb__outbox *outbox, const mb_response *response, bool opens, mb__answer *answer) {
  reader in = {outbox, outbox->client, answer, opens, false};
  answer->verdict = mb__verdict_of(response->status, opens);
  if (response->body) read_body(&in, response->body, response->body_size);
  if (answer->verdict != MB__TAKEN) return;
  if (opens && in.refused && !*answer->id)
    answer->verdict = MB__DROP_SESSION;
  else
    report_errors(&in, response->status);
}

void mb__edge_write_base(mb__writer *url, mb__outbox *outbox) {
  const char *base = mb__config_text(outbox->client->config, MB__KEY_EDGE_BASE_PATH);
  const char *hint = region_of(outbox);
  if (*base) LITERAL(url, "/");
  mb__write_raw(url, base);
  if (!*hint) return;
  LITERAL(url, "/");
  mb__write_raw(url, hint);
}

void mb__edge_write_state(mb__writer *body, const mb_client *client) {
  bool any = false;
  for (const mb__stored *entry = client->edge.stored; entry; entry = entry->next) {
    if (entry->until <= client->now) continue;
    mb__write_raw(body, any ? "," : ",\"meta\":{\"state\":{\"entries\":[");
    mb__write(body, entry->bytes, entry->size);
    any = true;
  }
  if (any) LITERAL(body, "]}}");
}
