/* Owns configuration: keys, types, ranges, warnings. */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"
#include "event.h"
#include "protocol/validate.h"
#include "text.h"

typedef struct key_row {
  const char *name;
  mb__key_type type;
  const char *default_text;
  double least, most;
  const char *help;
} key_row;

static const key_row keys[MB__KEY_COUNT] = {
#define MB_CONFIG(id, name, type, default_text, least, most, help) \
  {name, MB__KEY_##type, default_text, least, most, help},
#include "config.def"
#undef MB_CONFIG
};

static const struct {
  mb__key key;
  const char *values[6];
} choices[] = {
    {MB__KEY_PROTOCOL, {"collection-v1", "downloaded-v1", "edge-va-v1"}},
    {MB__KEY_MAIN_PING_ANCHOR, {"state", "sessionStart", "event"}},
    {MB__KEY_LOG_LEVEL, {"error", "warning", "info", "debug", "bodies"}},
    {MB__KEY_DOWNLOADED_PATH, {"downloaded", "sessions"}},
    {MB__KEY_DURABILITY, {"process", "power"}},
    {MB__KEY_RECOVERY, {"resume", "downloaded"}},
    {MB__KEY_LEVEL, {"tracker", "session"}},
    {MB__KEY_TICKS, {"recorded"}},
};

MB__FORMAT(3, 4) static mb_status fail(mb_config *config, mb_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(config->error, sizeof config->error, format, arguments);
  va_end(arguments);
  config->error[mb__utf8_prefix(config->error, strlen(config->error))] = 0;
  return status;
}

MB__FORMAT(2, 3) static mb_status warn(mb_config *config, const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  size_t size = mb__utf8_prefix(text, strlen(text));
  char **warnings = mb__resize(&config->memory, config->warnings, (config->warning_count + 2) * sizeof *warnings);
  if (!warnings) return fail(config, MB_NO_MEMORY, "out of memory");
  config->warnings = warnings;
  warnings[config->warning_count] = mb__copy_text(&config->memory, text, size);
  if (!warnings[config->warning_count]) return fail(config, MB_NO_MEMORY, "out of memory");
  config->warning_count++;
  return MB_OK;
}

static mb__key find_key(const char *name) {
  for (int i = 0; i < MB__KEY_COUNT; i++)
    if (strcmp(keys[i].name, name) == 0) return (mb__key)i;
  return MB__KEY_COUNT;
}

static const char *nearest_key(const char *name) {
  size_t best = 4; /* farther than this is no typing error */
  const char *nearest = NULL;
  for (int i = 0; i < MB__KEY_COUNT; i++) {
    size_t distance = mb__edit_distance(name, keys[i].name);
    if (distance < best) best = distance, nearest = keys[i].name;
  }
  return nearest;
}

static double default_number(mb__key key) {
  const char *text = keys[key].default_text;
  if (keys[key].type == MB__KEY_FLAG) return strcmp(text, "true") == 0;
  return *text ? mb__parse_number(text, strlen(text)) : 0;
}

mb_status mb_config_new(const mb_host *host, mb_config **config) {
  if (!config || (host && host->size < sizeof *host)) return MB_INVALID_ARGUMENT;
  *config = NULL;
  mb__memory memory = mb__c_library;
  if (host && host->allocate) memory = (mb__memory){host->user, host->allocate};
  mb_config *made = mb__new(&memory, sizeof *made);
  if (!made) return MB_NO_MEMORY;
  made->memory = memory;
  if (host) made->host = *host;
  for (int i = 0; i < MB__KEY_COUNT; i++) made->values[i].number = default_number((mb__key)i);
  *config = made;
  return MB_OK;
}

static void unset(mb_config *config, mb__key key) {
  mb__delete(&config->memory, config->values[key].text);
  mb__json_free(config->values[key].json);
  config->values[key].text = NULL;
  config->values[key].json = NULL;
  config->values[key].set = false;
  config->values[key].number = default_number(key);
}

void mb_config_free(mb_config *config) {
  if (!config) return;
  for (int i = 0; i < MB__KEY_COUNT; i++) unset(config, (mb__key)i);
  for (size_t i = 0; i < config->warning_count; i++) mb__delete(&config->memory, config->warnings[i]);
  mb__delete(&config->memory, config->warnings);
  mb__memory memory = config->memory;
  mb__delete(&memory, config);
}

static mb_status known(mb_config *config, const char *name, mb__key *key) {
  config->error[0] = 0;
  *key = find_key(name);
  if (*key != MB__KEY_COUNT) return MB_OK;
  const char *nearest = nearest_key(name);
  if (nearest) return fail(config, MB_UNKNOWN_KEY, "%s: no such key; did you mean %s?", name, nearest);
  return fail(config, MB_UNKNOWN_KEY, "%s: no such key", name);
}

static const char *type_shown(mb__key key) {
  static const char *const names[] = {"a text", "a number", "a number", "a flag", "an object"};
  return names[keys[key].type];
}

static mb_status check_choice(mb_config *config, mb__key key, const char *value) {
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    if (choices[i].key != key) continue;
    for (const char *const *choice = choices[i].values; *choice; choice++)
      if (strcmp(*choice, value) == 0) return MB_OK;
    return fail(config, MB_INVALID_ARGUMENT, "%s: \"%s\" is not one of its values (%s)", keys[key].name, value,
                keys[key].help);
  }
  return MB_OK;
}

static bool is_http_url(const char *url) {
  size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;
  if (!scheme || !url[scheme] || url[scheme] == '/') return false;
  for (const unsigned char *c = (const unsigned char *)url; *c; c++)
    if (*c <= ' ' || *c == 0x7F || *c == '?' || *c == '#') return false;
  return true;
}

/* Segments of a path, with '/' only between them. */
static bool is_path(const char *path) {
  for (const char *segment = path; *path; segment += *segment == '/') {
    size_t size = strspn(
        segment, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"); /* nothing that leads away */
    if (!size) return false;
    segment += size;
    if (!*segment) return true;
    if (*segment != '/') return false;
  }
  return true;
}

static mb_status set_text(mb_config *config, mb__key key, const char *value) {
  if (!mb__utf8_valid(value)) return fail(config, MB_INVALID_TEXT, "%s: not valid UTF-8", keys[key].name);
  mb_status status = check_choice(config, key, value);
  if (status) return status;
  if (key == MB__KEY_ENDPOINT && *value && !is_http_url(value))
    return fail(config, MB_INVALID_ARGUMENT, "endpoint: \"%s\" is no http:// or https:// address without ? and #",
                value);
  if (key == MB__KEY_LOCATION_HINT && (strlen(value) > MB__MOST_HINT || strchr(value, '/')))
    return fail(config, MB_INVALID_ARGUMENT, "locationHint: longer than %d characters, or more than one segment",
                MB__MOST_HINT);
  if ((key == MB__KEY_EDGE_BASE_PATH || key == MB__KEY_LOCATION_HINT) && !is_path(value))
    return fail(config, MB_INVALID_ARGUMENT, "%s: \"%s\" has more than letters, digits, '-' and '_' between slashes",
                keys[key].name, value);
  char *copy = mb__copy_text(&config->memory, value, strlen(value));
  if (!copy) return fail(config, MB_NO_MEMORY, "out of memory");
  unset(config, key);
  config->values[key].text = copy;
  config->values[key].set = true;
  return MB_OK;
}

mb_status mb_config_set_text(mb_config *config, const char *name, const char *value) {
  if (!config || !name) return MB_INVALID_ARGUMENT;
  mb__key key;
  mb_status status = known(config, name, &key);
  if (status) return status;
  if (!value) return unset(config, key), MB_OK;
  if (keys[key].type != MB__KEY_TEXT)
    return fail(config, MB_WRONG_TYPE, "%s: needs %s, not a text", name, type_shown(key));
  return set_text(config, key, value);
}

static mb_status set_number(mb_config *config, mb__key key, double value) {
  const key_row *row = &keys[key];
  bool fits =
      value >= row->least && value <= row->most && (row->type == MB__KEY_NUMBER || (double)(int64_t)value == value);
  if (!fits) {
    char number[MB__NUMBER_SIZE];
    size_t size = mb__format_number(number, value);
    mb_status status = warn(config, "%s: %.*s is out of range (%.16g to %.16g%s); the default%s%s is used", row->name,
                            (int)size, number, row->least, row->most, row->type == MB__KEY_WHOLE ? ", whole" : "",
                            *row->default_text ? " " : "", row->default_text);
    if (!status) unset(config, key);
    return status;
  }
  config->values[key].number = value;
  config->values[key].set = true;
  return MB_OK;
}

static bool takes_number(mb__key key) { return keys[key].type == MB__KEY_WHOLE || keys[key].type == MB__KEY_NUMBER; }

mb_status mb_config_set_number(mb_config *config, const char *name, double value) {
  if (!config || !name) return MB_INVALID_ARGUMENT;
  mb__key key;
  mb_status status = known(config, name, &key);
  if (status) return status;
  if (!takes_number(key)) return fail(config, MB_WRONG_TYPE, "%s: needs %s, not a number", name, type_shown(key));
  if (!isfinite(value)) return fail(config, MB_INVALID_NUMBER, "%s: not a finite number", name);
  return set_number(config, key, value);
}

mb_status mb_config_set_flag(mb_config *config, const char *name, bool value) {
  if (!config || !name) return MB_INVALID_ARGUMENT;
  mb__key key;
  mb_status status = known(config, name, &key);
  if (status) return status;
  if (keys[key].type != MB__KEY_FLAG)
    return fail(config, MB_WRONG_TYPE, "%s: needs %s, not true or false", name, type_shown(key));
  config->values[key].number = value;
  config->values[key].set = true;
  return MB_OK;
}

static mb_status set_object(mb_config *config, mb__key key, const mb__json *value) {
  mb__finding finding;
  if (mb__validate_customer_ids(value, keys[key].name, &finding))
    return fail(config, MB_WRONG_TYPE, "%s", finding.text);
  mb__writer writer;
  mb__writer_init(&writer, &config->memory);
  mb__write_json(&writer, value);
  char *text = writer.failed ? NULL : mb__copy_text(&config->memory, writer.bytes, writer.size);
  mb__writer_free(&writer);
  mb__json *copy = NULL;
  if (!text || mb__json_parse(text, strlen(text), &copy, NULL, NULL)) {
    mb__delete(&config->memory, text);
    return fail(config, MB_NO_MEMORY, "out of memory");
  }
  unset(config, key);
  config->values[key].text = text;
  config->values[key].json = copy;
  config->values[key].set = true;
  return MB_OK;
}

static bool type_fits(mb__key key, const mb__json *value) {
  switch (mb__json_type_of(value)) {
    case MB__JSON_NULL: return true;
    case MB__JSON_TEXT: return keys[key].type == MB__KEY_TEXT;
    case MB__JSON_NUMBER: return takes_number(key);
    case MB__JSON_FLAG: return keys[key].type == MB__KEY_FLAG;
    case MB__JSON_OBJECT: return keys[key].type == MB__KEY_OBJECT;
    case MB__JSON_ARRAY: break;
  }
  return false;
}

static mb_status set_member(mb_config *config, mb__key key, const mb__json *value) {
  switch (mb__json_type_of(value)) {
    case MB__JSON_TEXT: return set_text(config, key, mb__json_text(value));
    case MB__JSON_NUMBER: return set_number(config, key, mb__json_number(value));
    case MB__JSON_FLAG: return mb_config_set_flag(config, keys[key].name, mb__json_flag(value));
    case MB__JSON_OBJECT: return set_object(config, key, value);
    case MB__JSON_NULL:
    case MB__JSON_ARRAY: break;
  }
  unset(config, key);
  return MB_OK;
}

static mb_status check_members(mb_config *config, const mb__json *object) {
  for (const mb__json *member = mb__json_first(object); member; member = mb__json_next(member)) {
    mb__key key = find_key(mb__json_name(member));
    if (key != MB__KEY_COUNT && !type_fits(key, member))
      return fail(config, MB_WRONG_TYPE, "%s: needs %s, not %s", keys[key].name, type_shown(key),
                  mb__json_type_name(member));
  }
  return MB_OK;
}

static mb_status set_members(mb_config *config, const mb__json *object) {
  for (const mb__json *member = mb__json_first(object); member; member = mb__json_next(member)) {
    mb__key key;
    mb_status status = known(config, mb__json_name(member), &key);
    if (status == MB_UNKNOWN_KEY) {
      char text[sizeof config->error];
      memcpy(text, config->error, sizeof text);
      status = warn(config, "%s", text);
    } else if (!status) {
      status = set_member(config, key, member);
    }
    if (status) return status;
  }
  config->error[0] = 0;
  return MB_OK;
}

/* The warnings of both, in the configuration that is to stay. */
static mb_status join_warnings(mb_config *draft, mb_config *config) {
  size_t before = config->warning_count, count = before + draft->warning_count;
  if (!before) return MB_OK;
  char **both = mb__resize(&config->memory, NULL, (count + 1) * sizeof *both);
  if (!both) return fail(draft, MB_NO_MEMORY, "out of memory");
  memcpy(both, config->warnings, before * sizeof *both);
  for (size_t i = before; i < count; i++) both[i] = draft->warnings[i - before];
  mb__delete(&config->memory, config->warnings);
  mb__delete(&config->memory, draft->warnings);
  draft->warnings = both;
  draft->warning_count = count;
  config->warnings = NULL;
  config->warning_count = 0;
  return MB_OK;
}

/* All members or none: they are set in a draft, which then takes the place of the configuration. */
static mb_status set_all(mb_config *config, const mb__json *object) {
  mb_config *draft;
  if (mb__config_copy(config, &draft)) return fail(config, MB_NO_MEMORY, "out of memory");
  mb_status status = set_members(draft, object);
  if (!status) status = join_warnings(draft, config);
  if (status) {
    memcpy(config->error, draft->error, sizeof config->error);
  } else {
    mb_config old = *config;
    *config = *draft;
    *draft = old;
  }
  mb_config_free(draft);
  return status;
}

mb_status mb_config_set_json(mb_config *config, const char *json, size_t size) {
  if (!config || !json) return MB_INVALID_ARGUMENT;
  config->error[0] = 0;
  mb__json *object;
  size_t where;
  const char *what;
  mb_status status = mb__json_parse(json, size, &object, &where, &what);
  if (status == MB_INVALID_JSON) return fail(config, status, "at byte %zu: %s", where, what);
  if (status) return fail(config, status, "out of memory");
  if (mb__json_type_of(object) != MB__JSON_OBJECT)
    status = fail(config, MB_WRONG_TYPE, "a configuration is an object, not %s", mb__json_type_name(object));
  if (!status) status = check_members(config, object);
  if (!status) status = set_all(config, object);
  mb__json_free(object);
  return status;
}

const char *mb__config_text(const mb_config *config, mb__key key) {
  if (config->values[key].text) return config->values[key].text;
  return *keys[key].default_text ? keys[key].default_text : NULL;
}

bool mb__config_has(const mb_config *config, mb__key key) { return config->values[key].set || *keys[key].default_text; }
double mb__config_number(const mb_config *config, mb__key key) { return config->values[key].number; }

const char *mb_config_text(const mb_config *config, const char *name) {
  mb__key key = config && name ? find_key(name) : MB__KEY_COUNT;
  if (key == MB__KEY_COUNT || (keys[key].type != MB__KEY_TEXT && keys[key].type != MB__KEY_OBJECT)) return NULL;
  return mb__config_text(config, key);
}

double mb_config_number(const mb_config *config, const char *name) {
  mb__key key = config && name ? find_key(name) : MB__KEY_COUNT;
  return key != MB__KEY_COUNT && takes_number(key) ? config->values[key].number : 0;
}

bool mb_config_flag(const mb_config *config, const char *name) {
  mb__key key = config && name ? find_key(name) : MB__KEY_COUNT;
  return key != MB__KEY_COUNT && keys[key].type == MB__KEY_FLAG && config->values[key].number != 0;
}

/* A trackers's sessions have these from the configuration alone; at session level an event may bring them. */
static mb_status warn_of_gaps(mb_config *config) {
  static const mb__key useful[] = {MB__KEY_CHANNEL, MB__KEY_PLAYER_NAME};
  mb_status status = MB_OK;
  for (size_t i = 0; i < sizeof useful / sizeof *useful && !status; i++)
    if (!mb__config_has(config, useful[i]))
      status = warn(config, "%s: not set; a backend refuses sessions that do not name it", keys[useful[i]].name);
  return status;
}

static mb_status check_needed(mb_config *config, const mb__key *needed, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *text = mb__config_text(config, needed[i]);
    if (!text || !*text)
      return fail(config, MB_MISSING_KEY, "%s: missing (%s)", keys[needed[i]].name, keys[needed[i]].help);
  }
  return MB_OK;
}

mb_status mb_config_check_live(mb_config *config) {
  static const mb__key collection[] = {MB__KEY_ENDPOINT, MB__KEY_TRACKING_SERVER, MB__KEY_REPORT_SUITE, MB__KEY_ORG_ID};
  static const mb__key edge[] = {MB__KEY_ENDPOINT, MB__KEY_DATASTREAM_ID, MB__KEY_CHANNEL, MB__KEY_PLAYER_NAME};
  if (!config) return MB_INVALID_ARGUMENT;
  config->error[0] = 0;
  if (strcmp(mb__config_text(config, MB__KEY_PROTOCOL), "edge-va-v1") == 0)
    return check_needed(config, edge, sizeof edge / sizeof *edge);
  mb_status status = check_needed(config, collection, sizeof collection / sizeof *collection);
  return status ? status : warn_of_gaps(config);
}

const char *mb_config_key_name(size_t index) { return index < MB__KEY_COUNT ? keys[index].name : NULL; }
const char *mb_config_key_help(size_t index) { return index < MB__KEY_COUNT ? keys[index].help : NULL; }
const char *mb_config_key_default(size_t index) { return index < MB__KEY_COUNT ? keys[index].default_text : NULL; }

const char *mb_config_key_type(size_t index) {
  static const char *const names[] = {"text", "number", "number", "flag", "object"};
  return index < MB__KEY_COUNT ? names[keys[index].type] : NULL;
}

const char *mb_config_warning(const mb_config *config, size_t index) {
  return config && index < config->warning_count ? config->warnings[index] : NULL;
}

const char *mb_config_error(const mb_config *config) { return config ? config->error : ""; }

static mb_status copy_value(mb_config *to, const mb_config *from, mb__key key) {
  to->values[key].number = from->values[key].number;
  to->values[key].set = from->values[key].set;
  const char *text = from->values[key].text;
  if (!text) return MB_OK;
  to->values[key].text = mb__copy_text(&to->memory, text, strlen(text));
  if (!to->values[key].text) return MB_NO_MEMORY;
  if (!from->values[key].json) return MB_OK;
  return mb__json_parse(text, strlen(text), &to->values[key].json, NULL, NULL);
}

mb_status mb__config_copy(const mb_config *config, mb_config **copy) {
  *copy = NULL;
  mb_status status = mb_config_new(config->host.size ? &config->host : NULL, copy);
  for (int i = 0; i < MB__KEY_COUNT && !status; i++) status = copy_value(*copy, config, (mb__key)i);
  if (!status) return MB_OK;
  mb_config_free(*copy);
  *copy = NULL;
  return MB_NO_MEMORY;
}

static void write_setting(mb__writer *writer, const mb_config *config, mb__key key) {
  switch (keys[key].type) {
    case MB__KEY_TEXT: mb__write_text(writer, config->values[key].text); return;
    case MB__KEY_OBJECT: mb__write_raw(writer, config->values[key].text); return;
    case MB__KEY_FLAG: mb__write_flag(writer, config->values[key].number != 0); return;
    case MB__KEY_WHOLE:
    case MB__KEY_NUMBER: mb__write_number(writer, config->values[key].number); return;
  }
}

/* A recording has its own ticks and every playhead that was told. */
static bool is_of_one_log(mb__key key) { return key == MB__KEY_TICKS || key == MB__KEY_PLAYHEAD_FOLLOWS; }

void mb__config_write(mb__writer *writer, const mb_config *config, const char *extra) {
  const char *before = "{";
  for (int i = 0; i < MB__KEY_COUNT; i++) {
    if (!config->values[i].set || is_of_one_log((mb__key)i)) continue;
    mb__write_raw(writer, before);
    mb__write_text(writer, keys[i].name);
    mb__write_raw(writer, ":");
    write_setting(writer, config, (mb__key)i);
    before = ",";
  }
  if (extra) mb__write_raw(writer, before), mb__write_raw(writer, extra), before = ",";
  mb__write_raw(writer, *before == '{' ? "{}" : "}");
}
