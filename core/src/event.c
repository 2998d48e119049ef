/* Owns the neutral event record. */
#include "event.h"

#include <math.h>
#include <string.h>

#include "text.h"

void mb__set_text(mb__values *values, mb__field field, const char *text) {
  values->set[field] = text != NULL;
  values->value[field].as.text = text;
}

void mb__set_number(mb__values *values, mb__field field, double number) {
  values->set[field] = true;
  values->value[field].as.number = number;
}

void mb__set_integer(mb__values *values, mb__field field, int64_t integer) {
  values->set[field] = true;
  values->value[field].as.integer = integer;
}

void mb__set_flag(mb__values *values, mb__field field, bool flag) {
  values->set[field] = true;
  values->value[field].as.flag = flag;
}

void mb__set_json(mb__values *values, mb__field field, const mb__json *value) {
  switch (mb__fields[field].type) {
    case MB__TYPE_TEXT:
    case MB__TYPE_NAME:
    case MB__TYPE_ERROR_SOURCE: mb__set_text(values, field, mb__json_text(value)); return;
    case MB__TYPE_NUMBER: mb__set_number(values, field, mb__json_number(value)); return;
    case MB__TYPE_INTEGER: mb__set_integer(values, field, (int64_t)mb__json_number(value)); return;
    case MB__TYPE_FLAG: mb__set_flag(values, field, mb__json_flag(value)); return;
    case MB__TYPE_CUSTOMER_IDS:
    case MB__TYPE_STATES:
      values->set[field] = true;
      values->value[field].as.json = value;
      return;
  }
}

mb_status mb__qoe_from_info(const mb_qoe_info *info, mb__qoe *qoe) {
  const double given[4] = {info->bitrate, info->dropped_frames, info->fps, info->startup_time};
  for (int i = 0; i < 4; i++) {
    if (!isfinite(given[i]) || given[i] < 0 || given[i] > MB__MOST_EXACT) return MB_INVALID_NUMBER;
    qoe->value[i] = (int64_t)given[i];
  }
  qoe->present = MB__QOE_ALL;
  return MB_OK;
}

bool mb__qoe_equal(const mb__qoe *one, const mb__qoe *other) {
  return one->present == other->present && memcmp(one->value, other->value, sizeof one->value) == 0;
}

void mb__reading_free(const mb__memory *memory, mb__reading *reading) {
  mb__delete(memory, reading->metadata);
  reading->metadata = NULL;
  reading->metadata_count = 0;
}

static int auth_state(const char *name) {
  static const char *const states[] = {"ambiguous", "authenticated", "loggedOut"};
  for (int i = 0; name && i < 3; i++)
    if (strcmp(states[i], name) == 0) return i;
  return 0;
}

bool mb__customer_id(const mb__json *entry, const char **id, int *state) {
  bool is_xdm = mb__json_type_of(entry) == MB__JSON_ARRAY;
  const mb__json *identity = is_xdm ? mb__json_first(entry) : entry;
  const mb__json *text = identity ? mb__json_get(identity, "id") : NULL;
  if (!text || !mb__json_text(text)) return false;
  const mb__json *given = mb__json_get(identity, is_xdm ? "authenticatedState" : "authState");
  *id = mb__json_text(text);
  *state = !given ? 0 : is_xdm ? auth_state(mb__json_text(given)) : (int)mb__json_number(given);
  return true;
}

const char *mb__state_name(const mb__json *state) {
  const mb__json *name = mb__json_get(state, "name");
  if (!name) name = mb__json_get(state, mb__fields[MB__FIELD_MEDIA_STATE_NAME].key);
  return name ? mb__json_text(name) : NULL;
}
