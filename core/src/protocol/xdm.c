/* Owns the checks and the reading of XDM, and its texts for times.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#include "xdm.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../text.h"

/* A path has at most two names of foreign make, a namespace and a member of an identity. Their share keeps the rest
 * whole: ".identityMap" NAME "[18446744073709551615]" "." NAME. */
enum {
  NAME_MOST = 128,
  PATH_SIZE = 2 * NAME_MOST + 64,
  REASON_SIZE = 160,
  STATE_NAME_MOST = 64,
  SESSION_ID_MOST = 1024
};

typedef struct checking {
  mb__xdm_source source;
  mb__event_type type;
  mb__xdm_fault *fault;
  void *user;
  size_t faults;
  size_t size; /* of the path */
  char path[PATH_SIZE];
} checking;

static bool is_host(const checking *c) { return c->source == MB__XDM_FROM_HOST; }

MB__FORMAT(2, 3) static void report(checking *c, const char *format, ...) {
  char reason[REASON_SIZE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  reason[mb__utf8_prefix(reason, strlen(reason))] = 0; /* the cut may have split a character */
  c->faults++;
  c->fault(c->user, c->path, reason);
}

/* Paths: each step down returns how to come back up. */

static size_t enter(checking *c, const char *name) {
  size_t before = c->size, size = strlen(name);
  if (size > NAME_MOST) size = mb__utf8_prefix(name, NAME_MOST);
  c->size += (size_t)snprintf(c->path + before, sizeof c->path - before, ".%.*s", (int)size, name);
  return before;
}

static size_t enter_element(checking *c, size_t index) {
  size_t before = c->size;
  c->size += (size_t)snprintf(c->path + before, sizeof c->path - before, "[%zu]", index);
  return before;
}

static void leave(checking *c, size_t before) {
  c->size = before;
  c->path[before] = 0;
}

static void report_member(checking *c, const char *name, const char *reason) {
  size_t before = enter(c, name);
  report(c, "%s", reason);
  leave(c, before);
}

static void report_foreign(checking *c) { report(c, "not allowed in media.%s", mb__events[c->type].xdm); }

/* Values. */

static bool is_type(checking *c, const mb__json *value, mb__json_type type, const char *wanted) {
  if (mb__json_type_of(value) == type) return true;
  report(c, "%s is needed, not %s", wanted, mb__json_type_name(value));
  return false;
}

static bool is_object(checking *c, const mb__json *value) { return is_type(c, value, MB__JSON_OBJECT, "an object"); }
static bool is_array(checking *c, const mb__json *value) { return is_type(c, value, MB__JSON_ARRAY, "an array"); }
static bool is_text(checking *c, const mb__json *value) { return is_type(c, value, MB__JSON_TEXT, "a text"); }

static bool is_filled_text(checking *c, const mb__json *value) {
  if (!is_text(c, value)) return false;
  if (*mb__json_text(value)) return true;
  report(c, "must not be empty");
  return false;
}

static void check_text(checking *c, const mb__json *value) { is_text(c, value); }
static void check_filled_text(checking *c, const mb__json *value) { is_filled_text(c, value); }
static void check_flag(checking *c, const mb__json *value) { is_type(c, value, MB__JSON_FLAG, "true or false"); }

/* As JSON Schema has it, 10.0 is an integer: some languages know only one kind of number. */
static bool is_integer(checking *c, const mb__json *value) {
  if (!is_type(c, value, MB__JSON_NUMBER, "an integer")) return false;
  double number = mb__json_number(value);
  if (fabs(number) > MB__MOST_EXACT) {
    report(c, "must be at most 2^53 in size");
    return false;
  }
  if (number == (double)(int64_t)number) return true; /* floor() is in another library */
  report(c, "an integer is needed, not a fraction");
  return false;
}

static void check_integer(checking *c, const mb__json *value) { is_integer(c, value); }

static void check_count(checking *c, const mb__json *value) {
  if (is_integer(c, value) && mb__json_number(value) < 0) report(c, "must not be negative");
}

static void check_quality(checking *c, const mb__json *value) {
  if (is_integer(c, value) && (mb__json_number(value) < 0 || mb__json_number(value) > INT32_MAX))
    report(c, "must be from 0 to %ld", (long)INT32_MAX);
}

static void check_word(checking *c, const mb__json *value, const char *one, const char *other) {
  if (!is_text(c, value)) return;
  if (strcmp(mb__json_text(value), one) != 0 && strcmp(mb__json_text(value), other) != 0)
    report(c, "\"%s\" or \"%s\" is needed", one, other);
}

static void check_stream_type(checking *c, const mb__json *value) { check_word(c, value, "audio", "video"); }
static void check_error_source(checking *c, const mb__json *value) { check_word(c, value, "player", "external"); }

static void check_time(checking *c, const mb__json *value) {
  int64_t ms;
  if (is_text(c, value) && !mb__time_from_text(mb__json_text(value), &ms))
    report(c, "an ISO 8601 time with a UTC offset is needed");
}

static void check_session_id(checking *c, const mb__json *value) {
  if (is_filled_text(c, value) && strlen(mb__json_text(value)) > SESSION_ID_MOST)
    report(c, "must be at most %d bytes long", SESSION_ID_MOST);
}

static void check_authenticated_state(checking *c, const mb__json *value) {
  if (!is_text(c, value)) return;
  const char *state = mb__json_text(value);
  if (strcmp(state, "ambiguous") != 0 && strcmp(state, "authenticated") != 0 && strcmp(state, "loggedOut") != 0)
    report(c, "\"ambiguous\", \"authenticated\" or \"loggedOut\" is needed");
}

static void check_state_name(checking *c, const mb__json *value) {
  if (!is_text(c, value)) return;
  const char *name = mb__json_text(value);
  if (!mb__metadata_key_fits(name) || strlen(name) > STATE_NAME_MOST)
    report(c, "1 to %d letters, digits, '_' and '.' are needed", STATE_NAME_MOST);
}

static void check_pair_name(checking *c, const mb__json *value) {
  if (is_filled_text(c, value) && is_host(c) && !mb__metadata_key_fits(mb__json_text(value)))
    report(c, "letters, digits, '_' and '.' are needed");
}

/* Objects with members of their own, which fields.def does not list. */

typedef void check_value(checking *c, const mb__json *value);

typedef struct member {
  const char *name;
  check_value *check;
  bool required;
} member;

static const member pair_members[] = {{"name", check_pair_name, true}, {"value", check_text, true}, {0}};
static const member state_members[] = {{"name", check_state_name, true}, {0}};
static const member identity_members[] = {{"id", check_text, true},
                                          {"authenticatedState", check_authenticated_state, false},
                                          {"primary", check_flag, false},
                                          {0}};
static const member implementation_members[] = {
    {"name", check_text, false}, {"version", check_text, false}, {"environment", check_text, false}, {0}};

static const member *member_named(const member *members, const char *name) {
  while (members->name && strcmp(members->name, name) != 0) members++;
  return members->name ? members : NULL;
}

static void check_members(checking *c, const mb__json *object, const member *members) {
  if (!is_object(c, object)) return;
  for (const mb__json *value = mb__json_first(object); value; value = mb__json_next(value)) {
    const member *known = member_named(members, mb__json_name(value));
    size_t before = enter(c, mb__json_name(value));
    if (known)
      known->check(c, value);
    else if (is_host(c))
      report(c, "unknown");
    leave(c, before);
  }
  for (; members->name; members++)
    if (members->required && !mb__json_get(object, members->name)) report_member(c, members->name, "missing");
}

static void check_list(checking *c, const mb__json *list, const member *members) {
  if (!is_array(c, list)) return;
  size_t index = 0;
  for (const mb__json *element = mb__json_first(list); element; element = mb__json_next(element), index++) {
    size_t before = enter_element(c, index);
    check_members(c, element, members);
    leave(c, before);
  }
}

static void check_states(checking *c, const mb__json *value) { check_list(c, value, state_members); }
static void check_implementation(checking *c, const mb__json *value) {
  check_members(c, value, implementation_members);
}

static void check_identities(checking *c, const mb__json *map) {
  if (!is_object(c, map)) return;
  for (const mb__json *list = mb__json_first(map); list; list = mb__json_next(list)) {
    size_t before = enter(c, mb__json_name(list));
    check_list(c, list, identity_members);
    leave(c, before);
  }
}

/* Fields of the table. */

/* What a field asks for beyond its type. */
static check_value *const stricter[MB__FIELD_COUNT] = {
    [MB__FIELD_MEDIA_ID] = check_filled_text,
    [MB__FIELD_MEDIA_AD_ID] = check_filled_text,
    [MB__FIELD_MEDIA_QOE_ERROR_ID] = check_filled_text,
    [MB__FIELD_MEDIA_STREAM_TYPE] = check_stream_type,
    [MB__FIELD_MEDIA_AD_POD_POSITION] = check_count,
    [MB__FIELD_MEDIA_QOE_BITRATE] = check_quality,
    [MB__FIELD_MEDIA_QOE_DROPPED_FRAMES] = check_quality,
    [MB__FIELD_MEDIA_QOE_FRAMES_PER_SECOND] = check_quality,
    [MB__FIELD_MEDIA_QOE_TIME_TO_START] = check_quality,
};

static check_value *const by_type[] = {
    [MB__TYPE_TEXT] = check_text,       [MB__TYPE_NAME] = check_filled_text,
    [MB__TYPE_INTEGER] = check_integer, [MB__TYPE_NUMBER] = check_integer, /* XDM has no fractions */
    [MB__TYPE_FLAG] = check_flag,       [MB__TYPE_CUSTOMER_IDS] = check_identities,
    [MB__TYPE_STATES] = check_states,   [MB__TYPE_ERROR_SOURCE] = check_error_source,
};

static void check_field(checking *c, mb__field field, const mb__json *value) {
  (stricter[field] ? stricter[field] : by_type[mb__fields[field].type])(c, value);
}

/* What an application may leave to the configuration. */
static bool is_configured(mb__field field) {
  return field == MB__FIELD_MEDIA_PLAYER_NAME || field == MB__FIELD_MEDIA_CHANNEL ||
         field == MB__FIELD_MEDIA_AD_PLAYER_NAME;
}

/* v1 has an error without a name and a source; XDM has none. */
static bool is_required(const checking *c, mb__field field) {
  if (mb__fields[field].object == MB__XDM_ERROR) return true;
  return mb__field_required(field, c->type) && !(is_host(c) && is_configured(field));
}

static void check_details(checking *c, mb__xdm_object object, const mb__json *details) {
  if (!is_object(c, details)) return;
  for (const mb__json *value = mb__json_first(details); value; value = mb__json_next(value)) {
    mb__field field = mb__field_named_xdm(object, mb__json_name(value));
    size_t before = enter(c, mb__json_name(value));
    if (field != MB__FIELD_COUNT)
      check_field(c, field, value);
    else if (is_host(c))
      report(c, "unknown");
    leave(c, before);
  }
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__fields[i].object == object && mb__fields[i].xdm && is_required(c, (mb__field)i) &&
        !mb__json_get(details, mb__fields[i].xdm))
      report_member(c, mb__fields[i].xdm, "missing");
}

/* mediaCollection. */

static bool is_details(mb__xdm_object object) { return object >= MB__XDM_SESSION && object <= MB__XDM_QOE; }

static mb__xdm_object details_named(const char *name) {
  for (int i = MB__XDM_SESSION; i <= MB__XDM_QOE; i++)
    if (strcmp(mb__xdm_objects[i], name) == 0) return (mb__xdm_object)i;
  return MB__XDM_NONE;
}

/* On the wire, what an event need not have is tolerated, except that no end may describe what begins. */
static bool is_forbidden(mb__event_type type, mb__xdm_object object) {
  static const struct {
    mb__event_type type;
    mb__xdm_object object;
  } forbidden[] = {
      {MB__EVENT_AD_BREAK_COMPLETE, MB__XDM_AD_BREAK},
      {MB__EVENT_AD_COMPLETE, MB__XDM_AD},
      {MB__EVENT_CHAPTER_COMPLETE, MB__XDM_CHAPTER},
      {MB__EVENT_CHAPTER_SKIP, MB__XDM_CHAPTER},
  };
  for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
    if (forbidden[i].type == type && forbidden[i].object == object) return true;
  return false;
}

/* Adobe's Web SDK writes null for a quality that its tracker was never given.
 * https://github.com/adobe/alloy */
static bool is_no_quality(const checking *c, mb__xdm_object object, const mb__json *details) {
  return !is_host(c) && object == MB__XDM_QOE && mb__json_type_of(details) == MB__JSON_NULL;
}

static void check_own_details(checking *c, mb__xdm_object object, const mb__json *details) {
  if (is_no_quality(c, object, details)) return;
  if (object == MB__XDM_QOE || object == mb__events[c->type].object)
    check_details(c, object, details);
  else if (is_host(c) || is_forbidden(c->type, object))
    report_foreign(c);
}

static void check_metadata(checking *c, const mb__json *metadata) {
  if (mb__events[c->type].metadata)
    check_list(c, metadata, pair_members);
  else if (is_host(c))
    report_foreign(c);
}

static void check_session(checking *c, const mb__json *id) {
  if (c->source == MB__XDM_FROM_BATCH)
    report(c, "not allowed in a downloaded session");
  else if (c->type == MB__EVENT_SESSION_START)
    report_foreign(c);
  else
    check_session_id(c, id);
}

static void check_listed(checking *c, mb__field field, const mb__json *value) {
  if (mb__field_allowed(field, c->type))
    check_field(c, field, value);
  else if (is_host(c))
    report_foreign(c);
}

static void check_collection_member(checking *c, const mb__json *value) {
  static const member own[] = {{"playhead", check_count, false},
                               {"sessionID", check_session, false},
                               {"customMetadata", check_metadata, false},
                               {0}};
  const char *name = mb__json_name(value);
  const member *known = member_named(own, name);
  mb__xdm_object object = details_named(name);
  mb__field field = mb__field_named_xdm(MB__XDM_COLLECTION, name);
  if (known)
    known->check(c, value);
  else if (object != MB__XDM_NONE)
    check_own_details(c, object, value);
  else if (field != MB__FIELD_COUNT)
    check_listed(c, field, value);
  else if (is_host(c))
    report(c, "unknown");
}

static void require(checking *c, const mb__json *collection, bool required, const char *name) {
  if (required && !mb__json_get(collection, name)) report_member(c, name, "missing");
}

static void check_required(checking *c, const mb__json *collection) {
  mb__xdm_object object = mb__events[c->type].object;
  bool from_wire = c->source == MB__XDM_FROM_WIRE;
  require(c, collection, !is_host(c), "playhead");
  require(c, collection, from_wire && c->type != MB__EVENT_SESSION_START, "sessionID");
  require(c, collection, is_details(object), mb__xdm_objects[object]);
  require(c, collection, !is_host(c) && c->type == MB__EVENT_BITRATE_CHANGE, mb__xdm_objects[MB__XDM_QOE]);
  if (is_host(c) && c->type == MB__EVENT_STATES_UPDATE && !mb__json_get(collection, "statesStart") &&
      !mb__json_get(collection, "statesEnd"))
    report(c, "statesStart or statesEnd is needed");
}

static void check_collection(checking *c, const mb__json *collection) {
  if (collection && !is_object(c, collection)) return;
  for (const mb__json *value = collection ? mb__json_first(collection) : NULL; value; value = mb__json_next(value)) {
    size_t before = enter(c, mb__json_name(value));
    check_collection_member(c, value);
    leave(c, before);
  }
  check_required(c, collection);
}

/* What stands beside mediaCollection. */

static void check_own_collection(checking *c, const mb__json *value) { (void)c, (void)value; }

static void refuse(checking *c, const mb__json *value) {
  (void)value;
  report(c, "the library sets it");
}

static void check_host_identities(checking *c, const mb__json *map) {
  if (c->type == MB__EVENT_SESSION_START)
    check_identities(c, map);
  else
    report_foreign(c);
}

static const member host_members[] = {{"eventType", check_text, false},
                                      {"mediaCollection", check_own_collection, false},
                                      {"identityMap", check_host_identities, false},
                                      {"_id", refuse, false},
                                      {"timestamp", refuse, false},
                                      {"implementationDetails", refuse, false},
                                      {0}};
static const member wire_members[] = {{"_id", check_text, false},
                                      {"timestamp", check_time, true},
                                      {"identityMap", check_identities, false},
                                      {"implementationDetails", check_implementation, false},
                                      {"mediaCollection", check_own_collection, true},
                                      {0}};
static const member start_members[] = {{"_id", check_text, false},
                                       {"timestamp", check_time, false},
                                       {"identityMap", check_identities, false},
                                       {"implementationDetails", check_implementation, false},
                                       {"mediaCollection", check_own_collection, true},
                                       {0}};
static const member batch_members[] = {{"mediaEventTimestamp", check_time, true},
                                       {"identityMap", check_identities, false},
                                       {"implementationDetails", check_implementation, false},
                                       {"mediaCollection", check_own_collection, true},
                                       {0}};

static const member *top_members(const checking *c) {
  if (is_host(c)) return host_members;
  if (c->source == MB__XDM_FROM_BATCH) return batch_members;
  return c->type == MB__EVENT_SESSION_START ? start_members : wire_members;
}

static bool check_type(checking *c, const mb__json *xdm, mb__event_type *type) {
  const char *key = c->source == MB__XDM_FROM_BATCH ? "mediaEventType" : "eventType";
  const mb__json *name = mb__json_get(xdm, key);
  bool is_known_to_caller = is_host(c) && *type < MB__EVENT_COUNT;
  if (!name && is_known_to_caller) return true;
  *type = MB__EVENT_COUNT;
  size_t before = enter(c, key);
  if (!name)
    report(c, "missing");
  else if (is_text(c, name)) {
    *type = mb__event_named_xdm(mb__json_text(name));
    if (*type == MB__EVENT_COUNT) report(c, "\"%s\" is unknown", mb__json_text(name));
  }
  leave(c, before);
  return *type != MB__EVENT_COUNT;
}

size_t mb__xdm_check(const mb__json *xdm, mb__xdm_source source, mb__event_type *type, mb__xdm_fault *fault,
                     void *user) {
  checking c = {.source = source, .fault = fault, .user = user};
  if (!is_object(&c, xdm) || !check_type(&c, xdm, type)) return c.faults;
  c.type = *type;
  check_members(&c, xdm, top_members(&c));
  const mb__json *collection = mb__json_get(xdm, "mediaCollection");
  if (!collection && !is_host(&c)) return c.faults;
  size_t before = enter(&c, "mediaCollection");
  check_collection(&c, collection);
  leave(&c, before);
  return c.faults;
}

/* Reading. */

static bool read_time(const mb__json *xdm, const char *name, int64_t *ms) {
  const mb__json *time = mb__json_get(xdm, name);
  return time && mb__json_text(time) && mb__time_from_text(mb__json_text(time), ms);
}

static void read_moment(const mb__json *xdm, const mb__json *collection, mb__reading *reading) {
  const mb__json *playhead = mb__json_get(collection, "playhead"), *id = mb__json_get(collection, "sessionID");
  bool is_batch = mb__json_get(xdm, "mediaEventType") != NULL;
  reading->has_ts = read_time(xdm, is_batch ? "mediaEventTimestamp" : "timestamp", &reading->moment.ts) ||
                    read_time(xdm, is_batch ? "timestamp" : "mediaEventTimestamp", &reading->moment.ts);
  reading->has_playhead = playhead != NULL;
  if (playhead) reading->moment.playhead = mb__json_number(playhead);
  if (id) reading->session_id = mb__json_text(id);
}

static void read_quality(const mb__json *collection, mb__qoe *qoe) {
  const mb__json *details = mb__json_get(collection, mb__xdm_objects[MB__XDM_QOE]);
  for (unsigned i = 0; i < sizeof qoe->value / sizeof *qoe->value; i++) {
    const mb__json *value = mb__json_get(details, mb__fields[MB__FIELD_MEDIA_QOE_BITRATE + i].xdm);
    if (!value) continue;
    qoe->value[i] = (int64_t)mb__json_number(value);
    qoe->present |= (uint8_t)(1u << i);
  }
}

/* Where this event keeps a field's object; NULL: nowhere. */
static const mb__json *object_of(mb__xdm_object object, mb__event_type type, const mb__json *xdm,
                                 const mb__json *collection) {
  if (object == MB__XDM_COLLECTION) return collection;
  if (object == MB__XDM_IDENTITY || object == MB__XDM_IMPLEMENTATION) return mb__json_get(xdm, mb__xdm_objects[object]);
  return object == mb__events[type].object ? mb__json_get(collection, mb__xdm_objects[object]) : NULL;
}

static void read_field(mb__field field, const mb__json *value, mb__reading *reading) {
  mb__moment *moment = &reading->moment;
  const char *id;
  int state;
  if (mb__fields[field].object == MB__XDM_IDENTITY) {
    if (mb__customer_id(value, &id, &state)) mb__set_text(&reading->values, field, id);
  } else if (field == MB__FIELD_MEDIA_QOE_ERROR_ID) {
    moment->error_id = mb__json_text(value);
  } else if (field == MB__FIELD_MEDIA_QOE_ERROR_SOURCE) {
    moment->error_source = mb__json_text(value);
  } else if (field == MB__FIELD_MEDIA_RESUME) {
    moment->resume = mb__json_flag(value);
  } else {
    mb__set_json(&reading->values, field, value);
  }
}

static void read_fields(const mb__json *xdm, const mb__json *collection, mb__reading *reading) {
  mb__event_type type = reading->moment.type;
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    if (!mb__fields[i].xdm || !mb__field_allowed((mb__field)i, type)) continue;
    const mb__json *object = object_of(mb__fields[i].object, type, xdm, collection);
    const mb__json *value = mb__json_get(object, mb__fields[i].xdm);
    if (value) read_field((mb__field)i, value, reading);
  }
}

/* The map is a field of its own when it says more than the namespaces that are fields. */
static void read_customer_ids(const mb__json *xdm, mb__reading *reading) {
  const mb__json *map = mb__json_get(xdm, mb__xdm_objects[MB__XDM_IDENTITY]);
  const char *id;
  int state;
  if (!map || !mb__field_allowed(MB__FIELD_VISITOR_CUSTOMER_IDS, reading->moment.type)) return;
  for (const mb__json *list = mb__json_first(map); list; list = mb__json_next(list))
    if (mb__field_named_xdm(MB__XDM_IDENTITY, mb__json_name(list)) == MB__FIELD_COUNT &&
        mb__customer_id(list, &id, &state))
      mb__set_json(&reading->values, MB__FIELD_VISITOR_CUSTOMER_IDS, map);
}

static mb_status read_metadata(const mb__memory *memory, const mb__json *collection, mb__reading *reading) {
  const mb__json *metadata = mb__json_get(collection, "customMetadata"), *pair;
  size_t count = 0;
  if (!metadata || !mb__events[reading->moment.type].metadata) return MB_OK;
  for (pair = mb__json_first(metadata); pair; pair = mb__json_next(pair)) count++;
  if (!count) return MB_OK;
  reading->metadata = mb__new(memory, count * sizeof *reading->metadata);
  if (!reading->metadata) return MB_NO_MEMORY;
  for (pair = mb__json_first(metadata); pair; pair = mb__json_next(pair))
    reading->metadata[reading->metadata_count++] =
        (mb_pair){mb__json_text(mb__json_get(pair, "name")), mb__json_text(mb__json_get(pair, "value"))};
  return MB_OK;
}

mb_status mb__xdm_read(const mb__memory *memory, const mb__json *xdm, mb__reading *reading) {
  const mb__json *collection = mb__json_get(xdm, "mediaCollection");
  reading->is_xdm = true;
  read_moment(xdm, collection, reading);
  read_quality(collection, &reading->moment.qoe);
  read_fields(xdm, collection, reading);
  read_customer_ids(xdm, reading);
  return read_metadata(memory, collection, reading);
}

/* Times: the proleptic Gregorian calendar without leap seconds, as Unix has it. */

#define MS_OF_DAY INT64_C(86400000)
#define MS_OF_MINUTE INT64_C(60000)

static int64_t days_before_year(int64_t year) { /* counted from the start of year 1 */
  int64_t past = year - 1;
  return 365 * past + past / 4 - past / 100 + past / 400;
}

static int64_t days_before_1970(void) { return days_before_year(1970); }

static int64_t last_ms(void) { return (days_before_year(10000) - days_before_1970()) * MS_OF_DAY - 1; }

static int days_of_month(int64_t year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (is_leap && month == 2);
}

/* Exactly so many digits, moving behind them. */
static bool take_digits(const char **at, int count, int *number) {
  *number = 0;
  for (; count; count--, (*at)++) {
    if (**at < '0' || **at > '9') return false;
    *number = *number * 10 + (**at - '0');
  }
  return true;
}

static bool take(const char **at, char c) { return **at == c && (*at)++; }

static bool take_date(const char **at, int64_t *days) {
  int year, month, day;
  if (!take_digits(at, 4, &year) || !take(at, '-') || !take_digits(at, 2, &month) || !take(at, '-') ||
      !take_digits(at, 2, &day))
    return false;
  if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) return false;
  *days = days_before_year(year) - days_before_1970() + day - 1;
  for (int before = 1; before < month; before++) *days += days_of_month(year, before);
  return true;
}

/* A fraction of a second, if there is one, in ms: ".7" is 700. */
static bool take_fraction(const char **at, int *ms) {
  *ms = 0;
  if (!take(at, '.')) return true;
  if (**at < '0' || **at > '9') return false;
  for (int unit = 100; **at >= '0' && **at <= '9'; unit /= 10, (*at)++) *ms += (**at - '0') * unit;
  return true;
}

static bool take_time_of_day(const char **at, int64_t *ms) {
  int hour, minute, second, fraction;
  if (!take_digits(at, 2, &hour) || !take(at, ':') || !take_digits(at, 2, &minute) || !take(at, ':') ||
      !take_digits(at, 2, &second) || !take_fraction(at, &fraction))
    return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  if (second == 60) second = 59, fraction = 999; /* a leap second, for which Unix has no time */
  *ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + fraction;
  return true;
}

static bool take_offset(const char **at, int64_t *minutes) {
  int hour, minute;
  *minutes = 0;
  if (take(at, 'Z')) return true;
  bool is_behind = **at == '-';
  if (!is_behind && **at != '+') return false;
  (*at)++;
  if (!take_digits(at, 2, &hour) || !take(at, ':') || !take_digits(at, 2, &minute)) return false;
  *minutes = (is_behind ? -1 : 1) * (hour * 60 + minute);
  return hour <= 23 && minute <= 59;
}

bool mb__time_from_text(const char *text, int64_t *ms) {
  int64_t days, time, offset;
  if (!take_date(&text, &days) || !take(&text, 'T') || !take_time_of_day(&text, &time) ||
      !take_offset(&text, &offset) || *text)
    return false;
  int64_t utc = days * MS_OF_DAY + time - offset * MS_OF_MINUTE;
  if (utc < 0 || utc > last_ms()) return false;
  *ms = utc;
  return true;
}

static char *write_digits(char *out, int count, int64_t number) {
  for (int i = count; i; i--, number /= 10) out[i - 1] = (char)('0' + number % 10);
  return out + count;
}

void mb__time_to_text(int64_t ms, char out[MB__TIME_SIZE]) {
  ms = ms < 0 ? 0 : ms > last_ms() ? last_ms() : ms;
  int64_t days = ms / MS_OF_DAY + days_before_1970(), time = ms % MS_OF_DAY;
  int64_t year = days / 366 + 1;
  while (days_before_year(year + 1) <= days) year++;
  days -= days_before_year(year);
  int month = 1;
  for (; days >= days_of_month(year, month); month++) days -= days_of_month(year, month);
  const struct {
    int64_t number;
    int digits;
    char after;
  } parts[] = {{year, 4, '-'},
               {month, 2, '-'},
               {days + 1, 2, 'T'},
               {time / 3600000, 2, ':'},
               {time / 60000 % 60, 2, ':'},
               {time / 1000 % 60, 2, '.'},
               {time % 1000, 3, 'Z'}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    out = write_digits(out, parts[i].digits, parts[i].number);
    *out++ = parts[i].after;
  }
}
