/* Owns the layers of configuration. */
#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_slice.h"

enum { CONFIG_SIZE_MAX = 1 << 20 };

static char *read_file(const char *path, size_t *size, cli_console *console) {
  FILE *file = fopen(path, "rb");
  char *text = file ? malloc(CONFIG_SIZE_MAX) : NULL;
  *size = text ? fread(text, 1, CONFIG_SIZE_MAX, file) : 0;
  bool good = text && !ferror(file) && *size < CONFIG_SIZE_MAX;
  if (!good) console_error(console, "%s: %s", path, text && !ferror(file) ? "too large" : strerror(errno));
  if (file) fclose(file);
  if (!good) free(text);
  return good ? text : NULL;
}

static bool apply_file(mb_config *config, const char *path, cli_console *console) {
  size_t size;
  if (!path) return true;
  char *text = read_file(path, &size, console);
  if (!text) return false;
  size_t mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* some editors begin a file with it */
  mb_status status = mb_config_set_json(config, text + mark, size - mark);
  free(text);
  if (status != MB_OK) console_error(console, "%s: %s", path, mb_config_error(config));
  return status == MB_OK;
}

static bool apply_line(mb_config *config, const char *log_name, const log_line *first, cli_console *console) {
  if (!first || first->call != CALL_CONFIGURE || !log_member(first, "config")) return true;
  json_slice object = json_slice_at(first->text, first->size, "config");
  if (!object.text || mb_config_set_json(config, object.text, object.size) == MB_OK) return true;
  console_error_at(console, log_name, first->number, "config: %s", mb_config_error(config));
  return false;
}

static bool apply_option(mb_config *config, const char *option, const char *key, const char *value,
                         cli_console *console) {
  if (!value || mb_config_set_text(config, key, value) == MB_OK) return true;
  console_error(console, "%s: %s", option, mb_config_error(config));
  return false;
}

/* -v shows what the library says about its doings, unless more was asked for. */
static bool apply_verbosity(mb_config *config, bool verbose) {
  const char *level = mb_config_text(config, "logLevel");
  bool less = !level || strcmp(level, "error") == 0 || strcmp(level, "warning") == 0;
  return !verbose || !less || mb_config_set_text(config, "logLevel", "info") == MB_OK;
}

/* A dry run takes all that it prints for delivered: a store has to be given to it by name. */
static bool apply_store(mb_config *config, const replay_options *options, cli_console *console) {
  const char *configured = mb_config_text(config, "store");
  if (options->store || !options->dry_run || !configured || !*configured)
    return apply_option(config, "--store", "store", options->store, console);
  console_note(console, "note: a dry run leaves the store of its configuration alone; --store names one for it");
  return mb_config_set_text(config, "store", NULL) == MB_OK;
}

static bool apply_all(mb_config *config, const replay_options *options, const char *log_name, const log_line *first,
                      cli_console *console) {
  /* Two dry runs print the same bytes: whatever is random must be the same too. */
  if (options->dry_run && mb_config_set_number(config, "seed", 1) != MB_OK) return false;
  return apply_file(config, options->config, console) && apply_line(config, log_name, first, console) &&
         apply_option(config, "--protocol", "protocol", options->protocol, console) &&
         apply_option(config, "--to", "endpoint", options->to, console) && apply_store(config, options, console) &&
         apply_verbosity(config, options->verbose);
}

mb_config *setup_config(const replay_options *options, const char *log_name, const log_line *first,
                        cli_console *console) {
  mb_host host = {.size = sizeof host, .user = console, .log = console_log};
  mb_config *config;
  if (mb_config_new(&host, &config) != MB_OK) return console_error(console, "out of memory"), NULL;
  if (apply_all(config, options, log_name, first, console)) return config;
  mb_config_free(config);
  return NULL;
}

bool setup_complete(const replay_options *options, mb_config *config, cli_console *console) {
  if (options->dry_run || mb_config_check_live(config) == MB_OK) return true;
  const char *problem = mb_config_error(config);
  const char *hint = strncmp(problem, "endpoint:", 9) == 0 ? "; name one with --to, or try --dry-run" : "";
  console_error(console, "configuration: %s%s", problem, hint);
  return false;
}

static void print_keys(const mb_config *config) {
  for (size_t i = 0; mb_config_key_name(i); i++) {
    const char *name = mb_config_key_name(i), *type = mb_config_key_type(i), *text = mb_config_text(config, name);
    if (strcmp(type, "number") == 0)
      printf("%-28s%.17g\n", name, mb_config_number(config, name));
    else if (strcmp(type, "flag") == 0)
      printf("%-28s%s\n", name, mb_config_flag(config, name) ? "true" : "false");
    else
      printf("%-28s%s\n", name, text ? text : "-");
  }
}

int setup_check(const replay_options *options, mb_config *config, cli_console *console) {
  const char *warning;
  bool good = setup_complete(options, config, console); /* first: it finds more to warn about */
  for (size_t i = 0; (warning = mb_config_warning(config, i)) != NULL; i++, good = false)
    console_error(console, "configuration: %s", warning);
  if (options->verbose) print_keys(config);
  return good ? 0 : 2;
}
