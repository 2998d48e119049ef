/* Owns the timeline on stdout, which looks the same over either wire. */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "json.h"
#include "protocol/xdm.h"

#define BOLD "\033[1m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define MAGENTA "\033[35m"
#define CYAN "\033[36m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define RESET "\033[0m"

typedef struct show_row {
  const char *event;
  const char *colour;
  const char *facts[3]; /* keys of protocol v1, by which the table knows their place in XDM too */
} show_row;

static const show_row rows[] = {
    {"sessionStart", BOLD, {"media.name", "media.contentType", "media.length"}},
    {"play", GREEN, {0}},
    {"pauseStart", YELLOW, {0}},
    {"bufferStart", YELLOW, {0}},
    {"ping", DIM, {0}},
    {"bitrateChange", BLUE, {0}},
    {"error", RED, {"media.qoe.errorID", "media.errorId", NULL}},
    {"adBreakStart", MAGENTA, {"media.ad.podFriendlyName", "media.ad.podIndex", NULL}},
    {"adBreakComplete", MAGENTA, {0}},
    {"adStart", MAGENTA, {"media.ad.name", "media.ad.advertiser", "media.ad.length"}},
    {"adComplete", MAGENTA, {0}},
    {"adSkip", MAGENTA, {0}},
    {"chapterStart", CYAN, {"media.chapter.friendlyName", "media.chapter.length", NULL}},
    {"chapterComplete", CYAN, {0}},
    {"chapterSkip", CYAN, {0}},
    {"stateStart", BLUE, {"media.state.name", NULL, NULL}},
    {"stateEnd", BLUE, {"media.state.name", NULL, NULL}},
    {"statesUpdate", BLUE, {0}},
    {"sessionComplete", BOLD, {0}},
    {"sessionEnd", BOLD, {0}},
};

/* One event on its way out, of either protocol. */
typedef struct shown {
  const char *type;
  int64_t ts;
  double playhead;
  const mb__json *params, *qoe; /* of the Media Collection API */
  const mb__json *media;        /* the mediaCollection of an event in XDM form, else NULL */
} shown;

static const show_row *row_of(const char *event) {
  static const show_row other = {"", "", {0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (event && strcmp(rows[i].event, event) == 0) return &rows[i];
  return &other;
}

static void print_text(const char *text) {
  while (*text) {
    size_t skip = console_controls(text);
    putchar(skip ? '?' : *text);
    text += skip ? skip : 1;
  }
}

static bool is_length(const char *key) { return strlen(key) > 7 && strcmp(key + strlen(key) - 7, ".length") == 0; }

static const mb__json *in_xdm(const mb__json *media, const mb__field_row *field) {
  if (!field->xdm) return NULL;
  bool inside = field->object != MB__XDM_COLLECTION;
  return mb__json_get(inside ? mb__json_get(media, mb__xdm_objects[field->object]) : media, field->xdm);
}

static const mb__json *fact(const shown *event, const char *key) {
  mb__field field = mb__field_named(key);
  if (event->media) return field == MB__FIELD_COUNT ? NULL : in_xdm(event->media, &mb__fields[field]);
  const mb__json *value = mb__json_get(event->params, key);
  return value ? value : mb__json_get(event->qoe, key);
}

static void print_fact(const shown *event, const char *key) {
  const mb__json *value = fact(event, key);
  if (!value) return;
  printf("  ");
  if (mb__json_text(value))
    print_text(mb__json_text(value));
  else
    printf("%s%.10g%s", is_length(key) ? "" : "#", mb__json_number(value), is_length(key) ? " s" : "");
}

static void print_states(const shown *event, const char *key, char sign) {
  const mb__json *states = fact(event, key);
  for (const mb__json *state = states ? mb__json_first(states) : NULL; state; state = mb__json_next(state)) {
    const char *name = mb__state_name(state);
    printf("  %c", sign);
    print_text(name ? name : "?");
  }
}

static void print_bitrate(const shown *event) {
  const mb__json *bitrate = fact(event, "media.qoe.bitrate");
  if (bitrate) printf("  %.10g bit/s", mb__json_number(bitrate));
}

static void print_time(int64_t ms) {
  printf("%3" PRId64 ":%02" PRId64 ".%03" PRId64, ms / 60000, ms / 1000 % 60, ms % 1000);
}

static void print_event(const timeline *show, const mb_request *request, const shown *event) {
  const char *player = mb_request_player(request);
  const show_row *row = row_of(event->type);
  print_time(event->ts - show->start_ms);
  printf("  ");
  print_text(player);
  printf("%s#%" PRIu32 "  ", *player ? " " : "", mb_request_session(request));
  printf("%s%-16s%s", show->colour ? row->colour : "", event->type ? event->type : "?", show->colour ? RESET : "");
  printf("%8.1f s", event->playhead);
  for (size_t i = 0; i < sizeof row->facts / sizeof *row->facts && row->facts[i]; i++) print_fact(event, row->facts[i]);
  print_states(event, "statesStart", '+');
  print_states(event, "statesEnd", '-');
  print_bitrate(event);
  putchar('\n');
}

static shown collection_event(const mb__json *event) {
  const mb__json *time = mb__json_get(event, "playerTime");
  return (shown){.type = mb__json_text(mb__json_get(event, "eventType")),
                 .ts = (int64_t)mb__json_number(mb__json_get(time, "ts")),
                 .playhead = mb__json_number(mb__json_get(time, "playhead")),
                 .params = mb__json_get(event, "params"),
                 .qoe = mb__json_get(event, "qoeData")};
}

/* An entry of a downloaded session has other names for the same. */
static shown edge_event(const mb__json *xdm, bool downloaded) {
  const char *type = mb__json_text(mb__json_get(xdm, downloaded ? "mediaEventType" : "eventType"));
  const char *time = mb__json_text(mb__json_get(xdm, downloaded ? "mediaEventTimestamp" : "timestamp"));
  const mb__json *media = mb__json_get(xdm, "mediaCollection"), *playhead = mb__json_get(media, "playhead");
  shown event = {.type = type && strchr(type, '.') ? strchr(type, '.') + 1 : type, .media = media};
  if (playhead) event.playhead = mb__json_number(playhead);
  if (time) mb__time_from_text(time, &event.ts);
  return event;
}

static void print_collection(const timeline *show, const mb_request *request, const mb__json *body) {
  bool batch = mb__json_type_of(body) == MB__JSON_ARRAY;
  for (const mb__json *e = batch ? mb__json_first(body) : body; e; e = batch ? mb__json_next(e) : NULL) {
    shown event = collection_event(e);
    print_event(show, request, &event);
  }
}

static void print_edge(const timeline *show, const mb_request *request, const mb__json *events) {
  for (const mb__json *e = mb__json_first(events); e; e = mb__json_next(e)) {
    const mb__json *xdm = mb__json_get(e, "xdm"), *batch = mb__json_get(xdm, "mediaDownloadedEvents");
    for (const mb__json *one = batch ? mb__json_first(batch) : xdm; one; one = batch ? mb__json_next(one) : NULL) {
      shown event = edge_event(one, batch != NULL);
      print_event(show, request, &event);
    }
  }
}

static void print_events(void *user, const mb_request *request, int64_t now_ms) {
  (void)now_ms;
  size_t size;
  const char *body = mb_request_body(request, &size);
  mb__json *tree;
  if (mb__json_parse(body, size, &tree, NULL, NULL) != MB_OK) return;
  const mb__json *events = mb__json_get(tree, "events");
  if (events)
    print_edge(user, request, events);
  else
    print_collection(user, request, tree);
  mb__json_free(tree);
  fflush(stdout);
}

request_printer show_printer(timeline *show) { return (request_printer){print_events, show}; }

/* ---- In front of a transport ---- */

typedef struct watched {
  mb_transport inner;
  request_printer printer;
} watched;

/* Printed before it goes, because an answer may end the request's life inside send. */
static mb_status watched_send(void *user, mb_request *request, int64_t now_ms) {
  watched *w = user;
  w->printer.print(w->printer.user, request, now_ms);
  return w->inner.send(w->inner.user, request, now_ms);
}

static void watched_cancel(void *user, mb_request *request) {
  watched *w = user;
  w->inner.cancel(w->inner.user, request);
}

static void watched_poll(void *user, int64_t now_ms) {
  watched *w = user;
  w->inner.poll(w->inner.user, now_ms);
}

static int64_t watched_deadline(void *user) {
  watched *w = user;
  return w->inner.next_deadline(w->inner.user);
}

static int64_t watched_wait(void *user, int64_t timeout_ms) {
  watched *w = user;
  return w->inner.wait(w->inner.user, timeout_ms);
}

static void watched_free(void *user) {
  watched *w = user;
  if (w->inner.free) w->inner.free(w->inner.user);
  free(w);
}

bool show_what_is_sent(request_printer printer, mb_transport *transport) {
  watched *w = calloc(1, sizeof *w);
  if (!w) return false;
  w->inner = *transport;
  w->printer = printer;
  transport->user = w;
  transport->send = watched_send;
  transport->cancel = watched_cancel;
  transport->poll = w->inner.poll ? watched_poll : NULL;
  transport->next_deadline = w->inner.next_deadline ? watched_deadline : NULL;
  transport->wait = w->inner.wait ? watched_wait : NULL;
  transport->free = watched_free;
  return true;
}
