/* Owns the options: a table, and one reader for "--name value", "--name=value" and "--flag". */
#include "options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char mbc_options_help[] =
    "Usage: mediabeat collector [options]\n"
    "       mediabeat collector --export [--normalised] --data FILE\n"
    "\n"
    "A backend for the Media Collection API and the Media Edge API on your own machine.\n"
    "It checks what clients send as the real ones do, answers the same, and keeps every\n"
    "session and event.\n"
    "\n"
    "  --port N             port to listen on, 0 for any that is free (default 8484)\n"
    "  --listen ADDRESS     address to listen on (default 127.0.0.1: this machine only;\n"
    "                       anybody who reaches another address can read what is kept)\n"
    "  --data FILE          keep everything in FILE, an SQLite database made when missing\n"
    "                       (default: in memory, gone at the end)\n"
    "  --export             write the events in FILE as JSON Lines and end; may be used\n"
    "                       while a collector runs on FILE\n"
    "  --normalised         in the form that is the same whichever API an event came by,\n"
    "                       session after session; with --export\n"
    "  --body-limit BYTES   longest body of a request (default 1048576)\n"
    "  --batch-limit BYTES  longest body to /api/v1/downloaded (default 16777216)\n"
    "  --edge-limit BYTES   longest body of a request to the Media Edge API (default 65536)\n"
    "  --org ID             organisation that Media Edge answers speak of; a Web SDK wants\n"
    "                       its own (default 000000000000000000000000@AdobeOrg)\n"
    "  --verbose            one line for each request on standard error\n"
    "  -h, --help           this text\n"
    "\n"
    "When it is ready it prints \"collector listening on http://ADDRESS:PORT\". SIGTERM and\n"
    "SIGINT end it. Exit status: 0 ended as told, 1 the address or FILE cannot be used,\n"
    "2 bad usage.\n"
    "\n"
    "Examples:\n"
    "  mediabeat collector                             try it: sessions at /api/sessions\n"
    "  mediabeat collector --port 0 --data run.db      a test run whose events are kept\n"
    "  mediabeat collector --export --data run.db | jq .event.eventType\n"
    "  curl http://127.0.0.1:8484/api/sessions         what has been collected\n"
    "  curl http://127.0.0.1:8484/api/v1/schemas/play  what a play event must look like\n";

typedef enum kind { FLAG, TEXT, NUMBER } kind;

typedef struct option {
  const char *name;
  kind kind;
  size_t offset;      /* of the member it sets */
  size_t least, most; /* of a number */
} option;

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
    {"--org", TEXT, MEMBER(org), 0, 0},
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
  if (!digits || digits > 10 || text[digits]) return false;
  for (size_t i = 0; i < digits; i++) value = value * 10 + (size_t)(text[i] - '0');
  *number = value;
  return value >= found->least && value <= found->most;
}

static bool set(reader *r, const option *found, const char *value) {
  char *member = (char *)r->options + found->offset;
  size_t number;
  switch (found->kind) {
    case FLAG: *(bool *)(void *)member = true; return true;
    case TEXT:
      *(const char **)(void *)member = value;
      return *value || fail(r, "%s must not be empty%s", found->name, "");
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

/* SQLite would take ":memory:" and its like for something else than a file. */
static bool check(reader *r) {
  const mbc_options *options = r->options;
  if (options->data && *options->data == ':') return fail(r, "--data: \"%s\" is not a file name%s", options->data, "");
  if (options->export && !options->data) return fail(r, "--export needs --data %s%s", "FILE", "");
  if (options->normalised && !options->export) return fail(r, "--normalised needs --export%s%s", "", "");
  return is_org(options->org) || fail(r, "--org: \"%s\" is not an ID such as 0A1B@AdobeOrg%s", options->org, "");
}

bool mbc_options_read(int argc, char **argv, mbc_options *options, char *error, size_t size) {
  *options = (mbc_options){.listen = "127.0.0.1",
                           .port = 8484,
                           .body_limit = 1u << 20,
                           .batch_limit = 16u << 20,
                           .edge_limit = 64u << 10,
                           .org = "000000000000000000000000@AdobeOrg"};
  reader r = {argv + (argc > 0), argv + argc, options, NULL, size};
  r.error = error;
  while (r.at < r.end)
    if (!read_option(&r)) return false;
  return options->help || check(&r);
}
