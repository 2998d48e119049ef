/* Decides how events wait: bodies in order, in chunks that never move, so that a request may point into them. What was
 * appended since a mark can be taken back. */
#ifndef MEDIABEAT_QUEUE_H
#define MEDIABEAT_QUEUE_H

#include <stdint.h>

#include "alloc.h"
#include "event.h"

typedef struct mb__chunk {
  struct mb__chunk *next;
  uint32_t used, capacity;
  char bytes[];
} mb__chunk;

/* Chunks that are free for use again, shared by the queues of a client: in steady state nothing is allocated. */
typedef struct mb__chunk_pool {
  const mb__memory *memory;
  mb__chunk *free;
  uint32_t count;
} mb__chunk_pool;

void mb__chunk_pool_free(mb__chunk_pool *pool);

/* One waiting event. The body follows the record. */
typedef struct mb__record {
  int64_t ts;
  uint32_t size; /* of the body */
  uint8_t type;  /* mb__event_type */
  bool has_tail; /* a reference to the tail is kept behind the body */
} mb__record;

typedef struct mb__queue {
  mb__chunk *first, *last;
  uint32_t at; /* of the oldest record in the first chunk */
  uint32_t count;
  uint64_t bytes; /* of all bodies */
} mb__queue;

typedef struct mb__queue_mark {
  mb__chunk *last;
  uint32_t used, count;
  uint64_t bytes;
} mb__queue_mark;

/* Appends a copy of the body and takes a reference to the tail (which may be NULL). False: out of memory, unchanged. */
bool mb__queue_append(mb__queue *queue, mb__chunk_pool *pool, const mb__record *record, const char *body,
                      mb__tail *tail);

static inline const char *mb__record_body(const mb__record *record) { return (const char *)(record + 1); }
/* The oldest record, NULL when empty. */
static inline const mb__record *mb__queue_head(const mb__queue *queue) {
  return queue->count ? (const mb__record *)(const void *)(queue->first->bytes + queue->at) : NULL;
}

mb__tail *mb__record_tail(const mb__record *record); /* NULL when it has none */

void mb__queue_pop(mb__queue *queue, mb__chunk_pool *pool);
void mb__queue_clear(mb__queue *queue, mb__chunk_pool *pool);

/* Visits every record, oldest first. */
typedef struct mb__queue_cursor {
  const mb__chunk *chunk;
  uint32_t at;
} mb__queue_cursor;
mb__queue_cursor mb__queue_begin(const mb__queue *queue);
const mb__record *mb__queue_next(mb__queue_cursor *cursor);

mb__queue_mark mb__queue_save(const mb__queue *queue);
void mb__queue_restore(mb__queue *queue, mb__chunk_pool *pool, mb__queue_mark mark); /* only appends since the mark */

/* Tails: references are counted; the last one frees. */
mb__tail *mb__tail_new(const mb__memory *memory, const char *bytes, size_t size, size_t identity);
void mb__tail_take(mb__tail *tail);                           /* NULL is fine */
void mb__tail_drop(const mb__memory *memory, mb__tail *tail); /* NULL is fine */

#endif
