/* Owns stderr. */
#include "console.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define RESET "\033[0m"
#define CLEAR_LINE "\r\033[K"

bool console_may_colour(FILE *stream) {
  const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
  bool unwanted = (no_color && *no_color) || (term && term[0] == 'd' && term[1] == 'u'); /* "dumb" */
  return !unwanted && isatty(fileno(stream));
}

void console_init(cli_console *console) {
  *console = (cli_console){.terminal = isatty(STDERR_FILENO) == 1, .colour = console_may_colour(stderr)};
}

size_t console_controls(const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  if (c[0] < 0x20 || c[0] == 0x7F) return 1;
  if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) return 2;
  bool turns = c[0] == 0xE2 &&
               ((c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) || (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9));
  return turns ? 3 : 0;
}

/* Names and texts of a log are shown, not obeyed. */
static void put_text(const char *text) {
  while (*text) {
    size_t skip = console_controls(text);
    fputc(skip ? '?' : *text, stderr);
    text += skip ? skip : 1;
  }
}

CONSOLE_PRINTF(1, 0) static void put(const char *format, va_list arguments) {
  char text[4096];
  vsnprintf(text, sizeof text, format, arguments);
  put_text(text);
}

static void put_place(const char *file, size_t line) {
  put_text(file);
  fprintf(stderr, ":%zu: ", line);
}

void console_end_progress(cli_console *console) {
  if (console->in_progress) fputs(CLEAR_LINE, stderr);
  console->in_progress = false;
}

static void begin(cli_console *console, const char *colour) {
  console_end_progress(console);
  if (console->colour) fputs(colour, stderr);
}

static void end(cli_console *console) {
  if (console->colour) fputs(RESET, stderr);
  fputc('\n', stderr);
}

static void say(cli_console *console, const char *colour, const char *format, va_list arguments) {
  begin(console, colour);
  fputs("mediabeat: ", stderr);
  put(format, arguments);
  end(console);
}

static void say_at(cli_console *console, const char *colour, const char *file, size_t line, const char *format,
                   va_list arguments) {
  begin(console, colour);
  put_place(file, line);
  put(format, arguments);
  end(console);
}

void console_error(cli_console *console, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(console, RED, format, arguments);
  va_end(arguments);
}

void console_note(cli_console *console, const char *format, ...) {
  if (console->quiet) return;
  va_list arguments;
  va_start(arguments, format);
  say(console, "", format, arguments);
  va_end(arguments);
}

void console_error_at(cli_console *console, const char *file, size_t line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say_at(console, RED, file, line, format, arguments);
  va_end(arguments);
}

void console_note_at(cli_console *console, const char *file, size_t line, const char *format, ...) {
  if (console->quiet) return;
  va_list arguments;
  va_start(arguments, format);
  say_at(console, YELLOW, file, line, format, arguments);
  va_end(arguments);
}

void console_progress(cli_console *console, const char *format, ...) {
  if (!console->terminal || console->quiet) return;
  va_list arguments;
  va_start(arguments, format);
  fputs(CLEAR_LINE, stderr);
  vfprintf(stderr, format, arguments);
  fflush(stderr);
  va_end(arguments);
  console->in_progress = true;
}

void console_log(void *user, mb_log_level level, const char *message) {
  static const char *const colours[] = {RED, YELLOW, "", "", ""};
  cli_console *console = user;
  if (console->quiet && level > MB_LOG_ERROR) return;
  begin(console, colours[level]);
  if (console->file)
    put_place(console->file, console->line);
  else
    fputs("mediabeat: ", stderr);
  put_text(message);
  end(console);
}
