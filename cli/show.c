/* Owns the timeline on stdout. */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

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
  const char *facts[3]; /* keys in params or qoeData */
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
    {"sessionComplete", BOLD, {0}},
    {"sessionEnd", BOLD, {0}},
};

static const show_row *row_of(const char *event) {
  static const show_row other = {"", "", {0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (event && strcmp(rows[i].event, event) == 0) return &rows[i];
  return &other;
}

/* How many bytes at the start of a text a terminal might obey: controls, and what turns the direction of writing. */
static size_t controls(const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  if (c[0] < 0x20 || c[0] == 0x7F) return 1;
  if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) return 2;
  bool turns = c[0] == 0xE2 &&
               ((c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) || (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9));
  return turns ? 3 : 0;
}

static void print_text(const char *text) {
  while (*text) {
    size_t skip = controls(text);
    putchar(skip ? '?' : *text);
    text += skip ? skip : 1;
  }
}

static bool is_length(const char *key) { return strlen(key) > 7 && strcmp(key + strlen(key) - 7, ".length") == 0; }

static void print_fact(const mb__json *event, const char *key) {
  const mb__json *value = mb__json_get(mb__json_get(event, "params"), key);
  if (!value) value = mb__json_get(mb__json_get(event, "qoeData"), key);
  if (!value) return;
  printf("  ");
  if (mb__json_text(value))
    print_text(mb__json_text(value));
  else
    printf("%s%.10g%s", is_length(key) ? "" : "#", mb__json_number(value), is_length(key) ? " s" : "");
}

static void print_bitrate(const mb__json *event) {
  const mb__json *bitrate = mb__json_get(mb__json_get(event, "qoeData"), "media.qoe.bitrate");
  if (bitrate) printf("  %.10g bit/s", mb__json_number(bitrate));
}

static void print_time(int64_t ms) {
  printf("%3" PRId64 ":%02" PRId64 ".%03" PRId64, ms / 60000, ms / 1000 % 60, ms % 1000);
}

static void print_event(const timeline *show, const mb_request *request, const mb__json *event) {
  const char *type = mb__json_text(mb__json_get(event, "eventType")), *player = mb_request_player(request);
  const mb__json *time = mb__json_get(event, "playerTime");
  const show_row *row = row_of(type);
  print_time((int64_t)mb__json_number(mb__json_get(time, "ts")) - show->start_ms);
  printf("  ");
  print_text(player);
  printf("%s#%" PRIu32 "  ", *player ? " " : "", mb_request_session(request));
  printf("%s%-16s%s", show->colour ? row->colour : "", type ? type : "?", show->colour ? RESET : "");
  printf("%8.1f s", mb__json_number(mb__json_get(time, "playhead")));
  for (size_t i = 0; i < sizeof row->facts / sizeof *row->facts && row->facts[i]; i++) print_fact(event, row->facts[i]);
  print_bitrate(event);
  putchar('\n');
}

static void print_events(void *user, const mb_request *request, int64_t now_ms) {
  (void)now_ms;
  const timeline *show = user;
  size_t size;
  const char *body = mb_request_body(request, &size);
  mb__json *tree;
  if (mb__json_parse(body, size, &tree, NULL, NULL) != MB_OK) return;
  bool batch = mb__json_type_of(tree) == MB__JSON_ARRAY;
  for (const mb__json *e = batch ? mb__json_first(tree) : tree; e; e = batch ? mb__json_next(e) : NULL)
    print_event(show, request, e);
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
