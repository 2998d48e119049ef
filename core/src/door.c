/* Owns the doors of a client: the library's time, re-entry, messages. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "text.h"

static const int64_t latest_ms = 253402300799999; /* the end of the year 9999 */

static void format_line(char *text, size_t size, const char *format, va_list arguments) {
  vsnprintf(text, size, format, arguments);
  text[mb__utf8_prefix(text, strlen(text))] = 0; /* the cut may have split a character */
  for (; *text; text++)
    if ((unsigned char)*text < 0x20) *text = ' '; /* keys, names and answers may hold line ends */
}

mb_status mb__fail(mb_client *client, mb_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_line(client->error, sizeof client->error, format, arguments);
  va_end(arguments);
  return status;
}

bool mb__logs(const mb_client *client, mb_log_level level) {
  return client->config->host.log && level <= client->settings.log_level;
}

void mb__log(const mb_client *client, mb_log_level level, const char *format, ...) {
  char text[512];
  if (!mb__logs(client, level)) return;
  va_list arguments;
  va_start(arguments, format);
  format_line(text, sizeof text, format, arguments);
  va_end(arguments);
  client->config->host.log(client->config->host.user, level, text);
}

/* A step back is taken out: the library's time stands still at the step and goes on at the host's pace, until the host's
 * clock is ahead again. */
void mb__advance(mb_client *client, int64_t now_ms) {
  if (now_ms >= client->now)
    client->shift = 0;
  else if (now_ms + client->shift < client->now)
    client->shift = client->now - now_ms;
  client->now = now_ms + client->shift;
}

bool mb__time_is_valid(int64_t now_ms) { return now_ms >= 0 && now_ms <= latest_ms; }

static mb_status guard(mb_client *client, int64_t now_ms) {
  if (!client) return MB_INVALID_ARGUMENT;
  if (client->inside) return MB_BUSY; /* the message belongs to the call that is under way */
  client->error[0] = 0;
  if (client->closed) return mb__fail(client, MB_CLOSED, "the client is closed");
  if (!mb__time_is_valid(now_ms))
    return mb__fail(client, MB_INVALID_TIME, "now_ms: %lld is no time between 1970 and 9999", (long long)now_ms);
  return MB_OK;
}

mb_status mb__enter(mb_client *client, int64_t now_ms) {
  mb_status status = guard(client, now_ms);
  if (status) return status;
  mb__advance(client, now_ms);
  client->inside = true;
  return MB_OK;
}

mb_status mb__enter_now(mb_client *client) { return mb__enter(client, client ? client->now - client->shift : 0); }

mb_status mb__leave(mb_client *client, mb_status status) {
  client->inside = false;
  if (status && !client->error[0]) mb__fail(client, status, "%s", mb_status_text(status));
  return status;
}
