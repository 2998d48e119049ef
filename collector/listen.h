/* Decides where the collector can be reached. */
#ifndef MEDIABEAT_COLLECTOR_LISTEN_H
#define MEDIABEAT_COLLECTOR_LISTEN_H

#include <stddef.h>

enum { MBC_URL_SIZE = 128 };

/* A listening socket on an address (numeric or a name of this machine) and port, 0 for any. Returns the descriptor,
 * the caller's to close, and its URL; or -1 with a sentence in `error`. */
int mbc_listen(const char *address, unsigned port, char url[MBC_URL_SIZE], char *error, size_t size);

#endif
