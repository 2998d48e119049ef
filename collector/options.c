/* Owns the options: a table, and one reader for "--name value", "--name=value" and "--flag". */
#include "options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "token.h"

const char mbc_options_help[] =
    "Usage: mediabeat collector [options]\n"
    "       mediabeat collector --export [--normalised] --data FILE\n"
    "\n"
    "A backend for the Media Collection API and the Media Edge API on your own machine.\n"
    "It checks what clients send as the real ones do, answers the same, times sessions out,\n"
    "keeps every session and event, and shows them.\n"
    "\n"
    "  --port N             port to listen on, 0 for any that is free (default 8484)\n"
    "  --listen ADDRESS     address to listen on (default 127.0.0.1: this machine only);\n"
    "                       any other one needs --token\n"
    "  --token TEXT         what one has to know to look at sessions and to control the\n"
    "                       collector: 16 or more letters, digits and -._~\n"
    "  --data FILE          keep everything in FILE, an SQLite database made when missing\n"
    "                       (default: in memory, gone at the end)\n"
    "  --export             write the events in FILE as JSON Lines and end; may be used\n"
    "                       while a collector runs on FILE\n"
    "  --normalised         in the form that is the same whichever API an event came by,\n"
    "                       session after session; with --export\n"
    "  --org ID             organisation that Media Edge answers speak of; a Web SDK wants\n"
    "                       its own (default 000000000000000000000000@AdobeOrg)\n"
    "  --verbose            one line for each request on standard error\n"
    "  -h, --help           this text\n"
    "\n"
    "Testing clients:\n"
    "  --clock CLOCK        real, or manual: stands still until POST /api/clock moves it;\n"
    "                       manual:MS starts at MS since 1970 (default real)\n"
    "  --fault FAULT        delay=MS, status=N, close or drop, and when: path=PATTERN,\n"
    "                       rate=0..1, seed=N, nth=N, count=N, joined by commas; may be\n"
    "                       given more than once\n"
    "  --close-at-end       close what is open when the collector ends\n"
    "  --drop-after-close   answer 204 instead of 410 to events of a closed session, and drop\n"
    "                       them; not over the Media Edge API\n"
    "\n"
    "When sessions close, in seconds:\n"
    "  --timeout S          without events (default 600)\n"
    "  --complete-grace S   without events after sessionComplete (default 600)\n"
    "  --movement-timeout S without movement of the playhead (default 1800)\n"
    "  --max-age S          since their start; 0 for never (default 0)\n"
    "  --edge-max-age S     the same of Media Edge sessions (default 86400)\n"
    "  --gone S             how long a closed session is answered 410, then 404 (default\n"
    "                       86400)\n"
    "\n"
    "Limits:\n"
    "  --body-limit BYTES   longest body of a request (default 1048576)\n"
    "  --batch-limit BYTES  longest body to /api/v1/downloaded (default 16777216)\n"
    "  --edge-limit BYTES   longest body of a request to the Media Edge API (default 65536)\n"
    "  --header-limit BYTES longest head of a request (default 32768)\n"
    "  --request-time S     how long a request may take to arrive (default 30)\n"
    "  --connection-limit N connections at once (default 4096)\n"
    "  --address-limit N    of them from one address (default 1024)\n"
    "  --session-limit N    open sessions (default 100000)\n"
    "  --event-limit N      events of a session, then it is closed (default 100000)\n"
    "  --data-limit BYTES   what is kept; then the oldest closed sessions go (default\n"
    "                       1073741824)\n"
    "  --keep-days N        how long closed sessions are kept; 0 for as long as there is room\n"
    "                       (default 0)\n"
    "\n"
    "When it is ready it prints \"collector listening on http://ADDRESS:PORT\". SIGTERM and\n"
    "SIGINT end it. Exit status: 0 ended as told, 1 the address or FILE cannot be used,\n"
    "2 bad usage.\n"
    "\n"
    "Examples:\n"
    "  mediabeat collector                             try it: sessions at /api/sessions\n"
    "  mediabeat collector --port 0 --data run.db      a test run whose events are kept\n"
    "  mediabeat collector --fault status=503,rate=0.1 every tenth request is refused\n"
    "  mediabeat collector --export --data run.db | jq .event.eventType\n"
    "  curl http://127.0.0.1:8484/api/sessions         what has been collected\n"
    "  curl http://127.0.0.1:8484/api/v1/schemas/play  what a play event must look like\n";

typedef enum kind { FLAG, TEXT, NUMBER, FAULT } kind;

typedef struct option {
  const char *name;
  kind kind;
  size_t offset;      /* of the member it sets */
  size_t least, most; /* of a number */
} option;

enum { MOST_SECONDS = 1000000000, MOST_DIGITS = 15 };

#define MEMBER(name) offsetof(mbc_options, name)

static const option table[] = {
    {"--help", FLAG, MEMBER(help), 0, 0},
    {"-h", FLAG, MEMBER(help), 0, 0},
    {"--verbose", FLAG, MEMBER(verbose), 0, 0},
    {"--export", FLAG, MEMBER(export), 0, 0},
    {"--normalised", FLAG, MEMBER(normalised), 0, 0},
    {"--listen", TEXT, MEMBER(listen), 0, 0},
    {"--data", TEXT, MEMBER(data), 0, 0},
    {"--port", NUMBER, MEMBER(port), 0, 65535},
    {"--body-limit", NUMBER, MEMBER(body_limit), 1, 1u << 30},
    {"--batch-limit", NUMBER, MEMBER(batch_limit), 1, 1u << 30},
    {"--edge-limit", NUMBER, MEMBER(edge_limit), 1, 1u << 30},
    {"--header-limit", NUMBER, MEMBER(header_limit), 4096, 1u << 20},
    {"--data-limit", NUMBER, MEMBER(data_limit), 1u << 20, (size_t)1 << 40},
    {"--connection-limit", NUMBER, MEMBER(connection_limit), 1, 1000000},
    {"--address-limit", NUMBER, MEMBER(address_limit), 1, 1000000},
    {"--session-limit", NUMBER, MEMBER(session_limit), 1, 100000000},
    {"--event-limit", NUMBER, MEMBER(event_limit), 2, 100000000},
    {"--request-time", NUMBER, MEMBER(request_time), 1, 3600},
    {"--timeout", NUMBER, MEMBER(timeout), 1, MOST_SECONDS},
    {"--complete-grace", NUMBER, MEMBER(complete_grace), 0, MOST_SECONDS},
    {"--movement-timeout", NUMBER, MEMBER(movement_timeout), 1, MOST_SECONDS},
    {"--max-age", NUMBER, MEMBER(max_age), 0, MOST_SECONDS},
    {"--edge-max-age", NUMBER, MEMBER(edge_max_age), 1, MOST_SECONDS},
    {"--gone", NUMBER, MEMBER(gone), 0, MOST_SECONDS},
    {"--keep-days", NUMBER, MEMBER(keep_days), 0, 36500},
    {"--org", TEXT, MEMBER(org), 0, 0},
    {"--token", TEXT, MEMBER(token), 0, 0},
    {"--clock", TEXT, MEMBER(clock), 0, 0},
    {"--fault", FAULT, MEMBER(injection), 0, 0},
    {"--close-at-end", FLAG, MEMBER(close_at_end), 0, 0},
    {"--drop-after-close", FLAG, MEMBER(drop_after_close), 0, 0},
};

typedef struct reader {
  char **at, **end;
  mbc_options *options;
  char *error;
  size_t size;
} reader;

static bool fail(reader *r, const char *format, const char *one, const char *other) {
  snprintf(r->error, r->size, format, one, other);
  return false;
}

static const option *find(const char *argument, size_t size) {
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strlen(table[i].name) == size && memcmp(table[i].name, argument, size) == 0) return &table[i];
  return NULL;
}

static bool to_number(const char *text, const option *found, size_t *number) {
  size_t digits = strspn(text, "0123456789"), value = 0;
  if (!digits || digits > MOST_DIGITS || text[digits]) return false;
  for (size_t i = 0; i < digits; i++) value = value * 10 + (size_t)(text[i] - '0');
  *number = value;
  return value >= found->least && value <= found->most;
}

static bool add_fault(reader *r, const char *spec) {
  char reason[200];
  return mbc_injection_add(&r->options->injection, spec, reason, sizeof reason) ||
         fail(r, "--fault \"%s\": %s", spec, reason);
}

static bool set(reader *r, const option *found, const char *value) {
  char *member = (char *)r->options + found->offset;
  size_t number;
  switch (found->kind) {
    case FLAG: *(bool *)(void *)member = true; return true;
    case TEXT:
      *(const char **)(void *)member = value;
      return *value || fail(r, "%s must not be empty%s", found->name, "");
    case FAULT: return add_fault(r, value);
    case NUMBER: break;
  }
  if (!to_number(value, found, &number))
    return snprintf(r->error, r->size, "%s: \"%s\" is no whole number from %zu to %zu", found->name, value,
                    found->least, found->most),
           false;
  *(size_t *)(void *)member = number;
  return true;
}

/* One option with its value, wherever that stands. */
static bool read_option(reader *r) {
  const char *argument = *r->at++;
  size_t size = strcspn(argument, "=");
  const option *found = find(argument, size);
  if (!found) return fail(r, "unknown %s \"%s\"", *argument == '-' ? "option" : "argument", argument);
  if (found->kind == FLAG)
    return argument[size] ? fail(r, "%s takes no value%s", found->name, "") : set(r, found, NULL);
  if (argument[size]) return set(r, found, argument + size + 1);
  if (r->at == r->end) return fail(r, "%s needs a value%s", found->name, "");
  return set(r, found, *r->at++);
}

static bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_org(const char *org) {
  const char *at = org;
  while (is_letter_or_digit(*at)) at++;
  return at > org && strcmp(at, "@AdobeOrg") == 0;
}

/* "real", "manual" or "manual:MS". */
static bool read_clock(mbc_options *options) {
  static const char manual[] = "manual";
  const option moment = {.least = 0, .most = 999999999999999};
  size_t start;
  options->clock_start = -1;
  if (strcmp(options->clock, "real") == 0) return true;
  if (strncmp(options->clock, manual, sizeof manual - 1) != 0) return false;
  const char *rest = options->clock + sizeof manual - 1;
  options->clock_is_manual = true;
  if (!*rest) return true;
  if (*rest != ':' || !to_number(rest + 1, &moment, &start)) return false;
  options->clock_start = (int64_t)start;
  return true;
}

/* Who writes ":memory:" or its like does not mean a file. */
static bool check(reader *r) {
  mbc_options *options = r->options;
  if (options->data && *options->data == ':') return fail(r, "--data: \"%s\" is not a file name%s", options->data, "");
  if (options->export && !options->data) return fail(r, "--export needs --data %s%s", "FILE", "");
  if (options->normalised && !options->export) return fail(r, "--normalised needs --export%s%s", "", "");
  if (!read_clock(options))
    return fail(r, "--clock: \"%s\" is none of real, manual and manual:MS%s", options->clock, "");
  if (options->token && !mbc_token_is_fit(options->token))
    return fail(r, "--token: 16 to 256 letters, digits and -._~ are needed%s%s", "", "");
  return is_org(options->org) || fail(r, "--org: \"%s\" is not an ID such as 0A1B@AdobeOrg%s", options->org, "");
}

bool mbc_options_read(int argc, char **argv, mbc_options *options, char *error, size_t size) {
  *options = (mbc_options){.listen = "127.0.0.1",
                           .port = 8484,
                           .body_limit = 1u << 20,
                           .batch_limit = 16u << 20,
                           .edge_limit = 64u << 10,
                           .header_limit = 32u << 10,
                           .data_limit = 1u << 30,
                           .connection_limit = 4096,
                           .address_limit = 1024,
                           .session_limit = 100000,
                           .event_limit = 100000,
                           .request_time = 30,
                           .timeout = 600,
                           .complete_grace = 600,
                           .movement_timeout = 1800,
                           .edge_max_age = 86400,
                           .gone = 86400,
                           .clock = "real",
                           .org = "000000000000000000000000@AdobeOrg"};
  reader r = {argv + (argc > 0), argv + argc, options, NULL, size};
  r.error = error;
  while (r.at < r.end)
    if (!read_option(&r)) return false;
  return options->help || check(&r);
}
