/* Owns faults on demand: one table of their members, for the command line and for JSON. */
#include "injection.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

typedef enum kind { STATUS, WHOLE, LONG, RATE, PATH, FLAG } kind;

typedef struct member {
  const char *name;
  size_t offset;      /* of what it sets */
  double least, most; /* of a number */
  kind kind;
  mbc_outcome outcome; /* of a status and of flags */
} member;

#define OFFSET(name) offsetof(mbc_injected, name)

static const member members[] = {
    {"delay", OFFSET(delay), 0, 600000, LONG, MBC_ANSWERED},
    {"status", OFFSET(status), 400, 599, STATUS, MBC_REFUSED},
    {"close", 0, 0, 0, FLAG, MBC_CLOSED_ON},
    {"drop", 0, 0, 0, FLAG, MBC_DROPPED},
    {"retryAfter", OFFSET(retry_after), 0, 86400, WHOLE, MBC_ANSWERED},
    {"path", 0, 0, 0, PATH, MBC_ANSWERED},
    {"rate", OFFSET(rate), 0, 1, RATE, MBC_ANSWERED},
    {"seed", OFFSET(seed), 0, 4294967295, LONG, MBC_ANSWERED},
    {"nth", OFFSET(nth), 1, 4294967295, LONG, MBC_ANSWERED},
    {"count", OFFSET(count), 1, 4294967295, LONG, MBC_ANSWERED},
};

enum { MEMBER_COUNT = sizeof members / sizeof *members };

static const member *find(const char *name, size_t size) {
  for (size_t i = 0; i < MEMBER_COUNT; i++)
    if (strlen(members[i].name) == size && memcmp(members[i].name, name, size) == 0) return &members[i];
  return NULL;
}

/* A fault as it is being read. Helpers return false when they have written the reason. */
typedef struct reading {
  mbc_injected fault;
  char *error;
  size_t size;
} reading;

static reading begin(char *error, size_t size) { return (reading){.fault = {.rate = 1}, .error = error, .size = size}; }

static bool set_outcome(reading *r, const member *found) {
  bool other = r->fault.outcome != MBC_ANSWERED && r->fault.outcome != found->outcome;
  if (other) return snprintf(r->error, r->size, "%s: only one of status, close and drop can be", found->name), false;
  r->fault.outcome = found->outcome;
  return true;
}

static bool set_path(reading *r, const char *path) {
  if (!*path || strlen(path) >= sizeof r->fault.path)
    return snprintf(r->error, r->size, "path: a pattern of 1 to %d bytes is needed", MBC_PATTERN_SIZE - 1), false;
  snprintf(r->fault.path, sizeof r->fault.path, "%s", path);
  return true;
}

static bool set_number(reading *r, const member *found, double number) {
  char *at = (char *)&r->fault + found->offset;
  bool whole = found->kind != RATE;
  if (!(number >= found->least && number <= found->most) || (whole && floor(number) != number))
    return snprintf(r->error, r->size, "%s: a %snumber from %.0f to %.0f is needed", found->name, whole ? "whole " : "",
                    found->least, found->most),
           false;
  if (found->kind == RATE)
    *(double *)(void *)at = number;
  else if (found->kind == LONG)
    *(int64_t *)(void *)at = (int64_t)number;
  else
    *(int *)(void *)at = (int)number;
  return found->kind != STATUS || set_outcome(r, found);
}

/* What does nothing is a mistake. */
static bool end(reading *r, mbc_injection *injection) {
  if (r->fault.outcome == MBC_ANSWERED && !r->fault.delay)
    return snprintf(r->error, r->size, "one of delay, status, close and drop is needed"), false;
  if (injection->count == MBC_MOST_FAULTS)
    return snprintf(r->error, r->size, "at most %d faults can be", MBC_MOST_FAULTS), false;
  r->fault.chance = (uint64_t)r->fault.seed;
  injection->faults[injection->count++] = r->fault;
  return true;
}

/* The command line. */

static bool unknown(const reading *r, const char *name, size_t size) {
  snprintf(r->error, r->size,
           "\"%.*s\" is none of delay, status, close, drop, retryAfter, path, rate, seed, nth and count",
           size < 40 ? (int)size : 40, name);
  return false;
}

/* strtod takes more than numbers, and decimal commas in some places. */
static double to_number(const char *text) {
  char *rest;
  if (!*text || strspn(text, "0123456789.") != strlen(text)) return NAN;
  double number = strtod(text, &rest);
  return *rest ? NAN : number;
}

static bool set_text(reading *r, const member *found, const char *value) {
  if (found->kind == FLAG)
    return value ? (snprintf(r->error, r->size, "%s takes no value", found->name), false) : set_outcome(r, found);
  if (!value) return snprintf(r->error, r->size, "%s needs a value", found->name), false;
  return found->kind == PATH ? set_path(r, value) : set_number(r, found, to_number(value));
}

static bool read_part(reading *r, const char *part, size_t size) {
  char value[MBC_PATTERN_SIZE + 1];
  size_t name = 0;
  while (name < size && part[name] != '=') name++;
  const member *found = find(part, name);
  if (!found) return unknown(r, part, name);
  if (name == size) return set_text(r, found, NULL);
  snprintf(value, sizeof value, "%.*s", (int)(size - name - 1), part + name + 1);
  return set_text(r, found, value);
}

bool mbc_injection_add(mbc_injection *injection, const char *spec, char *error, size_t size) {
  reading r = begin(error, size);
  for (const char *at = spec;; at++) {
    size_t length = strcspn(at, ",");
    if (length > 2 * MBC_PATTERN_SIZE) length = 2 * MBC_PATTERN_SIZE; /* too long for anything, and refused as such */
    if (!read_part(&r, at, length)) return false;
    at += length;
    if (!*at) break;
  }
  return end(&r, injection);
}

/* JSON. */

static bool set_json(reading *r, const member *found, const mb__json *value) {
  if (found->kind == FLAG) {
    if (mb__json_type_of(value) != MB__JSON_FLAG)
      return snprintf(r->error, r->size, "%s: true or false is needed", found->name), false;
    return !mb__json_flag(value) || set_outcome(r, found);
  }
  if (found->kind == PATH) return set_path(r, mb__json_text(value) ? mb__json_text(value) : "");
  return set_number(r, found, mb__json_number(value));
}

/* What a list says about how often a fault was met is no setting. */
static bool is_report(const char *name) { return strcmp(name, "matched") == 0 || strcmp(name, "met") == 0; }

static bool read_object(const mb__json *object, mbc_injection *injection, char *error, size_t size) {
  reading r = begin(error, size);
  if (mb__json_type_of(object) != MB__JSON_OBJECT) return snprintf(error, size, "an object is needed"), false;
  for (const mb__json *value = mb__json_first(object); value; value = mb__json_next(value)) {
    const char *name = mb__json_name(value);
    const member *found = find(name, strlen(name));
    if (!found && is_report(name)) continue;
    if (!found) return unknown(&r, name, strlen(name));
    if (!set_json(&r, found, value)) return false;
  }
  return end(&r, injection);
}

bool mbc_injection_read(mbc_injection *injection, const mb__json *array, char *error, size_t size) {
  mbc_injection replacement = {.count = 0};
  if (mb__json_type_of(array) != MB__JSON_ARRAY) return snprintf(error, size, "an array of faults is needed"), false;
  for (const mb__json *fault = mb__json_first(array); fault; fault = mb__json_next(fault))
    if (!read_object(fault, &replacement, error, size)) return false;
  *injection = replacement;
  return true;
}

static void write_name(mb__writer *writer, const char *name) {
  mb__write_raw(writer, ",\"");
  mb__write_raw(writer, name);
  mb__write_raw(writer, "\":");
}

/* What was not said is left out. */
static void write_member(mb__writer *writer, const char *name, int64_t value) {
  if (!value) return;
  write_name(writer, name);
  mb__write_integer(writer, value);
}

static void write_fault(const mbc_injected *fault, mb__writer *writer) {
  static const char *const flags[] = {[MBC_CLOSED_ON] = "close", [MBC_DROPPED] = "drop"};
  mb__write_raw(writer, "{\"path\":");
  mb__write_text(writer, *fault->path ? fault->path : "*");
  write_member(writer, "delay", fault->delay);
  write_member(writer, "status", fault->status);
  if (fault->outcome == MBC_CLOSED_ON || fault->outcome == MBC_DROPPED) {
    write_name(writer, flags[fault->outcome]);
    mb__write_flag(writer, true);
  }
  write_member(writer, "retryAfter", fault->retry_after);
  write_name(writer, "rate");
  mb__write_number(writer, fault->rate);
  write_member(writer, "seed", fault->seed);
  write_member(writer, "nth", fault->nth);
  write_member(writer, "count", fault->count);
  write_name(writer, "matched");
  mb__write_integer(writer, fault->matched);
  write_name(writer, "met");
  mb__write_integer(writer, fault->met);
  mb__write_raw(writer, "}");
}

void mbc_injection_write(const mbc_injection *injection, mb__writer *writer) {
  mb__write_raw(writer, "[");
  for (size_t i = 0; i < injection->count; i++) {
    mb__write_raw(writer, i ? ",\n" : "\n");
    write_fault(&injection->faults[i], writer);
  }
  mb__write_raw(writer, "\n]\n");
}

/* Chance is asked for every request that matches, so that what a seed brings does not depend on other faults. */
static bool has_turn(mbc_injected *fault) {
  bool chance = (double)(mb__random_next(&fault->chance) >> 11) * 0x1p-53 < fault->rate;
  fault->matched++;
  return chance && (!fault->nth || fault->matched == fault->nth) && (!fault->count || fault->met < fault->count);
}

const mbc_injected *mbc_injection_next(mbc_injection *injection, const char *path) {
  mbc_injected *first = NULL;
  for (size_t i = 0; i < injection->count; i++) {
    mbc_injected *fault = &injection->faults[i];
    if (*fault->path && fnmatch(fault->path, path, 0) != 0) continue;
    if (has_turn(fault) && !first) first = fault;
  }
  if (first) first->met++;
  return first;
}
