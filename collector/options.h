/* Decides what the command line of the collector says. */
#ifndef MEDIABEAT_COLLECTOR_OPTIONS_H
#define MEDIABEAT_COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mbc_options {
  bool help, verbose, export, normalised;
  const char *listen;
  const char *data; /* NULL: memory */
  size_t port;
  size_t body_limit, batch_limit, edge_limit; /* bytes */
  const char *org;
} mbc_options;

extern const char mbc_options_help[];

/* Reads the arguments after argv[0]; texts stay the caller's. False, with a sentence in `error`, on bad usage. */
bool mbc_options_read(int argc, char **argv, mbc_options *options, char *error, size_t size);

#endif
