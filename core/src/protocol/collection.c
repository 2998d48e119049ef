/* Owns the reading of v1 bodies. */
#include "collection.h"

#include <math.h>
#include <stdio.h>

#include "../text.h"

static mb_status out_of_range(const char *block, const mb__json *member, mb__finding *finding) {
  snprintf(finding->text, sizeof finding->text, "%s.%.200s: out of range", block, mb__json_name(member));
  return MB_INVALID_EVENT;
}

/* Beyond 2^53 the number that was read is no longer the one that was written. */
static bool is_exact(const mb__json *value) {
  return !mb__json_is_integer(value) || fabs(mb__json_number(value)) <= MB__MOST_EXACT;
}

static mb_status read_player_time(const mb__json *body, mb__reading *reading, mb__finding *finding) {
  const mb__json *time = mb__json_get(body, "playerTime");
  const mb__json *playhead = mb__json_get(time, "playhead"), *ts = mb__json_get(time, "ts");
  reading->has_playhead = playhead != NULL;
  reading->has_ts = ts != NULL;
  if (playhead) reading->moment.playhead = mb__json_number(playhead);
  if (playhead && isnan(reading->moment.playhead)) return out_of_range("playerTime", playhead, finding);
  if (ts && !(fabs(mb__json_number(ts)) <= MB__MOST_EXACT)) return out_of_range("playerTime", ts, finding);
  if (ts) reading->moment.ts = (int64_t)mb__json_number(ts);
  return MB_OK;
}

static mb_status read_params(const mb__json *body, mb__reading *reading, mb__finding *finding) {
  const mb__json *params = mb__json_get(body, "params");
  for (const mb__json *member = params ? mb__json_first(params) : NULL; member; member = mb__json_next(member)) {
    mb__field field = mb__field_named(mb__json_name(member));
    if (mb__fields[field].type == MB__TYPE_INTEGER && !is_exact(member)) return out_of_range("params", member, finding);
    mb__set_json(&reading->values, field, member);
    if (field == MB__FIELD_MEDIA_RESUME) reading->moment.resume = mb__json_flag(member);
  }
  return MB_OK;
}

static mb_status read_qoe(const mb__json *body, mb__reading *reading, mb__finding *finding) {
  const mb__json *qoe = mb__json_get(body, "qoeData");
  mb__moment *moment = &reading->moment;
  for (const mb__json *member = qoe ? mb__json_first(qoe) : NULL; member; member = mb__json_next(member)) {
    mb__field field = mb__field_named(mb__json_name(member));
    if (field == MB__FIELD_MEDIA_QOE_ERROR_ID) {
      moment->error_id = mb__json_text(member);
    } else if (field == MB__FIELD_MEDIA_QOE_ERROR_SOURCE) {
      moment->error_source = mb__json_text(member);
    } else {
      int i = (int)field - MB__FIELD_MEDIA_QOE_BITRATE;
      if (!is_exact(member)) return out_of_range("qoeData", member, finding);
      moment->qoe.value[i] = (int64_t)mb__json_number(member);
      moment->qoe.present = (uint8_t)(moment->qoe.present | 1u << i);
    }
  }
  return MB_OK;
}

static mb_status read_metadata(const mb__memory *memory, const mb__json *body, mb__reading *reading) {
  const mb__json *metadata = mb__json_get(body, "customMetadata");
  size_t count = 0;
  for (const mb__json *pair = metadata ? mb__json_first(metadata) : NULL; pair; pair = mb__json_next(pair)) count++;
  if (!count) return MB_OK;
  reading->metadata = mb__resize(memory, NULL, count * sizeof(mb_pair));
  if (!reading->metadata) return MB_NO_MEMORY;
  for (const mb__json *pair = mb__json_first(metadata); pair; pair = mb__json_next(pair))
    reading->metadata[reading->metadata_count++] = (mb_pair){mb__json_name(pair), mb__json_text(pair)};
  return MB_OK;
}

mb_status mb__collection_read(const mb__memory *memory, const mb__json *body, mb__reading *reading,
                              mb__finding *finding) {
  mb_status status = read_player_time(body, reading, finding);
  if (!status) status = read_params(body, reading, finding);
  if (!status) status = read_qoe(body, reading, finding);
  return status ? status : read_metadata(memory, body, reading);
}
