/* Owns the protocol tables. */
#include "protocol.h"

#include <string.h>

const mb__event_row mb__events[MB__EVENT_COUNT] = {
#define MB_EVENT(id, name, xdm, object, params, metadata) {name, xdm, MB__XDM_##object, MB__PARAMS_##params, metadata},
#include "events.def"
#undef MB_EVENT
};

#define E(id) (1u << MB__EVENT_##id)
#define ALL_EVENTS ((1u << MB__EVENT_COUNT) - 1u)

const mb__field_row mb__fields[MB__FIELD_COUNT] = {
#define MB_FIELD(id, key, place, type, object, xdm, context, edge, required, optional) \
  {key, context, edge, xdm, MB__XDM_##object, MB__PLACE_##place, MB__TYPE_##type, required, optional},
#include "fields.def"
#undef MB_FIELD
};

const char *const mb__xdm_objects[MB__XDM_OBJECT_COUNT] = {
    [MB__XDM_NONE] = "",
    [MB__XDM_COLLECTION] = "",
    [MB__XDM_SESSION] = "sessionDetails",
    [MB__XDM_AD_BREAK] = "advertisingPodDetails",
    [MB__XDM_AD] = "advertisingDetails",
    [MB__XDM_CHAPTER] = "chapterDetails",
    [MB__XDM_ERROR] = "errorDetails",
    [MB__XDM_QOE] = "qoeDataDetails",
    [MB__XDM_IDENTITY] = "identityMap",
    [MB__XDM_IMPLEMENTATION] = "implementationDetails",
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

mb__event_type mb__event_named_xdm(const char *name) {
  static const char before[] = "media.";
  if (strncmp(name, before, sizeof before - 1) != 0) return MB__EVENT_COUNT;
  const char *rest = name + sizeof before - 1;
  mb__event_type type = mb__event_named(rest, strlen(rest));
  return type == MB__EVENT_STATE_START || type == MB__EVENT_STATE_END ? MB__EVENT_COUNT : type;
}

mb__field mb__field_named_xdm(mb__xdm_object object, const char *name) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__fields[i].object == object && mb__fields[i].xdm && strcmp(mb__fields[i].xdm, name) == 0)
      return (mb__field)i;
  return MB__FIELD_COUNT;
}

static bool is_called(const char *name, const char *key) { return name && strcmp(name, key) == 0; }

mb__field mb__field_from_metadata(const char *key, mb__event_type event, bool edge) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__field_allowed((mb__field)i, event) &&
        (is_called(mb__fields[i].context, key) || (edge && is_called(mb__fields[i].edge, key))))
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
