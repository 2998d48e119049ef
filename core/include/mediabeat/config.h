/* Decides how a client is configured: an opaque set of named values, checked when they are set. Every key with its
 * type, unit and default is listed in docs/configuration.md. */
#ifndef MEDIABEAT_CONFIG_H
#define MEDIABEAT_CONFIG_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mb_config mb_config;

/* A configuration with all defaults. `host` may be NULL; it is copied and used by every client made from this
 * configuration. Free with mb_config_free; clients keep their own copy. Errors: MB_NO_MEMORY, MB_INVALID_ARGUMENT. */
MB_API mb_status mb_config_new(const mb_host *host, mb_config **config);
MB_API void mb_config_free(mb_config *config); /* NULL is fine */

/* Set one key. NULL as text removes the value. MB_UNKNOWN_KEY, MB_WRONG_TYPE, MB_INVALID_TEXT, MB_INVALID_NUMBER leave
 * everything as it was; mb_config_error says which key and why. A number out of the key's range is replaced by its
 * default with a warning, as Adobe's SDKs do with ping intervals. Texts are copied. */
MB_API mb_status mb_config_set_text(mb_config *config, const char *key, const char *value);
MB_API mb_status mb_config_set_number(mb_config *config, const char *key, double value);
MB_API mb_status mb_config_set_flag(mb_config *config, const char *key, bool value);

/* Set every member of a JSON object. An unknown key is a warning that suggests the nearest known one; a known key with
 * a value of another type is MB_WRONG_TYPE and nothing is set. */
MB_API mb_status mb_config_set_json(mb_config *config, const char *json, size_t size);

/* Read back; a text that is not set gives NULL, an unknown key NULL, 0 or false. Texts are valid until the key is set
 * again or the configuration is freed. */
MB_API const char *mb_config_text(const mb_config *config, const char *key);
MB_API double mb_config_number(const mb_config *config, const char *key);
MB_API bool mb_config_flag(const mb_config *config, const char *key);

/* Says what a client that sends over a network still lacks: MB_OK, or MB_MISSING_KEY with the key in mb_config_error.
 * For the Media Collection API channel and playerName are warnings when they are not set: events at session level may
 * bring them. */
MB_API mb_status mb_config_check_live(mb_config *config);

/* The keys in a fixed order, to list or document them: NULL after the last. */
MB_API const char *mb_config_key_name(size_t index);
MB_API const char *mb_config_key_help(size_t index);    /* one line: meaning and unit */
MB_API const char *mb_config_key_type(size_t index);    /* "text", "number", "flag" or "object" */
MB_API const char *mb_config_key_default(size_t index); /* as text; "" when there is none */

/* Warnings collected since the configuration was made: NULL after the last. */
MB_API const char *mb_config_warning(const mb_config *config, size_t index);

/* What went wrong in the last call on this configuration that failed; "" if none did. Valid until the next call. */
MB_API const char *mb_config_error(const mb_config *config);

#ifdef __cplusplus
}
#endif

#endif
