/* Decides whether a body has come before: the same event, as body.h has it. */
#ifndef MEDIABEAT_COLLECTOR_KNOWN_BODIES_H
#define MEDIABEAT_COLLECTOR_KNOWN_BODIES_H

#include "json.h"
#include "writer.h"

typedef struct mbc_known_body {
  int64_t hash;
  size_t at, size; /* of its canonical text */
} mbc_known_body;

/* All zero but for the writer: nothing has come. */
typedef struct mbc_known_bodies {
  mb__writer texts; /* one behind the other */
  mbc_known_body *slots;
  size_t count, capacity; /* a power of two, half of it empty */
} mbc_known_bodies;

void mbc_known_bodies_init(mbc_known_bodies *known);
void mbc_known_bodies_free(mbc_known_bodies *known);

/* Remembers it. *is_new is false when it was known. Returns false when memory ended. */
bool mbc_known_bodies_add(mbc_known_bodies *known, const mb__json *body, bool *is_new);

#endif
