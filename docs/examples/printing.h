/* A transport for the other examples: it prints each request and takes it at once, as a backend would. */
#ifndef PRINTING_H
#define PRINTING_H

#include <mediabeat/transport.h>

/* Each line has the time that the event carries, counted from *start, and which session of its player it belongs to. */
void print_requests(mb_transport *transport, int64_t *start);

#endif
