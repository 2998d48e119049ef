/* XDM: what each event may, must and must not have, from the wire facts in tests/protocol; each fault with its place and
 * reason; what is read of an event; times. Events are made from the facts and then changed at one place. */
#include "protocol/xdm.h"

#include "counted_memory.h"
#include "facts.h"
#include "random.h"
#include "suite.h"

static cJSON *facts, *schema;

static int set_up(void **state) {
  (void)state;
  facts = read_facts("edge-va-v1.json");
  schema = read_facts("xdm-schema/mediaCollection.json");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  cJSON_Delete(facts);
  cJSON_Delete(schema);
  return 0;
}

static const cJSON *event_fact(mb__event_type type) {
  char name[40];
  snprintf(name, sizeof name, "media.%s", mb__events[type].xdm);
  return fact_in(fact_in(facts, "event_types"), name);
}

/* The event types that XDM has. */
static bool is_xdm_type(int type) { return type != MB__EVENT_STATE_START && type != MB__EVENT_STATE_END; }

static const mb__xdm_source sources[] = {MB__XDM_FROM_HOST, MB__XDM_FROM_WIRE, MB__XDM_FROM_BATCH};
enum { SOURCES = sizeof sources / sizeof *sources };

/* Changing a tree by paths such as ".a.b[0].c". */

static cJSON *new_container(const char *rest) { return *rest == '[' ? cJSON_CreateArray() : cJSON_CreateObject(); }

static cJSON *put_element(cJSON *array, int index, cJSON *value) {
  cJSON_DeleteItemFromArray(array, index);
  if (value) cJSON_InsertItemInArray(array, index, value);
  return value;
}

static cJSON *put_member(cJSON *object, const char *name, cJSON *value) {
  bool is_there = cJSON_HasObjectItem(object, name);
  if (!value)
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
  else if (is_there)
    cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
  else
    cJSON_AddItemToObject(object, name, value);
  return value;
}

/* Puts the value there, making what is on the way; NULL: removes it. "[]" is "[0]". */
static void put(cJSON *node, const char *path, cJSON *value) {
  while (*path) {
    if (*path == '[') {
      char *end;
      int index = (int)strtol(path + 1, &end, 10);
      path = end + 1;
      cJSON *child = cJSON_GetArrayItem(node, index);
      node = *path && child ? child : put_element(node, index, *path ? new_container(path) : value);
    } else {
      char name[300];
      size_t size = strcspn(++path, ".[");
      snprintf(name, sizeof name, "%.*s", (int)size, path);
      path += size;
      cJSON *child = cJSON_GetObjectItemCaseSensitive(node, name);
      node = *path && child ? child : put_member(node, name, *path ? new_container(path) : value);
    }
  }
}

/* Events from the facts. */

enum { PLACE = 120 };

static cJSON *sample(const cJSON *fact) {
  const char *type = fact_in(fact, "type")->valuestring;
  const cJSON *words = cJSON_GetObjectItemCaseSensitive(fact, "enum");
  const cJSON *known = cJSON_GetObjectItemCaseSensitive(fact, "known_values");
  const cJSON *list = words ? words : known;
  if (list) return cJSON_Duplicate(cJSON_GetArrayItem(list, 0), true);
  if (strcmp(type, "string") == 0) return cJSON_CreateString("text");
  if (strcmp(type, "integer") == 0) return cJSON_CreateNumber(7);
  if (strcmp(type, "boolean") == 0) return cJSON_CreateTrue();
  return strcmp(type, "array") == 0 ? cJSON_CreateArray() : cJSON_CreateObject();
}

/* Where a field of the facts is in an event; of a list, in its first element. */
static void place_of(const cJSON *fact, char place[PLACE]) {
  const char *path = fact_in(fact, "path")->valuestring, *list = strstr(path, "[]");
  int before = (int)(list ? (size_t)(list - path) : strlen(path));
  snprintf(place, PLACE, ".mediaCollection.%.*s%s%s", before, path, list ? "[0]" : "", list ? list + 2 : "");
}

static void put_envelope(cJSON *xdm, mb__xdm_source source, mb__event_type type) {
  char name[40];
  snprintf(name, sizeof name, "media.%s", mb__events[type].xdm);
  cJSON_AddStringToObject(xdm, source == MB__XDM_FROM_BATCH ? "mediaEventType" : "eventType", name);
  if (source != MB__XDM_FROM_HOST)
    cJSON_AddStringToObject(xdm, source == MB__XDM_FROM_BATCH ? "mediaEventTimestamp" : "timestamp",
                            "2026-01-15T12:00:00.000Z");
}

/* An event with what it must have, or with everything it may have. */
static cJSON *make_event(mb__xdm_source source, mb__event_type type, bool is_full) {
  cJSON *xdm = cJSON_CreateObject();
  const cJSON *fact;
  put_envelope(xdm, source, type);
  put(xdm, ".mediaCollection", cJSON_CreateObject());
  cJSON_ArrayForEach(fact, fact_in(event_fact(type), "fields")) {
    const char *path = fact_in(fact, "path")->valuestring;
    char place[PLACE];
    if (!is_full && (!cJSON_IsTrue(fact_in(fact, "required")) || strchr(path, '['))) continue;
    if (source == MB__XDM_FROM_BATCH && strcmp(path, "sessionID") == 0) continue;
    place_of(fact, place);
    put(xdm, place, sample(fact));
  }
  if (!is_full && source == MB__XDM_FROM_HOST && type == MB__EVENT_STATES_UPDATE)
    put(xdm, ".mediaCollection.statesStart[0].name", cJSON_CreateString("mute"));
  return xdm;
}

/* Checking. */

static void add_fault(void *text, const char *path, const char *reason) {
  if (!*reason) fail_msg("%s: no reason", path);
  text_add(text, "%s: %s\n", path, reason);
}

static mb__json *parse(const char *text) {
  mb__json *value;
  const char *what;
  if (mb__json_parse(text, strlen(text), &value, NULL, &what)) fail_msg("%s: %s", what, text);
  return value;
}

/* What has no fault can be read. */
static void expect_read(const mb__json *xdm, mb__event_type type) {
  mb__reading reading = {.moment.type = type};
  assert_int_equal(mb__xdm_read(&mb__c_library, xdm, &reading), MB_OK);
  assert_true(reading.is_xdm);
  mb__reading_free(&mb__c_library, &reading);
}

/* `expected`: the faults, a line each. */
static void expect_text(const char *text, mb__xdm_source source, const char *expected) {
  text_buffer faults = {0};
  mb__event_type type = MB__EVENT_COUNT;
  mb__json *xdm = parse(text);
  size_t count = mb__xdm_check(xdm, source, &type, add_fault, &faults), lines = 0;
  if (strcmp(text_of(&faults), expected) != 0)
    fail_msg("source %d: %s\n--- faults\n%s--- expected\n%s", (int)source, text, text_of(&faults), expected);
  for (const char *at = text_of(&faults); (at = strchr(at, '\n')); at++) lines++;
  assert_int_equal(count, lines);
  if (!count) expect_read(xdm, type);
  text_free(&faults);
  mb__json_free(xdm);
}

static void expect(const cJSON *xdm, mb__xdm_source source, const char *expected) {
  char *text = cJSON_PrintUnformatted(xdm);
  expect_text(text, source, expected);
  cJSON_free(text);
}

/* An event with one place changed; `value` NULL: without it. */
static void expect_change(mb__xdm_source source, mb__event_type type, bool is_full, const char *path, const char *value,
                          const char *expected) {
  cJSON *xdm = make_event(source, type, is_full);
  put(xdm, path, value ? cJSON_CreateRaw(value) : NULL);
  expect(xdm, source, expected);
  cJSON_Delete(xdm);
}

static void expect_fault(mb__xdm_source source, mb__event_type type, const char *path, const char *value,
                         const char *reason) {
  char expected[500];
  snprintf(expected, sizeof expected, "%s: %s\n", path, reason);
  expect_change(source, type, true, path, value, expected);
}

TEST(events_of_the_facts) {
  for (int type = 0; type < MB__EVENT_COUNT; type++)
    for (int i = 0; i < 2 * SOURCES && is_xdm_type(type); i++) {
      cJSON *xdm = make_event(sources[i / 2], (mb__event_type)type, i % 2);
      expect(xdm, sources[i / 2], "");
      cJSON_Delete(xdm);
    }
}

/* Every field of every event. */
static void for_each_field(void (*check)(mb__event_type type, const cJSON *fact)) {
  for (int type = 0; type < MB__EVENT_COUNT; type++) {
    const cJSON *fact;
    if (!is_xdm_type(type)) continue;
    cJSON_ArrayForEach(fact, fact_in(event_fact((mb__event_type)type), "fields")) check((mb__event_type)type, fact);
  }
}

static void expect_known_values(mb__event_type type, const cJSON *fact) {
  static const char *const lists[] = {"enum", "known_values"};
  const cJSON *value;
  char path[PLACE];
  place_of(fact, path);
  for (int i = 0; i < 2; i++) cJSON_ArrayForEach(value, cJSON_GetObjectItemCaseSensitive(fact, lists[i])) {
      char *text = cJSON_PrintUnformatted(value);
      for (int source = 0; source < SOURCES; source++) expect_change(sources[source], type, true, path, text, "");
      cJSON_free(text);
    }
}

/* Every value that the facts know of a field. */
TEST(known_values) { for_each_field(expect_known_values); }

/* What an application may leave to the library. */
static bool is_filled_in(const char *path) {
  static const char *const paths[] = {"playhead",
                                      "sessionID",
                                      "qoeDataDetails",
                                      "sessionDetails.playerName",
                                      "sessionDetails.channel",
                                      "advertisingDetails.playerName"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (strcmp(paths[i], path) == 0) return true;
  return false;
}

static void expect_required(mb__event_type type, const cJSON *fact) {
  const char *name = fact_in(fact, "path")->valuestring;
  bool is_required = cJSON_IsTrue(fact_in(fact, "required")), is_pair = strstr(name, "customMetadata[]") != NULL;
  char path[PLACE], missing[PLACE + 20];
  place_of(fact, path);
  snprintf(missing, sizeof missing, "%s: missing\n", path);
  for (int i = 0; i < SOURCES; i++) {
    bool is_left = (sources[i] == MB__XDM_FROM_HOST && is_filled_in(name)) ||
                   (sources[i] == MB__XDM_FROM_BATCH && strcmp(name, "sessionID") == 0);
    expect_change(sources[i], type, true, path, NULL, (is_required && !is_left) || is_pair ? missing : "");
  }
}

TEST(what_is_required) { for_each_field(expect_required); }

/* The members of mediaCollection on every event: those that it may have, those that are tolerated, and the others. */
TEST(members_of_other_events) {
  const cJSON *member;
  cJSON_ArrayForEach(member, fact_in(fact_in(fact_in(schema, "definitions"), "mediaCollectionBase"),
                                     "properties")) for (int type = 0; type < MB__EVENT_COUNT; type++) {
    if (!is_xdm_type(type)) continue;
    const cJSON *fact = fact_in(event_fact((mb__event_type)type), "mediaCollection");
    bool is_own = fact_lists(fact, "required", member->string) || fact_lists(fact, "optional", member->string);
    bool is_forbidden = fact_lists(fact, "forbidden", member->string);
    char path[80], reason[80], name[40];
    if (is_own) continue;
    snprintf(path, sizeof path, ".mediaCollection.%s", member->string);
    snprintf(reason, sizeof reason, "not allowed in media.%s", mb__events[type].xdm);
    snprintf(name, sizeof name, "event_%s", mb__events[type].xdm);
    expect_fault(MB__XDM_FROM_HOST, (mb__event_type)type, path, "1", reason);
    if (is_forbidden)
      expect_fault(MB__XDM_FROM_WIRE, (mb__event_type)type, path, "1", reason);
    else
      expect_change(MB__XDM_FROM_WIRE, (mb__event_type)type, true, path, "1", "");
    assert_false(fact_lists(fact_in(fact_in(schema, "definitions"), name), "x-allowed-members", member->string));
  }
}

/* Every field with a value of every kind: those that do not fit are named, with what is needed and what is there. */

typedef struct value_kind {
  const char *value, *name;
} value_kind;

static const value_kind kinds[] = {{"null", "null"},       {"true", "true or false"}, {"7", "a number"},
                                   {"\"text\"", "a text"}, {"[]", "an array"},        {"{}", "an object"}};

static const char *wanted(const char *type) {
  if (strcmp(type, "integer") == 0) return "an integer";
  if (strcmp(type, "boolean") == 0) return "true or false";
  if (strcmp(type, "array") == 0) return "an array";
  return strcmp(type, "object") == 0 ? "an object" : "a text";
}

static bool is_kind(const value_kind *kind, const char *type) {
  return strcmp(kind->name, strcmp(type, "integer") == 0 ? "a number" : wanted(type)) == 0;
}

/* The one null that the wire may have. */
static bool is_no_quality(const char *name, const value_kind *kind) {
  return strcmp(name, "qoeDataDetails") == 0 && strcmp(kind->name, "null") == 0;
}

static void expect_type(mb__event_type type, const cJSON *fact) {
  const char *name = fact_in(fact, "path")->valuestring, *wants = fact_in(fact, "type")->valuestring;
  char path[PLACE], reason[120];
  place_of(fact, path);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (is_kind(&kinds[i], wants)) continue;
    snprintf(reason, sizeof reason, "%s is needed, not %s", wanted(wants), kinds[i].name);
    expect_fault(MB__XDM_FROM_HOST, type, path, kinds[i].value, reason);
    if (!is_no_quality(name, &kinds[i])) expect_fault(MB__XDM_FROM_WIRE, type, path, kinds[i].value, reason);
  }
}

TEST(types_of_values) { for_each_field(expect_type); }

#define TEXT_64 "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
#define NO_TIME "an ISO 8601 time with a UTC offset is needed"
#define NO_STATE "1 to 64 letters, digits, '_' and '.' are needed"
#define NO_INT32 "must be from 0 to 2147483647"

#define ON_BOTH(type) MB__XDM_FROM_HOST, MB__EVENT_##type
#define ON_WIRE(type) MB__XDM_FROM_WIRE, MB__EVENT_##type
#define MEDIA ".mediaCollection"
#define SESSION MEDIA ".sessionDetails"

/* What a value must be beyond its type; no reason: it is fine. `from`: a host and the wire, or the wire alone. */
static const struct {
  mb__xdm_source from;
  mb__event_type type;
  const char *path, *value, *reason;
} limits[] = {
    {ON_BOTH(PLAY), MEDIA ".playhead", "0", NULL},
    {ON_BOTH(PLAY), MEDIA ".playhead", "10.0", NULL},
    {ON_BOTH(PLAY), MEDIA ".playhead", "9007199254740992", NULL},
    {ON_BOTH(PLAY), MEDIA ".playhead", "9007199254740994", "must be at most 2^53 in size"},
    {ON_BOTH(PLAY), MEDIA ".playhead", "1e300", "must be at most 2^53 in size"},
    {ON_BOTH(PLAY), MEDIA ".playhead", "-1", "must not be negative"},
    {ON_BOTH(PLAY), MEDIA ".playhead", "1.5", "an integer is needed, not a fraction"},
    {ON_BOTH(PLAY), MEDIA ".sessionID", "\"\"", "must not be empty"},
    {ON_BOTH(SESSION_START), SESSION ".name", "\"\"", "must not be empty"},
    {ON_BOTH(SESSION_START), SESSION ".friendlyName", "\"\"", NULL},
    {ON_BOTH(SESSION_START), SESSION ".contentType", "\"\"", NULL},
    {ON_BOTH(SESSION_START), SESSION ".length", "-5", NULL},
    {ON_BOTH(SESSION_START), SESSION ".length", "-9007199254740994", "must be at most 2^53 in size"},
    {ON_BOTH(SESSION_START), SESSION ".length", "0.5", "an integer is needed, not a fraction"},
    {ON_BOTH(SESSION_START), SESSION ".streamType", "\"Video\"", "\"audio\" or \"video\" is needed"},
    {ON_BOTH(AD_BREAK_START), MEDIA ".advertisingPodDetails.index", "0", NULL},
    {ON_BOTH(AD_BREAK_START), MEDIA ".advertisingPodDetails.index", "-1", NULL},
    {ON_BOTH(AD_START), MEDIA ".advertisingDetails.name", "\"\"", "must not be empty"},
    {ON_BOTH(AD_START), MEDIA ".advertisingDetails.podPosition", "0", NULL},
    {ON_BOTH(AD_START), MEDIA ".advertisingDetails.podPosition", "-1", "must not be negative"},
    {ON_BOTH(ERROR), MEDIA ".errorDetails.name", "\"\"", "must not be empty"},
    {ON_BOTH(ERROR), MEDIA ".errorDetails.source", "\"\"", "\"player\" or \"external\" is needed"},
    {ON_BOTH(PING), MEDIA ".qoeDataDetails.bitrate", "2147483647", NULL},
    {ON_BOTH(PING), MEDIA ".qoeDataDetails.bitrate", "2147483648", NO_INT32},
    {ON_BOTH(PING), MEDIA ".qoeDataDetails.droppedFrames", "-1", NO_INT32},
    {ON_BOTH(PING), MEDIA ".qoeDataDetails.framesPerSecond", "2147483648", NO_INT32},
    {ON_BOTH(PING), MEDIA ".qoeDataDetails.timeToStart", "0.25", "an integer is needed, not a fraction"},
    {ON_BOTH(PING), MEDIA ".qoeDataDetails", "{}", NULL},
    {ON_WIRE(PING), MEDIA ".qoeDataDetails", "null", NULL},
    {ON_BOTH(BITRATE_CHANGE), MEDIA ".qoeDataDetails", "{}", NULL},
    {ON_BOTH(STATES_UPDATE), MEDIA ".statesStart", "[]", NULL},
    {ON_BOTH(STATES_UPDATE), MEDIA ".statesStart[0].name", "\"" TEXT_64 "\"", NULL},
    {ON_BOTH(STATES_UPDATE), MEDIA ".statesStart[0].name", "\"" TEXT_64 "e\"", NO_STATE},
    {ON_BOTH(STATES_UPDATE), MEDIA ".statesStart[0].name", "\"\"", NO_STATE},
    {ON_BOTH(STATES_UPDATE), MEDIA ".statesEnd[0].name", "\"a b\"", NO_STATE},
    {ON_BOTH(STATES_UPDATE), MEDIA ".statesEnd[1]", "\"mute\"", "an object is needed, not a text"},
    {ON_BOTH(CHAPTER_START), MEDIA ".customMetadata", "[]", NULL},
    {ON_BOTH(CHAPTER_START), MEDIA ".customMetadata[0].value", "\"\"", NULL},
    {ON_BOTH(CHAPTER_START), MEDIA ".customMetadata[0].name", "\"a.b_C9\"", NULL},
    {ON_BOTH(CHAPTER_START), MEDIA ".customMetadata[0].name", "\"\"", "must not be empty"},
    {ON_WIRE(CHAPTER_START), MEDIA ".customMetadata[0].name", "\"a b\"", NULL},
    {ON_BOTH(CHAPTER_START), MEDIA ".customMetadata[1]", "1", "an object is needed, not a number"},
    {ON_WIRE(PLAY), "._id", "7", "a text is needed, not a number"},
    {ON_WIRE(PLAY), ".timestamp", "\"2026-01-15T12:00:05.7Z\"", NULL},
    {ON_WIRE(PLAY), ".timestamp", "\"2026-01-15T13:00:05+01:00\"", NULL},
    {ON_WIRE(PLAY), ".timestamp", "\"2026-01-15T12:00:05\"", NO_TIME},
    {ON_WIRE(PLAY), ".timestamp", "1768478400000", "a text is needed, not a number"},
    {ON_WIRE(SESSION_START), ".timestamp", "\"now\"", NO_TIME},
    {ON_BOTH(SESSION_START), ".identityMap", "{}", NULL},
    {ON_BOTH(SESSION_START), ".identityMap", "[]", "an object is needed, not an array"},
    {ON_BOTH(SESSION_START), ".identityMap.ECID", "[]", NULL},
    {ON_BOTH(SESSION_START), ".identityMap.ECID", "{}", "an array is needed, not an object"},
    {ON_BOTH(SESSION_START), ".identityMap.ECID[0]", "\"1\"", "an object is needed, not a text"},
    {ON_BOTH(SESSION_START), ".identityMap.ECID[0].id", "1", "a text is needed, not a number"},
    {ON_BOTH(SESSION_START), ".identityMap.crm",
     "[{\"id\":\"\",\"primary\":false,\"authenticatedState\":\"ambiguous\"},"
     "{\"authenticatedState\":\"authenticated\",\"id\":\"1\"},{\"authenticatedState\":\"loggedOut\",\"id\":\"2\"}]",
     NULL},
    {ON_WIRE(PLAY), ".identityMap", "1", "an object is needed, not a number"},
    {ON_WIRE(PLAY), ".implementationDetails", "[]", "an object is needed, not an array"},
    {ON_WIRE(PLAY), ".implementationDetails.version", "1", "a text is needed, not a number"},
    {ON_WIRE(PLAY), ".implementationDetails", "{\"name\":\"\",\"version\":\"\",\"environment\":\"x\",\"y\":1}", NULL},
    {ON_BOTH(PLAY), MEDIA, "null", "an object is needed, not null"},
};

TEST(limits_of_values) {
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    for (int source = (int)limits[i].from; source <= (int)MB__XDM_FROM_WIRE; source++)
      if (limits[i].reason)
        expect_fault((mb__xdm_source)source, limits[i].type, limits[i].path, limits[i].value, limits[i].reason);
      else
        expect_change((mb__xdm_source)source, limits[i].type, true, limits[i].path, limits[i].value, "");
  }
}

TEST(identities_lack_their_id) {
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_SESSION_START, false, ".identityMap.crm[1].authenticatedState",
                "\"known\"",
                ".identityMap.crm[0].authenticatedState: \"ambiguous\", \"authenticated\" or \"loggedOut\" is needed\n"
                ".identityMap.crm[0].id: missing\n");
  expect_change(MB__XDM_FROM_HOST, MB__EVENT_SESSION_START, false, ".identityMap.ECID[0].primary", "1",
                ".identityMap.ECID[0].primary: true or false is needed, not a number\n"
                ".identityMap.ECID[0].id: missing\n");
}

TEST(session_ids) {
  char id[1030];
  for (int size = 1024; size <= 1025; size++) {
    snprintf(id, sizeof id, "\"%0*d\"", size, 7);
    expect_change(MB__XDM_FROM_WIRE, MB__EVENT_PLAY, true, ".mediaCollection.sessionID", id,
                  size == 1024 ? "" : ".mediaCollection.sessionID: must be at most 1024 bytes long\n");
  }
}

/* All faults at once, in the order of the text, and then what is missing. */
TEST(faults_are_cumulative) {
  expect_text(
      "{\"mediaCollection\":{\"sessionID\":\"x\",\"playhead\":-1,\"sessionDetails\":{\"length\":\"60\",\"name\":\"\"},"
      "\"customMetadata\":[{\"name\":\"a\",\"value\":\"b\"},{\"value\":1},{\"name\":2,\"value\":\"\"}]},"
      "\"timestamp\":\"yesterday\",\"eventType\":\"media.sessionStart\"}",
      MB__XDM_FROM_WIRE,
      ".timestamp: " NO_TIME "\n"
      ".mediaCollection.sessionID: not allowed in media.sessionStart\n"
      ".mediaCollection.playhead: must not be negative\n" SESSION ".length: an integer is needed, not a text\n" SESSION
      ".name: must not be empty\n" SESSION ".contentType: missing\n" SESSION ".playerName: missing\n" SESSION
      ".channel: missing\n"
      ".mediaCollection.customMetadata[1].value: a text is needed, not a number\n"
      ".mediaCollection.customMetadata[1].name: missing\n"
      ".mediaCollection.customMetadata[2].name: a text is needed, not a number\n");
  expect_text("{\"eventType\":\"media.error\",\"mediaCollection\":{\"errorDetails\":{}}}", MB__XDM_FROM_WIRE,
              ".timestamp: missing\n"
              ".mediaCollection.errorDetails.name: missing\n"
              ".mediaCollection.errorDetails.source: missing\n"
              ".mediaCollection.playhead: missing\n"
              ".mediaCollection.sessionID: missing\n");
  expect_text("{\"eventType\":\"media.play\"}", MB__XDM_FROM_WIRE, ".timestamp: missing\n.mediaCollection: missing\n");
  expect_text("{\"eventType\":\"media.adStart\",\"timestamp\":\"2026-01-15T12:00:00.000Z\",\"mediaCollection\":{}}",
              MB__XDM_FROM_WIRE,
              ".mediaCollection.playhead: missing\n"
              ".mediaCollection.sessionID: missing\n"
              ".mediaCollection.advertisingDetails: missing\n");
}

/* Without a known type nothing else is looked at. */
TEST(event_types) {
  static const struct {
    const char *text;
    mb__xdm_source source;
    const char *fault;
  } rows[] = {
      {"[]", MB__XDM_FROM_WIRE, ": an object is needed, not an array\n"},
      {"\"media.play\"", MB__XDM_FROM_HOST, ": an object is needed, not a text\n"},
      {"null", MB__XDM_FROM_BATCH, ": an object is needed, not null\n"},
      {"{}", MB__XDM_FROM_HOST, ".eventType: missing\n"},
      {"{\"mediaEventType\":\"media.play\"}", MB__XDM_FROM_WIRE, ".eventType: missing\n"},
      {"{\"eventType\":\"media.play\"}", MB__XDM_FROM_BATCH, ".mediaEventType: missing\n"},
      {"{\"eventType\":7,\"x\":1}", MB__XDM_FROM_HOST, ".eventType: a text is needed, not a number\n"},
      {"{\"eventType\":\"play\"}", MB__XDM_FROM_HOST, ".eventType: \"play\" is unknown\n"},
      {"{\"eventType\":\"\"}", MB__XDM_FROM_WIRE, ".eventType: \"\" is unknown\n"},
      {"{\"eventType\":\"media.stateStart\"}", MB__XDM_FROM_WIRE, ".eventType: \"media.stateStart\" is unknown\n"},
      {"{\"eventType\":\"media.downloaded\"}", MB__XDM_FROM_WIRE, ".eventType: \"media.downloaded\" is unknown\n"},
      {"{\"mediaEventType\":\"media.downloaded\"}", MB__XDM_FROM_BATCH,
       ".mediaEventType: \"media.downloaded\" is unknown\n"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_text(rows[i].text, rows[i].source, rows[i].fault);
}

static size_t check_as(const char *text, mb__xdm_source source, mb__event_type *type) {
  text_buffer faults = {0};
  mb__json *xdm = parse(text);
  size_t count = mb__xdm_check(xdm, source, type, add_fault, &faults);
  mb__json_free(xdm);
  text_free(&faults);
  return count;
}

TEST(type_that_the_caller_knows) {
  mb__event_type type = MB__EVENT_PING;
  assert_int_equal(check_as("{}", MB__XDM_FROM_HOST, &type), 0);
  assert_int_equal(type, MB__EVENT_PING);
  assert_int_equal(check_as("{\"eventType\":\"media.play\"}", MB__XDM_FROM_HOST, &type), 0);
  assert_int_equal(type, MB__EVENT_PLAY);
  assert_int_equal(check_as("{\"eventType\":\"media.\"}", MB__XDM_FROM_HOST, &type), 1);
  assert_int_equal(type, MB__EVENT_COUNT);
  type = MB__EVENT_PING;
  assert_int_equal(check_as("{}", MB__XDM_FROM_WIRE, &type), 1);
  assert_int_equal(type, MB__EVENT_COUNT);
}

/* An application writes what it knows and nothing else. */
TEST(from_a_host) {
  static const char *const rows[][2] = {
      {"{\"eventType\":\"media.play\"}", ""},
      {"{\"eventType\":\"media.ping\",\"mediaCollection\":{}}", ""},
      {"{\"eventType\":\"media.bitrateChange\"}", ""},
      {"{\"eventType\":\"media.adStart\",\"mediaCollection\":{\"advertisingDetails\":{\"name\":\"a\",\"length\":15,"
       "\"podPosition\":1}}}",
       ""},
      {"{\"eventType\":\"media.sessionStart\"}", SESSION ": missing\n"},
      {"{\"eventType\":\"media.sessionStart\",\"mediaCollection\":{\"sessionDetails\":{}}}",
       SESSION ".name: missing\n" SESSION ".length: missing\n" SESSION ".contentType: missing\n"},
      {"{\"eventType\":\"media.statesUpdate\"}", ".mediaCollection: statesStart or statesEnd is needed\n"},
      {"{\"eventType\":\"media.play\",\"timestamp\":\"2026-01-15T12:00:00.000Z\",\"_id\":\"1\","
       "\"implementationDetails\":{},\"identityMap\":{},\"web\":{}}",
       ".timestamp: the library sets it\n._id: the library sets it\n.implementationDetails: the library sets it\n"
       ".identityMap: not allowed in media.play\n.web: unknown\n"},
      {"{\"eventType\":\"media.statesUpdate\",\"mediaCollection\":{\"statesEnd\":[{\"name\":\"mute\",\"since\":1}],"
       "\"x\":1,\"qoeDataDetails\":{\"fps\":25}}}",
       ".mediaCollection.statesEnd[0].since: unknown\n.mediaCollection.x: unknown\n"
       ".mediaCollection.qoeDataDetails.fps: unknown\n"},
      {"{\"eventType\":\"media.chapterStart\",\"mediaCollection\":{\"chapterDetails\":{\"index\":1,\"length\":1,"
       "\"offset\":0,\"title\":\"\"},\"customMetadata\":[{\"name\":\"a b\",\"value\":\"\",\"type\":1}]}}",
       ".mediaCollection.chapterDetails.title: unknown\n"
       ".mediaCollection.customMetadata[0].name: letters, digits, '_' and '.' are needed\n"
       ".mediaCollection.customMetadata[0].type: unknown\n"},
      {"{\"eventType\":\"media.sessionStart\",\"identityMap\":{\"crm\":[{\"id\":\"1\",\"x\":1}]},\"mediaCollection\":{"
       "\"sessionDetails\":{\"name\":\"a\",\"length\":1,\"contentType\":\"vod\",\"cdn\":\"x\"}}}",
       ".identityMap.crm[0].x: unknown\n" SESSION ".cdn: unknown\n"},
      {"{\"eventType\":\"media.play\",\"mediaEventType\":\"media.play\"}", ".mediaEventType: unknown\n"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_text(rows[i][0], MB__XDM_FROM_HOST, rows[i][1]);
}

/* Unknown members are tolerated everywhere, sessionStart may lack its time, statesUpdate its states. */
TEST(from_the_wire) {
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_SESSION_START, true, ".timestamp", NULL, "");
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_STATES_UPDATE, false, ".web", "[{}]", "");
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_PLAY, true, ".mediaCollection.x", "[{}]", "");
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_SESSION_START, true, SESSION ".cdn", "7", "");
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_STATES_UPDATE, true, ".mediaCollection.statesStart[0].since", "7", "");
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_AD_START, true, ".mediaCollection.customMetadata[0].type", "7", "");
  expect_change(MB__XDM_FROM_WIRE, MB__EVENT_AD_SKIP, true, ".mediaCollection.advertisingDetails", "7", "");
}

TEST(from_a_batch) {
  expect_fault(MB__XDM_FROM_BATCH, MB__EVENT_PLAY, ".mediaCollection.sessionID", "\"1\"",
               "not allowed in a downloaded session");
  expect_fault(MB__XDM_FROM_BATCH, MB__EVENT_SESSION_START, ".mediaCollection.sessionID", "\"1\"",
               "not allowed in a downloaded session");
  expect_fault(MB__XDM_FROM_BATCH, MB__EVENT_SESSION_START, ".mediaEventTimestamp", NULL, "missing");
  expect_fault(MB__XDM_FROM_BATCH, MB__EVENT_PING, ".mediaEventTimestamp", "\"\"", NO_TIME);
  expect_fault(MB__XDM_FROM_BATCH, MB__EVENT_PING, ".mediaCollection.playhead", NULL, "missing");
  expect_fault(MB__XDM_FROM_BATCH, MB__EVENT_PING, ".mediaCollection", NULL, "missing");
  expect_change(MB__XDM_FROM_BATCH, MB__EVENT_PING, true, ".timestamp", "7", "");
}

/* Of a name that is longer than its share of the path whole characters are kept, and what follows it is there. */
TEST(long_names) {
  text_buffer text = {0}, name = {0}, expected = {0};
  for (int i = 0; i < 100; i++) text_add(&name, "\xe2\x82\xac");
  text_add(&text,
           "{\"eventType\":\"media.sessionStart\",\"identityMap\":{\"%s\":[{\"id\":\"1\"},{\"id\":\"2\",\"x%s\":1}]},"
           "\"mediaCollection\":{\"sessionDetails\":{\"name\":\"a\",\"length\":1,\"contentType\":\"vod\"}}}",
           text_of(&name), text_of(&name));
  text_add(&expected, ".identityMap.%.126s[1].x%.126s: unknown\n", text_of(&name), text_of(&name));
  expect_text(text_of(&text), MB__XDM_FROM_HOST, text_of(&expected));
  text_clear(&text);
  text_clear(&expected);
  text_add(&text, "{\"eventType\":\"%s\"}", text_of(&name));
  text_add(&expected, ".eventType: \"%.156s\n", text_of(&name));
  expect_text(text_of(&text), MB__XDM_FROM_WIRE, text_of(&expected));
  text_free(&text);
  text_free(&name);
  text_free(&expected);
}

/* Reading. */

static void describe_value(text_buffer *out, mb__field field, const mb__value *value) {
  const char *name = mb__fields[field].xdm ? mb__fields[field].xdm : mb__fields[field].key;
  switch (mb__fields[field].type) {
    case MB__TYPE_TEXT:
    case MB__TYPE_NAME:
    case MB__TYPE_ERROR_SOURCE: text_add(out, " %s=\"%s\"", name, value->as.text); return;
    case MB__TYPE_NUMBER: text_add(out, " %s=%.1f", name, value->as.number); return;
    case MB__TYPE_INTEGER: text_add(out, " %s=%lld", name, (long long)value->as.integer); return;
    case MB__TYPE_FLAG: text_add(out, " %s=%s", name, value->as.flag ? "true" : "false"); return;
    case MB__TYPE_CUSTOMER_IDS:
    case MB__TYPE_STATES: break;
  }
  char *text = cJSON_PrintUnformatted(value->as.json);
  text_add(out, " %s=%s", name, text);
  cJSON_free(text);
}

static void describe(text_buffer *out, const mb__reading *reading) {
  const mb__moment *moment = &reading->moment;
  text_add(out, "%s", mb__events[moment->type].xdm);
  if (reading->has_playhead) text_add(out, " playhead=%.1f", moment->playhead);
  if (reading->has_ts) text_add(out, " ts=%lld", (long long)moment->ts);
  if (reading->session_id) text_add(out, " session=%s", reading->session_id);
  if (moment->resume) text_add(out, " resume");
  if (moment->error_id) text_add(out, " error=%s/%s", moment->error_id, moment->error_source);
  for (int i = 0; i < 4; i++)
    if (moment->qoe.present >> i & 1) text_add(out, " qoe%d=%lld", i, (long long)moment->qoe.value[i]);
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (reading->values.set[i]) describe_value(out, (mb__field)i, &reading->values.value[i]);
  for (size_t i = 0; i < reading->metadata_count; i++)
    text_add(out, " %s:\"%s\"", reading->metadata[i].key, reading->metadata[i].value);
}

static void expect_reading(const char *text, mb__xdm_source source, const char *expected) {
  text_buffer faults = {0}, out = {0};
  mb__json *xdm = parse(text);
  mb__reading reading = {.moment.type = MB__EVENT_COUNT};
  if (mb__xdm_check(xdm, source, &reading.moment.type, add_fault, &faults)) fail_msg("%s\n%s", text, text_of(&faults));
  assert_int_equal(mb__xdm_read(&mb__c_library, xdm, &reading), MB_OK);
  assert_true(reading.is_xdm);
  describe(&out, &reading);
  assert_string_equal(text_of(&out), expected);
  mb__reading_free(&mb__c_library, &reading);
  mb__json_free(xdm);
  text_free(&out);
  text_free(&faults);
}

#define WIRE "\"timestamp\":\"2026-01-15T12:00:00.007Z\",\"mediaCollection\":{\"playhead\":10,\"sessionID\":\"s1\""
#define TS " playhead=10.0 ts=1768478400007 session=s1"
#define START                                                                                                    \
  "{\"eventType\":\"media.sessionStart\",\"mediaCollection\":{\"sessionDetails\":{\"name\":\"a\",\"length\":60," \
  "\"contentType\":\"vod\"}}"
#define STARTED "sessionStart"
#define DETAILS " name=\"a\" length=60.0 contentType=\"vod\""

TEST(reading_from_the_wire) {
  static const char *const rows[][2] = {
      {"{\"eventType\":\"media.play\"," WIRE "}}", "play" TS},
      {"{\"eventType\":\"media.pauseStart\"," WIRE ",\"qoeDataDetails\":{\"timeToStart\":0,\"bitrate\":4500,\"x\":1}}}",
       "pauseStart" TS " qoe0=4500 qoe3=0"},
      {"{\"eventType\":\"media.bitrateChange\"," WIRE
       ",\"qoeDataDetails\":{\"framesPerSecond\":25,\"droppedFrames\":3}}}",
       "bitrateChange" TS " qoe1=3 qoe2=25"},
      {"{\"eventType\":\"media.error\"," WIRE ",\"errorDetails\":{\"source\":\"external\",\"name\":\"e1\"}}}",
       "error" TS " error=e1/external"},
      {"{\"eventType\":\"media.adBreakStart\"," WIRE
       ",\"advertisingPodDetails\":{\"index\":0,\"offset\":30,\"friendlyName\":\"mid\"}}}",
       "adBreakStart" TS " friendlyName=\"mid\" index=0 offset=30.0"},
      {"{\"eventType\":\"media.adStart\"," WIRE
       ",\"advertisingPodDetails\":{\"friendlyName\":\"foreign\"},\"advertisingDetails\":{\"name\":\"ad\","
       "\"length\":15,\"podPosition\":1,\"playerName\":\"p\",\"siteID\":\"s\"},\"customMetadata\":[{\"value\":\"2\","
       "\"name\":\"b\"},{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"\"}]}}",
       "adStart" TS " name=\"ad\" length=15.0 podPosition=1 playerName=\"p\" siteID=\"s\" b:\"2\" a:\"1\" b:\"\""},
      {"{\"eventType\":\"media.chapterStart\"," WIRE
       ",\"chapterDetails\":{\"index\":1,\"length\":20,\"offset\":5},\"customMetadata\":[]}}",
       "chapterStart" TS " index=1 offset=5.0 length=20.0"},
      {"{\"eventType\":\"media.statesUpdate\"," WIRE
       ",\"statesEnd\":[{\"name\":\"mute\"}],\"statesStart\":[{\"name\":\"fullScreen\"},{\"name\":\"inFocus\"}]}}",
       "statesUpdate" TS
       " statesStart=[{\"name\":\"fullScreen\"},{\"name\":\"inFocus\"}] statesEnd=[{\"name\":\"mute\"}]"},
      {"{\"eventType\":\"media.adSkip\"," WIRE
       ",\"advertisingDetails\":7,\"customMetadata\":[{\"name\":\"a\",\"value\":\"b\"}],\"statesStart\":7,"
       "\"sessionDetails\":{\"name\":\"a\"}},"
       "\"identityMap\":{\"ECID\":[{\"id\":\"e\"}],\"crm\":[{\"id\":\"c\"}]},\"implementationDetails\":{\"version\":"
       "\"1\"}}",
       "adSkip" TS},
      {"{\"eventType\":\"media.sessionStart\",\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{\"name\":\"a\","
       "\"length\":60,\"contentType\":\"vod\",\"playerName\":\"p\",\"channel\":\"c\",\"hasResume\":true,"
       "\"isDownloaded\":false,\"streamType\":\"video\",\"appVersion\":\"2\",\"show\":\"s\"}},"
       "\"implementationDetails\":"
       "{\"name\":\"n\",\"version\":\"1.2\"}}",
       "sessionStart playhead=0.0 resume" DETAILS " streamType=\"video\" playerName=\"p\" channel=\"c\""
       " isDownloaded=false appVersion=\"2\" version=\"1.2\" show=\"s\""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_reading(rows[i][0], MB__XDM_FROM_WIRE, rows[i][1]);
}

TEST(reading_from_a_host) {
  static const char *const rows[][2] = {
      {"{\"eventType\":\"media.play\"}", "play"},
      {"{\"eventType\":\"media.play\",\"mediaCollection\":{\"sessionID\":\"s1\",\"playhead\":7.0}}",
       "play playhead=7.0 session=s1"},
      {START "}", STARTED DETAILS},
      {START ",\"identityMap\":{\"ECID\":[{\"id\":\"e\"},{\"id\":\"f\"}],\"FPID\":[{\"id\":\"i\"}]}}",
       STARTED " ECID=\"e\" FPID=\"i\"" DETAILS},
      {START ",\"identityMap\":{\"crm\":[{\"id\":\"c\"}],\"ECID\":[]}}",
       STARTED " visitor.customerIDs={\"crm\":[{\"id\":\"c\"}],\"ECID\":[]}" DETAILS},
      {START ",\"identityMap\":{\"crm\":[]}}", STARTED DETAILS},
      {START ",\"identityMap\":{}}", STARTED DETAILS},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_reading(rows[i][0], MB__XDM_FROM_HOST, rows[i][1]);
}

TEST(reading_from_a_batch) {
  expect_reading(
      "{\"mediaEventType\":\"media.ping\",\"mediaEventTimestamp\":\"2026-01-15T12:00:00.007Z\",\"timestamp\":"
      "\"2020-01-15T12:00:00.007Z\",\"mediaCollection\":{\"playhead\":3}}",
      MB__XDM_FROM_BATCH, "ping playhead=3.0 ts=1768478400007");
}

TEST(reading_without_memory) {
  counted_memory counted = {.fail_at = 1};
  mb__memory memory = {&counted, counted_allocate};
  cJSON *xdm = make_event(MB__XDM_FROM_HOST, MB__EVENT_SESSION_START, true);
  for (int i = 0; i < 2; i++) {
    mb__reading reading = {.moment.type = MB__EVENT_SESSION_START};
    assert_int_equal(mb__xdm_read(&memory, xdm, &reading), i ? MB_OK : MB_NO_MEMORY);
    assert_int_equal(counted.blocks, i);
    mb__reading_free(&memory, &reading);
    assert_int_equal(counted.blocks, 0);
  }
  cJSON_Delete(xdm);
}

/* Random changes: whatever comes of them is checked, and read when there is nothing to say about it. */

static int count_nodes(const cJSON *node) {
  int count = 1;
  const cJSON *child;
  cJSON_ArrayForEach(child, node) count += count_nodes(child);
  return count;
}

static cJSON *node_at(cJSON *node, int *index) {
  if ((*index)-- == 0) return node;
  cJSON *child;
  cJSON_ArrayForEach(child, node) {
    cJSON *found = node_at(child, index);
    if (found) return found;
  }
  return NULL;
}

static cJSON *random_value(uint64_t *chance) {
  static const char *const values[] = {"null",
                                       "true",
                                       "-1",
                                       "0",
                                       "1.5",
                                       "1e300",
                                       "\"\"",
                                       "\"text\"",
                                       "\"media.play\"",
                                       "[]",
                                       "{}",
                                       "[[[{}]]]",
                                       "[null]",
                                       "[{\"name\":\"a\",\"value\":\"\"}]",
                                       "{\"id\":\"1\"}",
                                       "[{\"id\":\"1\"}]",
                                       "{\"name\":{\"name\":1}}",
                                       "\"2026-02-30T00:00:00Z\"",
                                       "\"9999-12-31T23:59:59.999Z\""};
  return cJSON_Parse(values[mb__random_below(chance, sizeof values / sizeof *values)]);
}

static const char *random_name(uint64_t *chance) {
  static const char *const names[] = {"name",
                                      "value",
                                      "id",
                                      "playhead",
                                      "sessionID",
                                      "sessionDetails",
                                      "identityMap",
                                      "customMetadata",
                                      "statesStart",
                                      "qoeDataDetails",
                                      "timestamp",
                                      "eventType",
                                      "mediaEventType",
                                      "mediaCollection",
                                      "implementationDetails",
                                      "",
                                      "x"};
  return names[mb__random_below(chance, sizeof names / sizeof *names)];
}

static void mutate(cJSON *root, uint64_t *chance) {
  int at = 1 + (int)mb__random_below(chance, (uint64_t)count_nodes(root) - 1);
  cJSON *node = node_at(root, &at);
  bool is_object = cJSON_IsObject(node), is_array = cJSON_IsArray(node);
  switch (mb__random_below(chance, 3)) {
    case 0: /* a member or element more */
      if (is_object) cJSON_AddItemToObject(node, random_name(chance), random_value(chance));
      if (is_array) cJSON_AddItemToArray(node, random_value(chance));
      return;
    case 1: /* one less */
      if ((is_object || is_array) && node->child) cJSON_Delete(cJSON_DetachItemViaPointer(node, node->child));
      return;
    default: break;
  }
  for (cJSON *child = node->child; child && (is_object || is_array); child = child->next) {
    if (mb__random_below(chance, 3)) continue;
    if (is_object)
      cJSON_ReplaceItemInObjectCaseSensitive(node, child->string, random_value(chance));
    else
      cJSON_ReplaceItemViaPointer(node, child, random_value(chance));
    return;
  }
}

TEST(random_changes) {
  uint64_t chance = 2026;
  size_t fine = 0, faulty = 0;
  text_buffer faults = {0};
  for (int round = 0; round < 20000; round++) {
    mb__event_type type = (mb__event_type)mb__random_below(&chance, MB__EVENT_COUNT);
    mb__xdm_source source = sources[mb__random_below(&chance, SOURCES)];
    cJSON *made = make_event(source, type, true);
    put(made, ".identityMap.ECID[0].id", cJSON_CreateString("e"));
    for (uint64_t i = mb__random_below(&chance, 4); i; i--) mutate(made, &chance);
    char *text = cJSON_PrintUnformatted(made);
    mb__json *xdm = parse(text);
    text_clear(&faults);
    type = MB__EVENT_COUNT;
    if (mb__xdm_check(xdm, source, &type, add_fault, &faults)) {
      faulty++;
    } else {
      fine++;
      expect_read(xdm, type);
    }
    mb__json_free(xdm);
    cJSON_free(text);
    cJSON_Delete(made);
  }
  text_free(&faults);
  assert_true(fine > 1000);
  assert_true(faulty > 1000);
}

/* As deep as JSON may be. */
TEST(deep_values) {
  text_buffer text = {0};
  text_add(&text, "{\"eventType\":\"media.play\"," WIRE ",\"x\":");
  for (int i = 0; i < 62; i++) text_add(&text, "[");
  for (int i = 0; i < 62; i++) text_add(&text, "]");
  text_add(&text, "}}");
  expect_text(text_of(&text), MB__XDM_FROM_WIRE, "");
  expect_text(text_of(&text), MB__XDM_FROM_HOST, ".timestamp: the library sets it\n.mediaCollection.x: unknown\n");
  text_free(&text);
}

/* Times. */

static const struct {
  const char *text;
  int64_t ms;
} times[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T01:00:00+01:00", 0},
    {"1969-12-31T23:30:00-00:30", 0},
    {"1970-01-01T00:00:00-00:00", 0},
    {"2000-02-29T00:00:00Z", 951782400000},
    {"2026-01-15T12:00:00.000Z", 1768478400000},
    {"2026-01-15T12:00:00.7Z", 1768478400700},
    {"2026-01-15T12:00:00.07Z", 1768478400070},
    {"2026-01-15T12:00:00.0079999999999999999999999999999999999Z", 1768478400007},
    {"2026-01-15T12:00:00.999999Z", 1768478400999},
    {"2026-01-15T06:30:00.001-05:30", 1768478400001},
    {"2016-12-31T23:59:60Z", 1483228799999},
    {"2016-12-31T23:59:60.5Z", 1483228799999},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
    {"9999-12-31T23:59:59.999+23:59", 253402214459999},
};

TEST(times_from_text) {
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    int64_t ms = -1;
    if (!mb__time_from_text(times[i].text, &ms)) fail_msg("%s", times[i].text);
    if (ms != times[i].ms) fail_msg("%s: %lld", times[i].text, (long long)ms);
  }
}

TEST(no_times) {
  static const char *const texts[] = {
      "",
      "now",
      "2026",
      "2026-01-15",
      "2026-01-15T12:00:00",
      "2026-01-15T12:00:00.000",
      "2026-01-15T12:00Z",
      "2026-01-15T12:00:00.Z",
      "2026-01-15T12:00:00,5Z",
      "2026-01-15 12:00:00Z",
      "2026-01-15t12:00:00z",
      "2026-01-15T12:00:00ZZ",
      "2026-01-15T12:00:00Z ",
      " 2026-01-15T12:00:00Z",
      "2026-01-15T12:00:00+1:00",
      "2026-01-15T12:00:00+01:0",
      "2026-01-15T12:00:00+0100",
      "2026-01-15T12:00:00+24:00",
      "2026-01-15T12:00:00+01:60",
      "2026-01-15T24:00:00Z",
      "2026-01-15T12:60:00Z",
      "2026-01-15T12:00:61Z",
      "2026-1-15T12:00:00Z",
      "2026-00-15T12:00:00Z",
      "2026-13-15T12:00:00Z",
      "2026-01-00T12:00:00Z",
      "2026-01-32T12:00:00Z",
      "2026-04-31T12:00:00Z",
      "2026-02-29T12:00:00Z",
      "2100-02-29T12:00:00Z",
      "1969-12-31T23:59:59.999Z",
      "1970-01-01T00:30:00+00:31",
      "9999-12-31T23:59:59.999-00:01",
      "0000-01-01T00:00:00Z",
      "+2026-01-15T12:00:00Z",
      "12026-01-15T12:00:00Z",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int64_t ms = -1;
    if (mb__time_from_text(texts[i], &ms)) fail_msg("%s", texts[i]);
    assert_int_equal(ms, -1);
  }
}

static void expect_time(int64_t ms, const char *expected) {
  char text[MB__TIME_SIZE + 1] = {0};
  mb__time_to_text(ms, text);
  assert_string_equal(text, expected);
}

TEST(times_to_text) {
  expect_time(0, "1970-01-01T00:00:00.000Z");
  expect_time(1768478400007, "2026-01-15T12:00:00.007Z");
  expect_time(951782400000, "2000-02-29T00:00:00.000Z");
  expect_time(946684799999, "1999-12-31T23:59:59.999Z");
  expect_time(4107542400000, "2100-03-01T00:00:00.000Z");
  expect_time(253402300799999, "9999-12-31T23:59:59.999Z");
  expect_time(253402300800000, "9999-12-31T23:59:59.999Z");
  expect_time(INT64_MAX, "9999-12-31T23:59:59.999Z");
  expect_time(-1, "1970-01-01T00:00:00.000Z");
  expect_time(INT64_MIN, "1970-01-01T00:00:00.000Z");
}

static void expect_round(int64_t ms, char text[MB__TIME_SIZE + 1]) {
  int64_t back = -1;
  mb__time_to_text(ms, text);
  if (!mb__time_from_text(text, &back) || back != ms) fail_msg("%lld: %s", (long long)ms, text);
}

/* Every day of a whole cycle of the calendar, in order; then any ms of any year. */
TEST(times_go_round) {
  uint64_t chance = 1970;
  char before[MB__TIME_SIZE + 1] = "", text[MB__TIME_SIZE + 1] = "";
  for (int64_t day = 0; day < 146097; day++) {
    expect_round(day * 86400000 + (int64_t)mb__random_below(&chance, 86400000), text);
    if (strcmp(before, text) >= 0) fail_msg("%s after %s", text, before);
    memcpy(before, text, sizeof text);
  }
  assert_memory_equal(text, "2369-12-31", 10);
  for (int i = 0; i < 100000; i++) expect_round((int64_t)mb__random_below(&chance, 253402300800000), text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_of_the_facts),
      cmocka_unit_test(known_values),
      cmocka_unit_test(what_is_required),
      cmocka_unit_test(members_of_other_events),
      cmocka_unit_test(types_of_values),
      cmocka_unit_test(limits_of_values),
      cmocka_unit_test(identities_lack_their_id),
      cmocka_unit_test(session_ids),
      cmocka_unit_test(faults_are_cumulative),
      cmocka_unit_test(event_types),
      cmocka_unit_test(type_that_the_caller_knows),
      cmocka_unit_test(from_a_host),
      cmocka_unit_test(from_the_wire),
      cmocka_unit_test(from_a_batch),
      cmocka_unit_test(long_names),
      cmocka_unit_test(reading_from_the_wire),
      cmocka_unit_test(reading_from_a_host),
      cmocka_unit_test(reading_from_a_batch),
      cmocka_unit_test(reading_without_memory),
      cmocka_unit_test(random_changes),
      cmocka_unit_test(deep_values),
      cmocka_unit_test(times_from_text),
      cmocka_unit_test(no_times),
      cmocka_unit_test(times_to_text),
      cmocka_unit_test(times_go_round),
  };
  return cmocka_run_group_tests_name("xdm", tests, set_up, tear_down);
}
