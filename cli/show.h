/* Decides how events look to a person: a line for each as it goes out. */
#ifndef MEDIABEAT_CLI_SHOW_H
#define MEDIABEAT_CLI_SHOW_H

#include <stdbool.h>

#include "printer.h"

typedef struct timeline {
  int64_t start_ms; /* shown as 0:00 */
  bool colour;
} timeline;

/* Prints the events of each request on stdout; `show` must outlive the printer. */
request_printer show_printer(timeline *show);

/* Puts a printer in front of a transport: what it sends is printed. False: out of memory. */
bool show_what_is_sent(request_printer printer, mb_transport *transport);

#endif
