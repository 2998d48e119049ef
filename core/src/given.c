/* Owns events given as JSON. */
#include "given.h"

#include <stdio.h>
#include <string.h>

#include "encode_edge.h"
#include "params.h"
#include "protocol/collection.h"
#include "protocol/xdm.h"

/* XDM says so by its type, or by what only XDM has. */
static bool is_xdm(const mb__json *json) {
  const mb__json *type = mb__json_get(json, "eventType");
  if (type && mb__json_text(type)) return strncmp(mb__json_text(type), "media.", 6) == 0;
  return mb__json_get(json, "mediaCollection") != NULL;
}

/* The first of the faults; how many there are is said too. */
typedef struct fault_text {
  mb__finding finding;
  size_t count;
} fault_text;

static void take_fault(void *user, const char *path, const char *reason) {
  fault_text *faults = user;
  if (faults->count++) return;
  const char *shown = *path == '.' ? path + 1 : path;
  snprintf(faults->finding.text, sizeof faults->finding.text, "%s%s%s", shown, *shown ? ": " : "", reason);
}

static mb_status fail_with(mb_client *client, const char *before, const fault_text *faults) {
  if (faults->count > 1)
    return mb__fail(client, MB_INVALID_EVENT, "%s%s (and %zu more)", before, faults->finding.text, faults->count - 1);
  return mb__fail(client, MB_INVALID_EVENT, "%s%s", before, faults->finding.text);
}

static mb_status read_xdm(mb_client *client, bool opens, mb__given *event) {
  fault_text faults = {{{0}}, 0};
  mb__event_type *type = &event->reading.moment.type;
  *type = opens ? MB__EVENT_SESSION_START : MB__EVENT_COUNT;
  if (!opens && !mb__json_get(event->json, "eventType"))
    return mb__fail(client, MB_INVALID_EVENT, "eventType: missing");
  if (mb__xdm_check(event->json, MB__XDM_FROM_HOST, type, take_fault, &faults)) return fail_with(client, "", &faults);
  if (mb__xdm_read(&client->memory, event->json, &event->reading))
    return mb__fail(client, MB_NO_MEMORY, "out of memory");
  return MB_OK;
}

/* The time is the library's to say. */
static mb_status check_player_time(mb_client *client, const mb__given *event) {
  const mb__json *time = mb__json_get(event->json, "playerTime"), *playhead = mb__json_get(time, "playhead");
  bool alone = playhead && mb__json_first(time) == playhead && !mb__json_next(playhead);
  if (!time || (alone && mb__json_number(playhead) >= 0)) return MB_OK;
  return mb__fail(client, MB_INVALID_EVENT, "playerTime: only a playhead >= 0 may be given; ts is the library's");
}

static bool from_settings(mb__field field) {
  return strncmp(mb__fields[field].key, "media.", 6) != 0 || field == MB__FIELD_MEDIA_CHANNEL ||
         field == MB__FIELD_MEDIA_PLAYER_NAME || field == MB__FIELD_MEDIA_AD_PLAYER_NAME;
}

/* What the configuration fills in may be missing: a dry run may lack even that. */
static mb_status check_complete(mb_client *client, const mb__reading *reading) {
  mb__event_type type = reading->moment.type;
  const bool *set = reading->values.set;
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__field_required((mb__field)i, type) && !set[i] && !from_settings((mb__field)i))
      return mb__fail(client, MB_INVALID_EVENT, "params.%s: missing", mb__fields[i].key);
  if (type == MB__EVENT_STATES_UPDATE && !set[MB__FIELD_STATES_START] && !set[MB__FIELD_STATES_END])
    return mb__fail(client, MB_INVALID_EVENT, "params: statesStart or statesEnd is needed");
  return MB_OK;
}

static mb_status read_collection(mb_client *client, mb__given *event) {
  mb__finding finding;
  mb__event_type type;
  mb_status status = mb__validate_event_type(event->json, &type, &finding);
  if (!status) status = mb__validate_blocks(event->json, type, &finding);
  if (status) return mb__fail(client, status, "%s", finding.text);
  status = check_player_time(client, event);
  if (status) return status;
  event->reading.moment.type = type;
  status = mb__collection_read(&client->memory, event->json, &event->reading, &finding);
  if (status) return mb__fail(client, status, "%s", status == MB_NO_MEMORY ? "out of memory" : finding.text);
  return check_complete(client, &event->reading);
}

mb_status mb__given_read(mb_client *client, const char *json, size_t size, bool opens, mb__given *event) {
  size_t where;
  const char *what;
  mb_status status = mb__json_parse(json, size, &event->json, &where, &what);
  if (status == MB_INVALID_JSON) return mb__fail(client, status, "at byte %zu: %s", where, what);
  if (status) return mb__fail(client, status, "out of memory");
  return is_xdm(event->json) ? read_xdm(client, opens, event) : read_collection(client, event);
}

void mb__given_free(const mb_client *client, mb__given *event) {
  mb__reading_free(&client->memory, &event->reading);
  mb__json_free(event->json);
}

void mb__given_forget_session_id(mb__given *event) {
  event->reading.session_id = NULL;
  mb__json_remove(event->json, "mediaCollection", "sessionID");
}

/* XDM has one place for an error, v1 two. */
static void gather_error(mb__reading *reading) {
  mb__values *values = &reading->values;
  mb__moment *moment = &reading->moment;
  if (!moment->error_id && values->set[MB__FIELD_MEDIA_ERROR_ID])
    moment->error_id = values->value[MB__FIELD_MEDIA_ERROR_ID].as.text;
  if (!moment->error_source && values->set[MB__FIELD_MEDIA_ERROR_SOURCE])
    moment->error_source = values->value[MB__FIELD_MEDIA_ERROR_SOURCE].as.text;
}

/* Where v1 takes what XDM does not, such as any stream type: the event is checked as if XDM had said it. */
static mb_status check_for_edge(mb_client *client, const mb__reading *reading) {
  mb__writer *scratch = &client->scratch;
  mb__json *xdm = NULL;
  fault_text faults = {{{0}}, 0};
  mb__event_type type = reading->moment.type;
  mb__writer_clear(scratch);
  mb__edge_bare(scratch, reading);
  if (scratch->failed || mb__json_parse(scratch->bytes, scratch->size, &xdm, NULL, NULL))
    return mb__fail(client, MB_NO_MEMORY, "out of memory");
  mb__xdm_check(xdm, MB__XDM_FROM_HOST, &type, take_fault, &faults);
  mb__json_free(xdm);
  return faults.count ? fail_with(client, "the Media Edge API: ", &faults) : MB_OK;
}

static mb_status check_size(mb_client *client, const mb__moment *moment) {
  bool fits = !moment->error_id || strlen(moment->error_id) <= client->wire->most_tail / MB__MOST_ESCAPED;
  return fits ? MB_OK : mb__fail(client, MB_TOO_LARGE, "errorDetails.name: too long");
}

static mb_status encode_tail(mb_client *client, mb__reading *reading, mb__tail **tail) {
  mb__metadata custom;
  mb__event_type type = reading->moment.type;
  if (mb__metadata_split(client, type, reading->metadata, reading->metadata_count, &reading->values, &custom))
    return MB_NO_MEMORY;
  mb__params_from_settings(client, type, &reading->values);
  mb_status status = mb__params_encode(client, type, &reading->values, &custom, MB__FIELD_COUNT, tail);
  mb__metadata_free(client, &custom);
  return status;
}

mb_status mb__given_encode(mb_client *client, mb__given *event, mb__tail **tail) {
  mb__reading *reading = &event->reading;
  if (client->settings.edge) gather_error(reading);
  mb_status status = check_size(client, &reading->moment);
  if (!status && client->settings.edge && !reading->is_xdm) status = check_for_edge(client, reading);
  if (status) return status;
  status = encode_tail(client, reading, tail);
  return status ? mb__fail(client, status, "%s", mb_status_text(status)) : MB_OK;
}
