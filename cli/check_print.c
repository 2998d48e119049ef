/* Owns the lines of findings. */
#include "check_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "console.h"
#include "findings.h"

enum { MOST_OF_A_CODE = 3 };

typedef struct printing {
  bool all, colour;
  bool explained[MBC_FINDING_COUNT]; /* what the protocol says was printed */
  int shown[MBC_FINDING_COUNT];      /* in this session */
  int left_out[MBC_FINDING_COUNT];
} printing;

static const char *text_of(const mb__json *object, const char *name) {
  const mb__json *value = mb__json_get(object, name);
  const char *text = value ? mb__json_text(value) : NULL;
  return text ? text : "";
}

static double number_of(const mb__json *object, const char *name) {
  const mb__json *value = mb__json_get(object, name);
  return value ? mb__json_number(value) : NAN;
}

static bool is_count(double number) { return number >= 0 && floor(number) == number; }

bool check_print_fits(const mb__json *checks, check_sums *sums) {
  const mb__json *sessions = mb__json_get(checks, "sessions"), *total = mb__json_get(checks, "total");
  if (!sessions || mb__json_type_of(sessions) != MB__JSON_ARRAY || !total) return false;
  *sums = (check_sums){number_of(total, "sessions"), number_of(total, "errors"), number_of(total, "warnings"),
                       number_of(total, "notes")};
  return is_count(sums->sessions) && is_count(sums->errors) && is_count(sums->warnings) && is_count(sums->notes);
}

/* Texts come from whoever sent events: what a terminal might obey is shown as "?". */
static void print_text(const char *text) {
  while (*text) {
    size_t skip = console_controls(text);
    putchar(skip ? '?' : *text);
    text += skip ? skip : 1;
  }
}

static const char *plural(double count) { return count == 1 ? "" : "s"; }

static void print_count(double count, const char *name) { printf("%.0f %s%s", count, name, plural(count)); }

/* Findings. */

static int code_of(const mb__json *finding) {
  const char *code = text_of(finding, "code");
  for (int i = 0; i < MBC_FINDING_COUNT; i++)
    if (strcmp(code, mbc_finding_rows[i].code) == 0) return i;
  return -1;
}

static void print_severity(const char *severity, bool colour) {
  const char *code = strcmp(severity, "error") == 0 ? "31;1" : strcmp(severity, "warning") == 0 ? "33" : "2";
  if (colour) printf("\x1b[%sm", code);
  print_text(severity);
  if (colour) fputs("\x1b[0m", stdout);
}

static void print_finding(const mb__json *finding, bool colour) {
  fputs("  ", stdout);
  print_severity(text_of(finding, "severity"), colour);
  printf(": event %.0f, ", number_of(finding, "event"));
  print_text(*text_of(finding, "type") ? text_of(finding, "type") : "unknown");
  fputs(": ", stdout);
  print_text(text_of(finding, "message"));
  fputs(" [", stdout);
  print_text(text_of(finding, "code"));
  puts("]");
}

static void explain(const mb__json *finding) {
  fputs("      ", stdout);
  print_text(text_of(finding, "says"));
  fputs("\n      ", stdout);
  print_text(text_of(finding, "where"));
  putchar('\n');
}

static void take_finding(printing *p, const mb__json *finding) {
  int code = code_of(finding); /* a newer collector may have others */
  if (!p->all && strcmp(text_of(finding, "severity"), "note") == 0) return;
  if (code >= 0 && !p->all && p->shown[code] == MOST_OF_A_CODE) {
    p->left_out[code]++;
    return;
  }
  print_finding(finding, p->colour);
  if (code < 0) return;
  if (!p->explained[code]) explain(finding);
  p->explained[code] = true;
  p->shown[code]++;
}

static void print_left_out(const printing *p) {
  for (int code = 0; code < MBC_FINDING_COUNT; code++)
    if (p->left_out[code]) printf("  and %d more of %s\n", p->left_out[code], mbc_finding_rows[code].code);
}

/* Sessions. */

static void print_head(const mb__json *session) {
  bool is_open = *text_of(session, "closeReason") == 0;
  const char *id = text_of(session, "id");
  fputs("session ", stdout);
  print_text(*id ? id : "without an id");
  fputs(is_open ? ", still open" : ", closed by ", stdout);
  print_text(text_of(session, "closeReason"));
  fputs(": ", stdout);
  print_count(number_of(session, "errors"), "error");
  fputs(", ", stdout);
  print_count(number_of(session, "warnings"), "warning");
  fputs(", ", stdout);
  print_count(number_of(session, "notes"), "note");
  putchar('\n');
}

static void take_session(printing *p, const mb__json *session) {
  const mb__json *findings = mb__json_get(session, "findings");
  bool has_more = number_of(session, "errors") > 0 || number_of(session, "warnings") > 0;
  if (!has_more && !(p->all && number_of(session, "notes") > 0)) return;
  memset(p->shown, 0, sizeof p->shown);
  memset(p->left_out, 0, sizeof p->left_out);
  print_head(session);
  for (const mb__json *f = findings ? mb__json_first(findings) : NULL; f; f = mb__json_next(f)) take_finding(p, f);
  print_left_out(p);
}

void check_print(const mb__json *checks, const check_sums *sums, bool all, bool colour) {
  printing p = {.all = all, .colour = colour};
  const mb__json *sessions = mb__json_get(checks, "sessions");
  for (const mb__json *s = mb__json_first(sessions); s; s = mb__json_next(s)) take_session(&p, s);
  print_count(sums->sessions, "session");
  fputs(": ", stdout);
  print_count(sums->errors, "error");
  fputs(", ", stdout);
  print_count(sums->warnings, "warning");
  fputs(", ", stdout);
  print_count(sums->notes, "note");
  putchar('\n');
}
