/* Owns the rules of what events say: player states, quality, errors, metadata. */
#include <inttypes.h>
#include <string.h>

#include "findings_parts.h"

enum { LONGEST_STATE = 64 };
enum { BITRATE, DROPPED_FRAMES, FRAMES_PER_SECOND, TIME_TO_START }; /* as in mb__qoe */

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Player states. */

static bool is_of_states(mb__event_type type) {
  return type == MB__EVENT_STATE_START || type == MB__EVENT_STATE_END || type == MB__EVENT_STATES_UPDATE;
}

static bool changes_a_state(const mbc_checking *c) {
  for (size_t state = 0; state < c->history->state_count; state++) {
    if (!c->latest[state]) continue;
    const mbc_span *latest = &c->history->state_spans[c->latest[state] - 1].span;
    if (latest->from == c->at || (latest->to == c->at && !latest->open)) return true;
  }
  return false;
}

static void check_states(mbc_checking *c) {
  bool is_too_many = c->now->notes & MBC_STATE_LIMIT;
  if (is_too_many) mbc_report_at(c, MBC_FINDING_TOO_MANY_STATES, c->now, NULL);
  if (is_of_states(c->now->type) && !is_too_many && !changes_a_state(c))
    mbc_report_at(c, MBC_FINDING_STATE_UNCHANGED, c->now, NULL);
}

static void check_state_name(mbc_checking *c, const char *name) {
  if (name && (!mb__metadata_key_fits(name) || strlen(name) > LONGEST_STATE))
    mbc_report_at(c, MBC_FINDING_STATE_NAME, c->now, "%s", name);
}

static void check_state_names(mbc_checking *c) {
  if (!is_of_states(c->now->type) || !c->now->reading) return;
  const mb__values *values = &c->now->reading->values;
  if (values->set[MB__FIELD_MEDIA_STATE_NAME]) check_state_name(c, values->value[MB__FIELD_MEDIA_STATE_NAME].as.text);
  if (!values->set[MB__FIELD_STATES_START]) return;
  const mb__json *states = values->value[MB__FIELD_STATES_START].as.json;
  for (const mb__json *state = mb__json_first(states); state; state = mb__json_next(state))
    check_state_name(c, mb__state_name(state));
}

/* Quality. */

static bool says(const mb__qoe *qoe, int what) { return qoe->present & 1u << what; }

static void check_bitrate(mbc_checking *c) {
  if (c->now->type == MB__EVENT_BITRATE_CHANGE && !says(&c->now->qoe, BITRATE))
    mbc_report_at(c, MBC_FINDING_MISSING_BITRATE, c->now, NULL);
}

static void check_dropped_frames(mbc_checking *c) {
  const mb__qoe *qoe = &c->now->qoe;
  if (!says(qoe, DROPPED_FRAMES)) return;
  int64_t now = qoe->value[DROPPED_FRAMES];
  if (now < c->dropped_frames)
    mbc_report_at(c, MBC_FINDING_DROPPED_FRAMES_FALL, c->now, "%" PRId64 " behind %" PRId64, now, c->dropped_frames);
  c->dropped_frames = now;
}

static void check_time_to_start(mbc_checking *c) {
  const mb__qoe *qoe = &c->now->qoe;
  if (!says(qoe, TIME_TO_START)) return;
  int64_t now = qoe->value[TIME_TO_START];
  bool is_known = c->time_to_start > 0 && c->at > c->history->content_start;
  if (is_known && now != c->time_to_start)
    mbc_report_at(c, MBC_FINDING_TIME_TO_START_CHANGES, c->now, "%" PRId64 " ms behind %" PRId64 " ms", now,
                  c->time_to_start);
  c->time_to_start = now;
}

/* Over the Media Edge API unknown members are not refused, so that quality may be anywhere. */

static bool is_quality(const char *name) {
  static const char *const names[] = {"bitrate",     "droppedFrames", "framesPerSecond",
                                      "timeToStart", "qoeData",       "qoeDataDetails"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return begins(name, "media.qoe.");
}

static bool is_in_place(const char *parent, const char *name) {
  bool is_block = strcmp(parent, "mediaCollection") == 0 && strcmp(name, "qoeDataDetails") == 0;
  return is_block || strcmp(name, "customMetadata") == 0;
}

static const char *find_misplaced(const mb__json *value, const char *parent) {
  for (const mb__json *member = mb__json_first(value); member; member = mb__json_next(member)) {
    const char *name = mb__json_name(member);
    if (name && is_in_place(parent, name)) continue;
    if (name && is_quality(name)) return name;
    mb__json_type type = mb__json_type_of(member);
    bool is_container = type == MB__JSON_OBJECT || type == MB__JSON_ARRAY;
    const char *found = is_container ? find_misplaced(member, name ? name : "") : NULL;
    if (found) return found;
  }
  return NULL;
}

static bool may_speak_of_quality(const char *body) {
  return strstr(body, "\"bitrate\"") || strstr(body, "\"droppedFrames\"") || strstr(body, "\"framesPerSecond\"") ||
         strstr(body, "\"timeToStart\"") || strstr(body, "media.qoe.");
}

static void check_place(mbc_checking *c) {
  mb__json *tree = NULL;
  if (!c->history->session.edge || !may_speak_of_quality(c->now->body)) return;
  if (mb__json_parse(c->now->body, c->now->size, &tree, NULL, NULL)) { /* it was parsed before */
    c->status = MB_NO_MEMORY;
    return;
  }
  const char *misplaced = find_misplaced(tree, "");
  if (misplaced) mbc_report_at(c, MBC_FINDING_QUALITY_MISPLACED, c->now, "%s", misplaced);
  mb__json_free(tree);
}

/* Errors. */

static void check_error(mbc_checking *c) {
  if (c->now->type != MB__EVENT_ERROR || !c->now->reading) return;
  const mb__reading *reading = c->now->reading;
  const char *id = reading->moment.error_id;
  if ((!id || !*id) && reading->values.set[MB__FIELD_MEDIA_ERROR_ID])
    id = reading->values.value[MB__FIELD_MEDIA_ERROR_ID].as.text;
  if (!id || !*id) mbc_report_at(c, MBC_FINDING_MISSING_ERROR_ID, c->now, NULL);
}

/* Metadata. */

static bool is_standard(const char *key, mb__event_type type) {
  mb__field field = mb__field_named(key);
  bool is_sent = field < MB__FIELD_COUNT && mb__field_allowed(field, type);
  return is_sent || (begins(key, "a.") && mb__field_from_metadata(key, type, false) < MB__FIELD_COUNT);
}

static void check_key(mbc_checking *c, const char *key) {
  if (begins(key, "media.qoe.") || begins(key, "a.media.qoe."))
    mbc_report_at(c, MBC_FINDING_QUALITY_MISPLACED, c->now, "%s in customMetadata", key);
  else if (is_standard(key, c->now->type))
    mbc_report_at(c, MBC_FINDING_METADATA_OVERWRITES, c->now, "%s", key);
  else if (begins(key, "media.") || begins(key, "a."))
    mbc_report_at(c, MBC_FINDING_METADATA_RESERVED, c->now, "%s", key);
}

static void check_metadata(mbc_checking *c) {
  const mb__reading *reading = c->now->reading;
  for (size_t i = 0; reading && i < reading->metadata_count; i++)
    if (reading->metadata[i].key) check_key(c, reading->metadata[i].key);
}

mbc_rule *const mbc_rules_of_details[] = {check_states,         check_state_names,   check_bitrate,
                                          check_dropped_frames, check_time_to_start, check_place,
                                          check_error,          check_metadata,      NULL};
