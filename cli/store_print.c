/* Owns the lines that show a store. */
#include "store_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "writer.h"

static const char *const owners[STORE_OWNERS] = {"alive", "gone", "aside"};

static const char *state_of(const store_session *session) {
  const mb__journal_state *state = &session->state;
  if (session->is_copy) return "copy";
  if (state->finding == MB__JOURNAL_FOREIGN || state->finding == MB__JOURNAL_NEWER) return "unknown";
  if (session->owner == STORE_ASIDE) return "aside";
  return state->ended ? "ended" : "open";
}

static const char *kind_of(const mb__journal_state *state) {
  if (!state->header.protocol) return "-";
  return state->header.downloaded ? "downloaded" : "online";
}

static const char *text_or(const char *text, const char *other) { return text && *text ? text : other; }

/* ---- To a person ---- */

static void print_text(const char *text) {
  while (*text) {
    size_t skip = console_controls(text);
    putchar(skip ? '?' : *text);
    text += skip ? skip : 1;
  }
}

static void print_bytes(uint64_t bytes) {
  static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
  size_t unit = 0;
  double number = (double)bytes;
  while (number >= 1000 && unit + 1 < sizeof units / sizeof *units) number /= 1000, unit++;
  printf(unit && number < 10 ? "%6.1f %-2s" : "%6.0f %-2s", number, units[unit]);
}

static void print_age(int64_t ms) {
  static const struct {
    int64_t ms;
    const char *name;
  } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}};
  size_t unit = 0;
  if (ms < 0) ms = 0; /* a clock was set back */
  while (unit < 3 && ms < units[unit].ms) unit++;
  printf("%6" PRId64 " %-3s", ms / units[unit].ms, units[unit].name);
}

static void begin_folder(store_list *list, const store_session *session) {
  if (strcmp(list->folder, session->folder) == 0) return;
  snprintf(list->folder, sizeof list->folder, "%s", session->folder);
  if (!list->begun)
    printf("%9s%9s%9s%10s  %-10s  %-13s  %-7s  session\n", "events", "done", "bytes", "age", "kind", "protocol",
           "state");
  list->begun = true;
  printf("%s%s%s\n", session->folder, session->owner == STORE_ASIDE ? "" : "  ",
         session->owner == STORE_ASIDE ? "" : owners[session->owner]);
}

static void print_note(const char *before, const char *text) {
  printf("%20s%s", "", before);
  print_text(text);
  putchar('\n');
}

void store_print_line(store_survey *survey, const store_session *session) {
  store_list *list = survey->user;
  const mb__journal_state *state = &session->state;
  begin_folder(list, session);
  printf("%9" PRIu64 "%9" PRIu64, state->events, state->done);
  print_bytes(state->size);
  print_age(state->header.protocol ? list->now_ms - state->header.created : 0);
  printf("  %-10s  %-13s  %-7s  #%" PRIu32 " ", kind_of(state), text_or(state->header.protocol, "-"), state_of(session),
         state->header.session);
  print_text(text_or(state->header.player, "(unnamed)"));
  putchar('\n');
  if (state->id) print_note("id ", state->id);
  if (state->opening) print_note("", "whether the backend took its opening is not known");
  if (state->aside) print_note("the backend: ", state->aside);
}

/* ---- To a program ---- */

static void begin_member(mb__writer *out, const char *name) {
  mb__write_raw(out, ",\"");
  mb__write_raw(out, name);
  mb__write_raw(out, "\":");
}

static void write_text(mb__writer *out, const char *name, const char *value) {
  begin_member(out, name);
  if (value)
    mb__write_text(out, value);
  else
    mb__write_raw(out, "null");
}

static void write_count(mb__writer *out, const char *name, uint64_t value) {
  begin_member(out, name);
  mb__write_integer(out, (int64_t)value);
}

static void print_written(store_survey *survey, mb__writer *out) {
  mb__write_raw(out, "}\n");
  if (out->failed)
    survey->unreadable++, console_error(survey->console, "out of memory");
  else
    fwrite(out->bytes, 1, out->size, stdout);
  mb__writer_free(out);
}

static void write_names(mb__writer *out, const store_session *session) {
  mb__writer_init(out, &mb__c_library);
  mb__write_raw(out, "{\"folder\":");
  mb__write_text(out, session->folder);
  write_text(out, "file", session->file);
  write_text(out, "client", owners[session->owner]);
}

static void write_header(mb__writer *out, const mb__journal_state *state) {
  const mb__journal_header *header = &state->header;
  if (!header->protocol) return;
  write_text(out, "player", header->player);
  write_count(out, "session", header->session);
  write_text(out, "kind", kind_of(state));
  write_text(out, "protocol", header->protocol);
  begin_member(out, "created");
  mb__write_integer(out, header->created);
}

void store_print_json(store_survey *survey, const store_session *session) {
  static const char *const findings[] = {"good", "torn", "damaged", "empty", "foreign", "newer"};
  const mb__journal_state *state = &session->state;
  mb__writer out;
  write_names(&out, session);
  write_header(&out, state);
  write_text(&out, "state", state_of(session));
  write_text(&out, "id", state->id);
  begin_member(&out, "opening");
  mb__write_flag(&out, state->opening);
  write_text(&out, "error", state->aside);
  write_count(&out, "events", state->events);
  write_count(&out, "done", state->done);
  write_count(&out, "bytes", state->size);
  write_text(&out, "journal", findings[state->finding]);
  print_written(survey, &out);
}

/* ---- Event by event ---- */

typedef struct exporter {
  store_survey *survey;
  const store_session *session;
} exporter;

/* A journal is text that anybody could have written. */
static bool is_json(const char *body, size_t size) {
  mb__json *value = NULL;
  mb_status status = mb__json_parse(body, size, &value, NULL, NULL);
  mb__json_free(value);
  return status == MB_OK;
}

static mb__fault print_event(void *user, uint64_t number, const char *body, size_t size) {
  exporter *in = user;
  if (!is_json(body, size)) return MB__FAULT_FAILED;
  mb__writer out;
  write_names(&out, in->session);
  write_header(&out, &in->session->state);
  write_count(&out, "event", number);
  begin_member(&out, "body");
  mb__write(&out, body, size);
  print_written(in->survey, &out);
  return MB__FAULT_OK;
}

void store_print_events(store_survey *survey, const store_session *session) {
  exporter in = {survey, session};
  if (!store_session_waiting(session)) return;
  mb__fault fault = store_session_events(survey, session, &in, print_event);
  if (!fault || fault == MB__FAULT_ABSENT) return;
  survey->unreadable++;
  console_error(survey->console, "%s: %s", session->path,
                fault == MB__FAULT_FAILED ? "an event in it cannot be read" : mb__fault_text(fault));
}
