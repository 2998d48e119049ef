/* Decides how configuration is held: a value per key of config.def. */
#ifndef MEDIABEAT_CONFIG_INTERNAL_H
#define MEDIABEAT_CONFIG_INTERNAL_H

#include <mediabeat/config.h>

#include "alloc.h"
#include "json.h"
#include "writer.h"

typedef enum mb__key {
#define MB_CONFIG(id, name, type, default_text, least, most, help) MB__KEY_##id,
#include "config.def"
#undef MB_CONFIG
  MB__KEY_COUNT
} mb__key;

typedef enum mb__key_type { MB__KEY_TEXT, MB__KEY_WHOLE, MB__KEY_NUMBER, MB__KEY_FLAG, MB__KEY_OBJECT } mb__key_type;

struct mb_config {
  mb__memory memory;
  mb_host host;
  struct {
    bool set;       /* by the host, not by default */
    char *text;     /* TEXT, OBJECT (its JSON) */
    mb__json *json; /* OBJECT */
    double number;  /* WHOLE, NUMBER; FLAG: 0 or 1 */
  } values[MB__KEY_COUNT];
  char **warnings;
  size_t warning_count;
  char error[256];
};

mb_status mb__config_copy(const mb_config *config, mb_config **copy); /* without warnings */

const char *mb__config_text(const mb_config *config, mb__key key); /* NULL when neither set nor defaulted */
bool mb__config_has(const mb_config *config, mb__key key);         /* set, or has a default */
double mb__config_number(const mb_config *config, mb__key key);

/* What was set, as a recording needs it: one JSON object, braces included; `extra` are members more, or NULL. How the log
 * was replayed that made the calls, if they came from one, is left out. */
void mb__config_write(mb__writer *writer, const mb_config *config, const char *extra);

#endif
