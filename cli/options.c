/* Owns the reading of command lines. getopt would do, but for what it says when something is wrong. */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

const char *cli_nearest(const char *word, const char *const *names, size_t stride) {
  const char *best = NULL;
  size_t least = strlen(word) / 2 + 1; /* more changes than that, and it is another word */
  for (const char *at = (const char *)names; *(const char *const *)at; at += stride) {
    const char *name = *(const char *const *)at;
    size_t distance = mb__edit_distance(word, name);
    if (distance < least) least = distance, best = name;
  }
  return best;
}

static bool complain(const cli_options *options, cli_console *console, const char *problem, const char *word) {
  console_error(console, "%s %s", problem, word);
  fprintf(stderr, "Try '%s --help'.\n", options->command);
  return false;
}

static bool unknown(const cli_options *options, cli_console *console, const char *word, size_t name_size) {
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)(name_size < 63 ? name_size : 63), word + (word[1] == '-' ? 2 : 1));
  const char *near = cli_nearest(name, &options->table->name, sizeof *options->table);
  if (!near) return complain(options, console, "unknown option", word);
  console_error(console, "unknown option %s; did you mean --%s?", word, near);
  fprintf(stderr, "Try '%s --help'.\n", options->command);
  return false;
}

static const cli_option *named(const cli_options *options, const char *name, size_t size) {
  for (const cli_option *o = options->table; o->name; o++)
    if (strlen(o->name) == size && memcmp(o->name, name, size) == 0) return o;
  return NULL;
}

static const cli_option *lettered(const cli_options *options, char letter) {
  for (const cli_option *o = options->table; o->name; o++)
    if (letter && o->letter == letter) return o;
  return NULL;
}

static void store(const cli_option *option, void *values, const char *argument) {
  char *place = (char *)values + option->offset;
  if (option->argument)
    memcpy(place, &argument, sizeof argument);
  else
    *(bool *)(void *)place = true;
}

/* One word that starts with a dash; may take the next word as its argument. */
static bool parse_option(const cli_options *options, int argc, char **argv, int *at, void *values,
                         cli_console *console) {
  const char *word = argv[*at], *equals = strchr(word, '=');
  bool is_long = word[1] == '-';
  size_t size = is_long ? (equals ? (size_t)(equals - word) : strlen(word)) - 2 : strlen(word) - 1;
  const cli_option *option = is_long ? named(options, word + 2, size) : size == 1 ? lettered(options, word[1]) : NULL;
  if (!option) return unknown(options, console, word, size);
  const char *argument = is_long && equals ? equals + 1 : NULL;
  if (!option->argument && argument) return complain(options, console, "no value is taken by", word);
  if (option->argument && !argument) {
    if (*at + 1 >= argc) return complain(options, console, "a value is needed behind", word);
    argument = argv[++*at];
  }
  store(option, values, argument);
  return true;
}

bool cli_options_parse(const cli_options *options, int argc, char **argv, void *values, const char **operand,
                       cli_console *console) {
  bool only_operands = false;
  int operands = 0;
  for (int at = 1; at < argc; at++) {
    const char *word = argv[at];
    if (!only_operands && strcmp(word, "--") == 0) {
      only_operands = true;
    } else if (!only_operands && word[0] == '-' && word[1]) {
      if (!parse_option(options, argc, argv, &at, values, console)) return false;
    } else if (operands++) {
      char problem[64];
      snprintf(problem, sizeof problem, "one %s at a time, not also", options->operand);
      return complain(options, console, problem, word);
    } else {
      *operand = word;
    }
  }
  return true;
}

static void print_help(const char *help, int indent) {
  for (; *help; help++) {
    putchar(*help);
    if (*help == '\n') printf("%*s", indent, "");
  }
  putchar('\n');
}

void cli_options_print(const cli_options *options) {
  enum { COLUMN = 26 };
  for (const cli_option *o = options->table; o->name; o++) {
    char left[64], letter[5] = "    ";
    if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    printf("%-*s", COLUMN, left);
    print_help(o->help, COLUMN);
  }
}
