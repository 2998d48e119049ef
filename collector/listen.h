/* Decides where the collector can be reached. */
#ifndef MEDIABEAT_COLLECTOR_LISTEN_H
#define MEDIABEAT_COLLECTOR_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

enum { MBC_URL_SIZE = 128 };

enum { MBC_LISTEN_FAILED = -1, MBC_LISTEN_REFUSED = -2 };

/* A listening socket on an address (numeric or a name of this machine) and port, 0 for any. Returns the descriptor,
 * the caller's to close, and its URL; or one of the above with a sentence in `error`. Only when `open` are addresses taken
 * that other machines reach; else they are refused. */
int mbc_listen(const char *address, unsigned port, bool open, char url[MBC_URL_SIZE], char *error, size_t size);

#endif
