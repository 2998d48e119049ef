/* Owns the checks of v1 bodies.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-validate-reqs */
#include "validate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../text.h"

MB__FORMAT(2, 3) static mb_status find(mb__finding *finding, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(finding->text, sizeof finding->text, format, arguments);
  va_end(arguments);
  finding->text[mb__utf8_prefix(finding->text, strlen(finding->text))] = 0; /* the cut may have split a character */
  return MB_INVALID_EVENT;
}

static mb_status needs(mb__finding *finding, const char *path, const char *key, const char *want,
                       const mb__json *have) {
  return find(finding, "%s.%s: %s is needed, not %s", path, key, want, mb__json_type_name(have));
}

static bool is_auth_state(const mb__json *value) {
  double number = mb__json_number(value);
  return mb__json_is_integer(value) && (number == 0 || number == 1 || number == 2);
}

static mb_status check_customer_id(const mb__json *entry, const char *path, mb__finding *finding) {
  const char *name = mb__json_name(entry);
  if (mb__json_type_of(entry) != MB__JSON_OBJECT) return needs(finding, path, name, "an object", entry);
  if (!mb__json_text(mb__json_get(entry, "id")) || !is_auth_state(mb__json_get(entry, "authState")))
    return find(finding, "%s.%s: needs a text \"id\" and \"authState\" 0, 1 or 2", path, name);
  for (const mb__json *member = mb__json_first(entry); member; member = mb__json_next(member))
    if (strcmp(mb__json_name(member), "id") != 0 && strcmp(mb__json_name(member), "authState") != 0)
      return find(finding, "%s.%s.%s: unknown", path, name, mb__json_name(member));
  return MB_OK;
}

mb_status mb__validate_customer_ids(const mb__json *value, const char *path, mb__finding *finding) {
  if (mb__json_type_of(value) != MB__JSON_OBJECT)
    return find(finding, "%s: an object is needed, not %s", path, mb__json_type_name(value));
  mb_status status = MB_OK;
  for (const mb__json *entry = mb__json_first(value); entry && !status; entry = mb__json_next(entry))
    status = check_customer_id(entry, path, finding);
  return status;
}

static bool is_state(const mb__json *state) {
  const mb__json *name = mb__json_get(state, "media.state.name");
  return name && mb__json_text(name) && *mb__json_text(name) && mb__json_first(state) == name && !mb__json_next(name);
}

static mb_status check_states(const mb__json *value, const char *key, const char *path, mb__finding *finding) {
  if (mb__json_type_of(value) != MB__JSON_ARRAY) return needs(finding, path, key, "an array", value);
  int index = 0;
  for (const mb__json *state = mb__json_first(value); state; state = mb__json_next(state), index++)
    if (!is_state(state))
      return find(finding, "%s.%s[%d]: an object with a non-empty \"media.state.name\" alone is needed", path, key,
                  index);
  return MB_OK;
}

static mb_status check_error_source(const mb__json *value, const char *key, const char *path, mb__finding *finding) {
  const char *text = mb__json_text(value);
  if (text && (strcmp(text, "player") == 0 || strcmp(text, "external") == 0)) return MB_OK;
  return find(finding, "%s.%s: \"player\" or \"external\" is needed", path, key);
}

/* One value of a field: type and enumeration. */
static mb_status check_value(mb__field field, const mb__json *value, const char *path, mb__finding *finding) {
  const char *key = mb__fields[field].key;
  mb__json_type type = mb__json_type_of(value);
  switch (mb__fields[field].type) {
    case MB__TYPE_TEXT: return type == MB__JSON_TEXT ? MB_OK : needs(finding, path, key, "a text", value);
    case MB__TYPE_NAME:
      if (type == MB__JSON_TEXT && *mb__json_text(value)) return MB_OK;
      return type == MB__JSON_TEXT ? find(finding, "%s.%s: must not be empty", path, key)
                                   : needs(finding, path, key, "a text", value);
    case MB__TYPE_NUMBER: return type == MB__JSON_NUMBER ? MB_OK : needs(finding, path, key, "a number", value);
    case MB__TYPE_FLAG: return type == MB__JSON_FLAG ? MB_OK : needs(finding, path, key, "true or false", value);
    case MB__TYPE_INTEGER:
      if (mb__json_is_integer(value)) return MB_OK;
      return needs(finding, path, key, "an integer", value);
    case MB__TYPE_CUSTOMER_IDS: return mb__validate_customer_ids(value, "params.visitor.customerIDs", finding);
    case MB__TYPE_STATES: return check_states(value, key, path, finding);
    case MB__TYPE_ERROR_SOURCE: break;
  }
  return check_error_source(value, key, path, finding);
}

static mb_status check_member(mb__event_type type, mb__place place, const mb__json *member, const char *path,
                              mb__finding *finding) {
  mb__field field = mb__field_named(mb__json_name(member));
  if (field == MB__FIELD_COUNT || mb__fields[field].place != place || !mb__field_allowed(field, type))
    return find(finding, "%s.%s: unknown in %s", path, mb__json_name(member), mb__events[type].name);
  return check_value(field, member, path, finding);
}

static mb_status check_block(mb__event_type type, mb__place place, const mb__json *block, const char *path,
                             mb__finding *finding) {
  if (mb__json_type_of(block) != MB__JSON_OBJECT)
    return find(finding, "%s: an object is needed, not %s", path, mb__json_type_name(block));
  mb_status status = MB_OK;
  for (const mb__json *member = mb__json_first(block); member && !status; member = mb__json_next(member))
    status = check_member(type, place, member, path, finding);
  return status;
}

static mb_status check_required(mb__event_type type, const mb__json *params, mb__finding *finding) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__field_required((mb__field)i, type) && !mb__json_get(params, mb__fields[i].key))
      return find(finding, "params.%s: missing", mb__fields[i].key);
  if (type == MB__EVENT_STATES_UPDATE && !mb__json_first(params))
    return find(finding, "params: statesStart or statesEnd is needed");
  return MB_OK;
}

static mb_status check_params(mb__event_type type, const mb__json *params, mb__finding *finding) {
  if (!params && mb__events[type].params == MB__PARAMS_REQUIRED) return find(finding, "params: missing");
  if (!params) return MB_OK;
  if (mb__events[type].params == MB__PARAMS_FORBIDDEN)
    return find(finding, "params: not allowed in %s", mb__events[type].name);
  mb_status status = check_block(type, MB__PLACE_PARAMS, params, "params", finding);
  return status ? status : check_required(type, params, finding);
}

static mb_status check_pair(const mb__json *pair, mb__finding *finding) {
  if (!mb__metadata_key_fits(mb__json_name(pair)))
    return find(finding, "customMetadata.%s: a key has letters, digits, '_' and '.' only", mb__json_name(pair));
  if (mb__json_type_of(pair) != MB__JSON_TEXT)
    return needs(finding, "customMetadata", mb__json_name(pair), "a text", pair);
  return MB_OK;
}

static mb_status check_metadata(mb__event_type type, const mb__json *metadata, mb__finding *finding) {
  if (!metadata) return MB_OK;
  if (!mb__events[type].metadata) return find(finding, "customMetadata: not allowed in %s", mb__events[type].name);
  if (mb__json_type_of(metadata) != MB__JSON_OBJECT)
    return find(finding, "customMetadata: an object is needed, not %s", mb__json_type_name(metadata));
  mb_status status = MB_OK;
  for (const mb__json *pair = mb__json_first(metadata); pair && !status; pair = mb__json_next(pair))
    status = check_pair(pair, finding);
  return status;
}

mb_status mb__validate_player_time(const mb__json *time, mb__finding *finding) {
  if (!time) return find(finding, "playerTime: missing");
  if (mb__json_type_of(time) != MB__JSON_OBJECT)
    return find(finding, "playerTime: an object is needed, not %s", mb__json_type_name(time));
  const mb__json *playhead = mb__json_get(time, "playhead"), *ts = mb__json_get(time, "ts");
  if (!playhead) return find(finding, "playerTime.playhead: missing");
  if (!ts) return find(finding, "playerTime.ts: missing");
  if (mb__json_type_of(playhead) != MB__JSON_NUMBER)
    return needs(finding, "playerTime", "playhead", "a number", playhead);
  if (!mb__json_is_integer(ts)) return needs(finding, "playerTime", "ts", "an integer", ts);
  for (const mb__json *member = mb__json_first(time); member; member = mb__json_next(member))
    if (strcmp(mb__json_name(member), "playhead") != 0 && strcmp(mb__json_name(member), "ts") != 0)
      return find(finding, "playerTime.%s: unknown", mb__json_name(member));
  return MB_OK;
}

static mb_status check_top_level(const mb__json *body, mb__finding *finding) {
  static const char *const known[] = {"eventType", "playerTime", "params", "qoeData", "customMetadata"};
  for (const mb__json *member = mb__json_first(body); member; member = mb__json_next(member)) {
    size_t i = 0;
    while (i < sizeof known / sizeof *known && strcmp(known[i], mb__json_name(member)) != 0) i++;
    if (i == sizeof known / sizeof *known) return find(finding, "%s: unknown", mb__json_name(member));
  }
  return MB_OK;
}

mb_status mb__validate_event_type(const mb__json *body, mb__event_type *type, mb__finding *finding) {
  if (mb__json_type_of(body) != MB__JSON_OBJECT)
    return find(finding, "an event is an object, not %s", mb__json_type_name(body));
  const mb__json *name = mb__json_get(body, "eventType");
  if (!name) return find(finding, "eventType: missing");
  if (!mb__json_text(name)) return find(finding, "eventType: a text is needed, not %s", mb__json_type_name(name));
  *type = mb__event_named(mb__json_text(name), strlen(mb__json_text(name)));
  if (*type == MB__EVENT_COUNT) return find(finding, "eventType: \"%s\" is unknown", mb__json_text(name));
  return check_top_level(body, finding);
}

mb_status mb__validate_body(const mb__json *body, mb__event_type *type, mb__finding *finding) {
  mb_status status = mb__validate_event_type(body, type, finding);
  if (!status) status = mb__validate_player_time(mb__json_get(body, "playerTime"), finding);
  if (!status) status = check_params(*type, mb__json_get(body, "params"), finding);
  const mb__json *qoe = mb__json_get(body, "qoeData");
  if (!status && qoe) status = check_block(*type, MB__PLACE_QOE, qoe, "qoeData", finding);
  return status ? status : check_metadata(*type, mb__json_get(body, "customMetadata"), finding);
}

mb_status mb__validate_blocks(const mb__json *body, mb__event_type type, mb__finding *finding) {
  const mb__json *params = mb__json_get(body, "params"), *qoe = mb__json_get(body, "qoeData");
  mb_status status = MB_OK;
  if (params && mb__events[type].params == MB__PARAMS_FORBIDDEN)
    return find(finding, "params: not allowed in %s", mb__events[type].name);
  if (params) status = check_block(type, MB__PLACE_PARAMS, params, "params", finding);
  if (!status && qoe) status = check_block(type, MB__PLACE_QOE, qoe, "qoeData", finding);
  return status ? status : check_metadata(type, mb__json_get(body, "customMetadata"), finding);
}
