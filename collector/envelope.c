/* Owns the reading of envelopes. */
#include "envelope.h"

#include <string.h>

const char mbc_envelope_separator[] = "recordSeparator";

/* A non-empty text, or NULL. */
static const char *text_in(const mb__json *object, const char *name) {
  const mb__json *value = object ? mb__json_get(object, name) : NULL;
  const char *text = value ? mb__json_text(value) : NULL;
  return text && *text ? text : NULL;
}

/* What is found by one name after the other. */
static const mb__json *below(const mb__json *value, const char *const *names) {
  for (; value && *names; names++) value = mb__json_get(value, *names);
  return value;
}

static void read_streaming(const mb__json *body, mbc_envelope *envelope) {
  static const char *const names[] = {"meta", "konductorConfig", "streaming", NULL};
  const mb__json *streaming = below(body, names);
  const mb__json *enabled = streaming ? mb__json_get(streaming, "enabled") : NULL;
  envelope->framed = enabled && mb__json_flag(enabled);
  envelope->record_before = text_in(streaming, mbc_envelope_separator);
  envelope->record_after = text_in(streaming, "lineFeed");
  if (!envelope->record_after) envelope->record_after = "\n";
}

static void read_query(const mb__json *body, mbc_envelope *envelope) {
  static const char *const names[] = {"query", "identity", "fetch", NULL};
  const mb__json *fetch = below(body, names);
  bool is_list = fetch && mb__json_type_of(fetch) == MB__JSON_ARRAY;
  for (const mb__json *name = is_list ? mb__json_first(fetch) : NULL; name; name = mb__json_next(name))
    if (mb__json_text(name) && strcmp(mb__json_text(name), "ECID") == 0) envelope->wants_ecid = true;
}

static bool names_identity(const char *key) {
  static const char before[] = "kndctr_", after[] = "_identity";
  size_t size = strlen(key), most = sizeof after - 1;
  return strncmp(key, before, sizeof before - 1) == 0 && size > most && strcmp(key + size - most, after) == 0;
}

static void read_state(const mb__json *body, mbc_envelope *envelope) {
  static const char *const names[] = {"meta", "state", "entries", NULL};
  const mb__json *entries = below(body, names);
  bool is_list = entries && mb__json_type_of(entries) == MB__JSON_ARRAY;
  for (const mb__json *entry = is_list ? mb__json_first(entries) : NULL; entry; entry = mb__json_next(entry)) {
    const char *key = text_in(entry, "key");
    if (key && names_identity(key)) envelope->stored = text_in(entry, "value");
  }
}

/* Namespaces that stand for a visitor as such: the backend's own id, and the device's that it makes one from. */
static const char *identity_in(const mb__json *xdm) {
  static const char *const maps[][3] = {{"identityMap", "ECID", NULL}, {"identityMap", "FPID", NULL}};
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
    const mb__json *list = below(xdm, maps[i]);
    const mb__json *first = list && mb__json_type_of(list) == MB__JSON_ARRAY ? mb__json_first(list) : NULL;
    const char *id = text_in(first, "id");
    if (id) return id;
  }
  return NULL;
}

static void read_identity(mbc_envelope *envelope) {
  envelope->identity = identity_in(envelope->xdm.tree);
  mbc_part event = mbc_envelope_first(envelope);
  for (; event.tree && !envelope->identity; event = mbc_envelope_next(envelope, event))
    envelope->identity = identity_in(mbc_part_get(event, "xdm").tree);
}

static void read_events(mbc_part body, mbc_envelope *envelope) {
  mbc_part events = mbc_part_get(body, envelope->single ? "event" : "events");
  mb__json_type wanted = envelope->single ? MB__JSON_OBJECT : MB__JSON_ARRAY;
  if (events.tree && mb__json_type_of(events.tree) == wanted && (envelope->single || mb__json_first(events.tree)))
    envelope->events = events;
}

void mbc_envelope_read(mbc_part body, bool single, mbc_envelope *envelope) {
  *envelope = (mbc_envelope){.single = single};
  read_events(body, envelope);
  envelope->xdm = mbc_part_get(body, "xdm");
  read_streaming(body.tree, envelope);
  read_query(body.tree, envelope);
  read_state(body.tree, envelope);
  read_identity(envelope);
}

mbc_part mbc_envelope_first(const mbc_envelope *envelope) {
  if (envelope->single || !envelope->events.tree) return envelope->events;
  return mbc_part_first(envelope->events);
}

mbc_part mbc_envelope_next(const mbc_envelope *envelope, mbc_part event) {
  return envelope->single ? (mbc_part){0} : mbc_part_next(envelope->events, event);
}
