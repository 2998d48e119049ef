/* Owns the lines of a recording. */
#include "record.h"

#include <inttypes.h>
#include <stdio.h>

#include "client.h"
#include "writer.h"

#define LITERAL(writer, text) mb__write(writer, text, sizeof(text) - 1)

static bool recording(const mb_client *client) { return client->recorder.write != NULL; }

static void begin(mb_client *client, mb__writer *line, const char *player, const char *name) {
  mb__writer_init(line, &client->memory);
  LITERAL(line, "{\"ts\":");
  mb__write_integer(line, client->now);
  if (player && *player) LITERAL(line, ",\"player\":"), mb__write_text(line, player);
  LITERAL(line, ",\"call\":");
  mb__write_text(line, name);
}

static void end(mb_client *client, mb__writer *line) {
  LITERAL(line, "}\n");
  if (line->failed)
    mb__log(client, MB_LOG_ERROR, "out of memory: a line of the recording is lost");
  else
    client->recorder.write(client->recorder.user, line->bytes, line->size);
  mb__writer_free(line);
}

/* The first line is written with the first call, because it needs a time. The seed is part of what a replay needs to give
 * the same bytes. */
static void record_configuration(mb_client *client) {
  mb__writer line;
  char extra[64];
  if (client->recorder.begun) return;
  bool has_seed = mb__config_has(client->config, MB__KEY_SEED);
  int size = snprintf(extra, sizeof extra, "\"ticks\":\"recorded\"");
  if (!has_seed) snprintf(extra + size, sizeof extra - (size_t)size, ",\"seed\":%" PRIu64, client->seed);
  begin(client, &line, NULL, "configure");
  LITERAL(&line, ",\"config\":");
  mb__config_write(&line, client->config, extra);
  end(client, &line);
  client->recorder.begun = true;
}

static void open_line(mb_client *client, mb__writer *line, const char *player, const char *name) {
  record_configuration(client);
  begin(client, line, player, name);
}

static void write_key(mb__writer *line, char before, const char *key) {
  mb__write(line, &before, 1);
  mb__write_text(line, key);
  LITERAL(line, ":");
}

static void write_text_or_null(mb__writer *line, char before, const char *key, const char *text) {
  write_key(line, before, key);
  if (text)
    mb__write_text(line, text);
  else
    LITERAL(line, "null");
}

static void write_number(mb__writer *line, char before, const char *key, double number) {
  write_key(line, before, key);
  mb__write_number(line, number);
}

static void write_flag(mb__writer *line, const char *key, bool flag) {
  write_key(line, ',', key);
  mb__write_flag(line, flag);
}

static void write_media(mb__writer *line, const mb_media_info *info) {
  write_text_or_null(line, '{', "id", info->id);
  write_text_or_null(line, ',', "name", info->name);
  write_number(line, ',', "length", info->length);
  write_text_or_null(line, ',', "streamType", info->stream_type);
  write_text_or_null(line, ',', "mediaType", info->media_type);
  write_flag(line, "resumed", info->resumed);
  write_number(line, ',', "prerollWaitingTime", (double)info->preroll_waiting_time_ms);
  write_flag(line, "granularAdTracking", info->granular_ad_tracking);
}

static void write_ad_break(mb__writer *line, const mb_ad_break_info *info) {
  write_text_or_null(line, '{', "name", info->name);
  write_number(line, ',', "position", (double)info->position);
  write_number(line, ',', "startTime", info->start_time);
}

static void write_ad(mb__writer *line, const mb_ad_info *info) {
  write_text_or_null(line, '{', "id", info->id);
  write_text_or_null(line, ',', "name", info->name);
  write_number(line, ',', "position", (double)info->position);
  write_number(line, ',', "length", info->length);
}

static void write_chapter(mb__writer *line, const mb_chapter_info *info) {
  write_text_or_null(line, '{', "name", info->name);
  write_number(line, ',', "position", (double)info->position);
  write_number(line, ',', "length", info->length);
  write_number(line, ',', "startTime", info->start_time);
}

static void write_qoe(mb__writer *line, const mb_qoe_info *info) {
  write_number(line, '{', "bitrate", info->bitrate);
  write_number(line, ',', "startupTime", info->startup_time);
  write_number(line, ',', "fps", info->fps);
  write_number(line, ',', "droppedFrames", info->dropped_frames);
}

static void write_info(mb__writer *line, const mb__call *call) {
  LITERAL(line, ",\"info\":");
  switch (call->type) {
    case MB__CALL_SESSION_START: write_media(line, &call->as.media); break;
    case MB__CALL_AD_BREAK_START: write_ad_break(line, &call->as.ad_break); break;
    case MB__CALL_AD_START: write_ad(line, &call->as.ad); break;
    case MB__CALL_CHAPTER_START: write_chapter(line, &call->as.chapter); break;
    case MB__CALL_QOE: write_qoe(line, &call->as.qoe); break;
    default: write_text_or_null(line, '{', "name", call->as.text); break;
  }
  LITERAL(line, "}");
}

static void write_metadata(mb__writer *line, const mb__call *call) {
  char before = '{';
  LITERAL(line, ",\"metadata\":");
  for (size_t i = 0; i < call->metadata_count; i++) {
    const mb_pair *pair = &call->metadata[i];
    if (!pair->key || !pair->value) continue;
    write_key(line, before, pair->key);
    mb__write_text(line, pair->value);
    before = ',';
  }
  mb__write_raw(line, before == '{' ? "{}" : "}");
}

static void write_arguments(mb__writer *line, const mb__call *call) {
  switch (call->type) {
    case MB__CALL_SESSION_START:
    case MB__CALL_AD_BREAK_START:
    case MB__CALL_AD_START:
    case MB__CALL_CHAPTER_START:
    case MB__CALL_QOE:
    case MB__CALL_STATE_START:
    case MB__CALL_STATE_END: write_info(line, call); break;
    case MB__CALL_ERROR: write_text_or_null(line, ',', "id", call->as.text); break;
    case MB__CALL_PLAYHEAD: write_number(line, ',', "value", call->as.playhead); break;
    default: break;
  }
  if (call->metadata_count) write_metadata(line, call);
}

void mb__record_call(mb_client *client, const char *player, const mb__call *call) {
  mb__writer line;
  if (!recording(client)) return;
  open_line(client, &line, player, mb__call_name(call->type));
  write_arguments(&line, call);
  end(client, &line);
}

void mb__record_details(mb_client *client, const char *player, double playhead, const mb__qoe *qoe) {
  static const char *const names[] = {"bitrate", "droppedFrames", "framesPerSecond", "timeToStart"};
  mb__writer line;
  if (!recording(client)) return;
  open_line(client, &line, player, "playerDetails");
  LITERAL(&line, ",\"details\":");
  write_number(&line, '{', "playhead", playhead);
  for (int i = 0; qoe->present && i < 4; i++) {
    if (i == 0) LITERAL(&line, ",\"qoeDataDetails\":");
    write_number(&line, i ? ',' : '{', names[i], (double)qoe->value[i]);
  }
  mb__write_raw(&line, qoe->present ? "}}" : "}");
  end(client, &line);
}

void mb__record_tick(mb_client *client) {
  mb__writer line;
  if (!recording(client)) return;
  open_line(client, &line, NULL, "tick");
  end(client, &line);
}

static void record_value(mb_client *client, const char *name, const char *value) {
  mb__writer line;
  if (!recording(client)) return;
  open_line(client, &line, NULL, name);
  LITERAL(&line, ",\"value\":");
  mb__write_raw(&line, value);
  end(client, &line);
}

void mb__record_consent(mb_client *client, mb_consent consent) {
  static const char *const values[] = {"\"in\"", "\"unknown\"", "\"out\""};
  record_value(client, "consent", values[consent]);
}

void mb__record_online(mb_client *client, bool online) { record_value(client, "online", online ? "true" : "false"); }

void mb__record_event(mb_client *client, const char *player, const char *name, const char *options, bool is_xdm,
                      const mb__json *event) {
  mb__writer line;
  if (!recording(client)) return;
  open_line(client, &line, player, name);
  LITERAL(&line, ",\"options\":{\"playerId\":");
  mb__write_text(&line, player);
  LITERAL(&line, ",");
  mb__write_raw(&line, options);
  mb__write_raw(&line, is_xdm ? "\"xdm\":" : "\"event\":");
  mb__write_json(&line, event);
  LITERAL(&line, "}");
  end(client, &line);
}
