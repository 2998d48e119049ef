/* Decides which requests meet a fault on demand, for testing clients: late answers, refusals, connections that close before
 * the request is looked at, and answers that are lost after it was kept. Only requests to the protocols' endpoints meet
 * them, so that they can always be switched off. */
#ifndef MEDIABEAT_COLLECTOR_INJECTION_H
#define MEDIABEAT_COLLECTOR_INJECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "writer.h"

enum { MBC_MOST_FAULTS = 32, MBC_PATTERN_SIZE = 160 };

typedef enum mbc_outcome {
  MBC_ANSWERED,  /* as ever; late, when there is a delay */
  MBC_REFUSED,   /* with a status; nothing is kept */
  MBC_CLOSED_ON, /* the connection is closed; nothing is kept */
  MBC_DROPPED    /* kept, and the connection is closed instead of the answer */
} mbc_outcome;

/* Which requests, counted by itself: those whose path fits, of these each one by chance, or one of them, or from one on;
 * and what they meet. */
typedef struct mbc_injected {
  mbc_outcome outcome;
  int status;      /* of MBC_REFUSED */
  int retry_after; /* s; 0: not said */
  int64_t delay;   /* ms */
  double rate;     /* 0 to 1 */
  int64_t nth;     /* only this one, from 1; 0: any */
  int64_t count;   /* at most so many; 0: any number */
  int64_t seed;
  char path[MBC_PATTERN_SIZE]; /* a pattern of the shell's kind; empty: any path */

  uint64_t chance; /* state of the generator */
  int64_t matched, met;
} mbc_injected;

/* A zeroed one has no faults. */
typedef struct mbc_injection {
  mbc_injected faults[MBC_MOST_FAULTS];
  size_t count;
} mbc_injection;

/* "name=value,name,..." of --fault. False, with a sentence in `error`, when it is none or there are too many. */
bool mbc_injection_add(mbc_injection *injection, const char *spec, char *error, size_t size);

/* An array of objects with the same names takes the place of what there was, or nothing happens: false, with a sentence. */
bool mbc_injection_read(mbc_injection *injection, const mb__json *array, char *error, size_t size);
void mbc_injection_write(const mbc_injection *injection, mb__writer *writer);

/* What the next request to this path meets: the first fault whose turn it is. NULL: none. */
const mbc_injected *mbc_injection_next(mbc_injection *injection, const char *path);

#endif
