/* Owns the protocol tables. */
#include "protocol.h"

#include <string.h>

const mb__event_row mb__events[MB__EVENT_COUNT] = {
#define MB_EVENT(id, name, params, metadata) {name, MB__PARAMS_##params, metadata},
#include "events.def"
#undef MB_EVENT
};

#define E(id) (1u << MB__EVENT_##id)
#define ALL_EVENTS ((1u << MB__EVENT_COUNT) - 1u)

const mb__field_row mb__fields[MB__FIELD_COUNT] = {
#define MB_FIELD(id, key, place, type, context, required, optional) \
  {key, context, MB__PLACE_##place, MB__TYPE_##type, required, optional},
#include "fields.def"
#undef MB_FIELD
};

mb__event_type mb__event_named(const char *name, size_t size) {
  for (int i = 0; i < MB__EVENT_COUNT; i++)
    if (strlen(mb__events[i].name) == size && memcmp(mb__events[i].name, name, size) == 0) return (mb__event_type)i;
  return MB__EVENT_COUNT;
}

bool mb__field_allowed(mb__field field, mb__event_type event) {
  return ((mb__fields[field].required | mb__fields[field].optional) >> event) & 1u;
}

bool mb__field_required(mb__field field, mb__event_type event) { return (mb__fields[field].required >> event) & 1u; }

mb__field mb__field_named(const char *key) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (strcmp(mb__fields[i].key, key) == 0) return (mb__field)i;
  return MB__FIELD_COUNT;
}

mb__field mb__field_from_context(const char *key, mb__event_type event) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__fields[i].context && mb__field_allowed((mb__field)i, event) && strcmp(mb__fields[i].context, key) == 0)
      return (mb__field)i;
  return MB__FIELD_COUNT;
}

bool mb__metadata_key_fits(const char *key) {
  if (!*key) return false;
  for (; *key; key++) {
    char c = *key;
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'))
      return false;
  }
  return true;
}
