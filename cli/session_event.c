/* Owns the table from calls to events.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-event-types */
#include "session_event.h"

typedef struct event_param {
  const char *path; /* in the log's line */
  const char *key;  /* on the wire */
} event_param;

/* params are written also when they are all missing: the library says then what it needs. */
typedef enum event_parts { BARE, PARAMS, PARAMS_AND_METADATA } event_parts;

enum { PARAMS_MAX = 7 };

typedef struct event_row {
  const char *event;              /* NULL: the call is no event */
  event_param params[PARAMS_MAX]; /* the last has no path */
  event_parts parts;
} event_row;

/* Seeking has no event of its own: the documented timelines send pauseStart and play around it. */
static const event_row events[CALL_COUNT] = {
    [CALL_SESSION_START] = {"sessionStart",
                            {{"info.id", "media.id"},
                             {"info.name", "media.name"},
                             {"info.length", "media.length"},
                             {"info.streamType", "media.contentType"},
                             {"info.mediaType", "media.streamType"},
                             {"info.resumed", "media.resume"}},
                            PARAMS_AND_METADATA},
    [CALL_PLAY] = {"play", {{0}}, BARE},
    [CALL_PAUSE] = {"pauseStart", {{0}}, BARE},
    [CALL_COMPLETE] = {"sessionComplete", {{0}}, BARE},
    [CALL_SESSION_END] = {"sessionEnd", {{0}}, BARE},
    [CALL_ERROR] = {"error", {{0}}, BARE},
    [CALL_AD_BREAK_START] = {"adBreakStart",
                             {{"info.name", "media.ad.podFriendlyName"},
                              {"info.position", "media.ad.podIndex"},
                              {"info.startTime", "media.ad.podSecond"}},
                             PARAMS},
    [CALL_AD_BREAK_COMPLETE] = {"adBreakComplete", {{0}}, BARE},
    [CALL_AD_START] = {"adStart",
                       {{"info.id", "media.ad.id"},
                        {"info.name", "media.ad.name"},
                        {"info.position", "media.ad.podPosition"},
                        {"info.length", "media.ad.length"}},
                       PARAMS_AND_METADATA},
    [CALL_AD_COMPLETE] = {"adComplete", {{0}}, BARE},
    [CALL_AD_SKIP] = {"adSkip", {{0}}, BARE},
    [CALL_CHAPTER_START] = {"chapterStart",
                            {{"info.name", "media.chapter.friendlyName"},
                             {"info.position", "media.chapter.index"},
                             {"info.length", "media.chapter.length"},
                             {"info.startTime", "media.chapter.offset"}},
                            PARAMS_AND_METADATA},
    [CALL_CHAPTER_COMPLETE] = {"chapterComplete", {{0}}, BARE},
    [CALL_CHAPTER_SKIP] = {"chapterSkip", {{0}}, BARE},
    [CALL_BUFFER_START] = {"bufferStart", {{0}}, BARE},
    [CALL_BUFFER_COMPLETE] = {"play", {{0}}, BARE},
    [CALL_SEEK_START] = {"pauseStart", {{0}}, BARE},
    [CALL_SEEK_COMPLETE] = {"play", {{0}}, BARE},
    [CALL_BITRATE_CHANGE] = {"bitrateChange", {{0}}, BARE},
    [CALL_STATE_START] = {"stateStart", {{"info.name", "media.state.name"}}, PARAMS},
    [CALL_STATE_END] = {"stateEnd", {{"info.name", "media.state.name"}}, PARAMS},
};

static void write_member(mb__writer *writer, bool *first, const char *key, const mb__json *value) {
  if (!*first) mb__write_raw(writer, ",");
  *first = false;
  mb__write_text(writer, key);
  mb__write_raw(writer, ":");
  mb__write_json(writer, value);
}

static void write_params(mb__writer *writer, const event_row *row, const log_line *line) {
  bool first = true;
  mb__write_raw(writer, ",\"params\":{");
  for (int i = 0; i < PARAMS_MAX && row->params[i].path; i++) {
    const mb__json *value = log_member(line, row->params[i].path);
    if (value) write_member(writer, &first, row->params[i].key, value);
  }
  mb__write_raw(writer, "}");
}

/* Left out when empty; pairs whose value is null are not given. */
static void write_metadata(mb__writer *writer, const mb__json *metadata) {
  bool first = true;
  for (const mb__json *pair = mb__json_first(metadata); pair; pair = mb__json_next(pair)) {
    if (!mb__json_text(pair)) continue;
    if (first) mb__write_raw(writer, ",\"customMetadata\":{");
    write_member(writer, &first, mb__json_name(pair), pair);
  }
  if (!first) mb__write_raw(writer, "}");
}

static void write_error(mb__writer *writer, const mb__json *id) {
  mb__write_raw(writer, ",\"qoeData\":{\"media.qoe.errorID\":");
  mb__write_json(writer, id);
  mb__write_raw(writer, ",\"media.qoe.errorSource\":\"player\"}");
}

bool session_event_write(mb__writer *writer, const log_line *line) {
  const event_row *row = &events[line->call];
  const mb__json *metadata = log_member(line, "metadata"), *id = log_member(line, "id");
  if (!row->event) return false;
  mb__write_raw(writer, "{\"eventType\":");
  mb__write_text(writer, row->event);
  if (row->parts != BARE) write_params(writer, row, line);
  if (row->parts == PARAMS_AND_METADATA && metadata) write_metadata(writer, metadata);
  if (line->call == CALL_ERROR && id) write_error(writer, id);
  mb__write_raw(writer, "}");
  return true;
}
