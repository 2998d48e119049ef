/* Owns the table of a report. */
#include "report_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console.h"

enum { NAME_WIDTH = 24, CELL_SIZE = 32 };

static double number_of(const mb__json *object, const char *name) {
  const mb__json *value = mb__json_get(object, name);
  return value ? mb__json_number(value) : NAN;
}

static const char *text_of(const mb__json *object, const char *name) {
  const mb__json *value = mb__json_get(object, name);
  return value ? mb__json_text(value) : NULL;
}

/* Names come from whoever sent events: what a terminal might obey is shown as "?". */
static int print_text(const char *text, int width) {
  int printed = 0;
  while (*text && printed < width) {
    size_t skip = console_controls(text);
    bool continues = !skip && ((unsigned char)*text & 0xC0) == 0x80; /* of a character that was counted */
    putchar(skip ? '?' : *text);
    printed += !continues;
    text += skip ? skip : 1;
  }
  while (((unsigned char)*text & 0xC0) == 0x80) putchar(*text++);
  return printed;
}

static void print_padded(const char *text, int width) {
  int printed = print_text(text ? text : "-", width);
  printf("%*s", width - printed, "");
}

/* Cells. */

static void format_time(char cell[CELL_SIZE], const mb__json *from, const char *name) {
  double seconds = number_of(from, name);
  if (!(seconds >= 0 && seconds < 1e12)) {
    snprintf(cell, CELL_SIZE, "-");
    return;
  }
  int64_t s = (int64_t)seconds;
  if (s < 3600)
    snprintf(cell, CELL_SIZE, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
  else
    snprintf(cell, CELL_SIZE, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
}

static void format_count(char cell[CELL_SIZE], const mb__json *from, const char *name) {
  double count = number_of(from, name);
  snprintf(cell, CELL_SIZE, isfinite(count) ? "%.0f" : "-", count);
}

/* So many completed of so many. */
static void format_part(char cell[CELL_SIZE], const mb__json *from, const char *name) {
  bool of_ads = strcmp(name, "ads") == 0;
  double all = number_of(from, of_ads ? "adStarts" : "chapterStarts");
  double done = number_of(from, of_ads ? "adCompletes" : "chapterCompletes");
  snprintf(cell, CELL_SIZE, all > 0 ? "%.0f/%.0f" : "-", done, all);
}

typedef struct column {
  const char *title, *metric;
  int width;
  void (*format)(char cell[CELL_SIZE], const mb__json *from, const char *name);
} column;

static const column columns[] = {
    {"content", "contentTimeSpent", 9, format_time},   {"unique", "uniqueTimePlayed", 9, format_time},
    {"media", "mediaTimeSpent", 9, format_time},       {"ads", "ads", 7, format_part},
    {"chapters", "chapters", 9, format_part},          {"pauses", "totalPauseDuration", 8, format_time},
    {"buffer", "totalBufferDuration", 8, format_time}, {"stalls", "totalStallingDuration", 8, format_time},
    {"errors", "errorEvents", 7, format_count},        {"bitrate", "averageBitrate", 8, format_count},
};

static void print_cells(const mb__json *metrics) {
  char cell[CELL_SIZE];
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    columns[i].format(cell, metrics, columns[i].metric);
    printf("%*s", columns[i].width, cell);
  }
  putchar('\n');
}

static void print_head(bool colour) {
  if (colour) fputs("\033[1m", stdout);
  printf("%-9s%-*s%-12s", "session", NAME_WIDTH + 1, "title", "closed by");
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) printf("%*s", columns[i].width, columns[i].title);
  puts(colour ? "\033[0m" : "");
}

static void print_session(const mb__json *session) {
  const char *name = text_of(session, "mediaName"), *reason = text_of(session, "closeReason");
  print_padded(text_of(session, "id"), 8);
  putchar(' ');
  print_padded(name ? name : text_of(session, "mediaId"), NAME_WIDTH);
  putchar(' ');
  print_padded(reason ? reason : "open", 11);
  putchar(' ');
  print_cells(mb__json_get(session, "metrics"));
}

static void print_total(const mb__json *total, bool colour) {
  char sessions[CELL_SIZE];
  double count = number_of(total, "sessions");
  snprintf(sessions, sizeof sessions, "%.0f session%s", count, count == 1 ? "" : "s");
  if (colour) fputs("\033[1m", stdout);
  printf("%-9s%-*s%-12s", "total", NAME_WIDTH + 1, sessions, "");
  if (colour) fputs("\033[0m", stdout);
  print_cells(total);
}

/* What has no column: every other number of the totals that is not 0. */

static bool has_column(const char *name) {
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    if (strcmp(columns[i].metric, name) == 0) return true;
  return strcmp(name, "sessions") == 0;
}

static void print_others(const mb__json *total) {
  for (const mb__json *value = mb__json_first(total); value; value = mb__json_next(value)) {
    double number = mb__json_number(value);
    bool is_shown = isfinite(number) && number != 0 && !has_column(mb__json_name(value));
    if (!is_shown) continue;
    bool is_whole = floor(number) == number;
    printf(is_whole ? "  %-32s %10.0f\n" : "  %-32s %14.3f\n", mb__json_name(value), number);
  }
}

static void print_peak(const mb__json *total) {
  const mb__json *peak = mb__json_get(total, "peakConcurrentViewers");
  const mb__json *minute = peak ? mb__json_first(peak) : NULL, *viewers = minute ? mb__json_next(minute) : NULL;
  if (!viewers) return;
  char text[CELL_SIZE] = "";
  time_t at = (time_t)(mb__json_number(minute) / 1000);
  struct tm parts;
  if (gmtime_r(&at, &parts)) strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  printf("  %-32s %10.0f  at %s UTC\n", "peakConcurrentViewers", mb__json_number(viewers), text);
}

bool report_table_fits(const mb__json *report) {
  const mb__json *sessions = mb__json_get(report, "sessions"), *total = mb__json_get(report, "total");
  return sessions && mb__json_type_of(sessions) == MB__JSON_ARRAY && total &&
         mb__json_type_of(total) == MB__JSON_OBJECT;
}

void report_table_print(const mb__json *report, bool colour) {
  const mb__json *total = mb__json_get(report, "total");
  print_head(colour);
  for (const mb__json *s = mb__json_first(mb__json_get(report, "sessions")); s; s = mb__json_next(s)) print_session(s);
  print_total(total, colour);
  putchar('\n');
  print_others(total);
  print_peak(total);
}
