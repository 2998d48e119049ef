/* Decides how whoever sends requests says which ones: a function that is called for each, before it goes. */
#ifndef MEDIABEAT_CLI_PRINTER_H
#define MEDIABEAT_CLI_PRINTER_H

#include <mediabeat/transport.h>

typedef struct request_printer {
  void (*print)(void *user, const mb_request *request, int64_t now_ms);
  void *user;
} request_printer;

/* Prints each request as a line of JSON on stdout. */
request_printer json_printer(void);

#endif
