/* Owns the chunks in which events wait. */
#include "queue.h"

#include <string.h>

enum { CHUNK_SIZE = 1024, CHUNK_CAPACITY = CHUNK_SIZE - sizeof(mb__chunk), POOL_LIMIT = 64 };

void mb__chunk_pool_free(mb__chunk_pool *pool) {
  while (pool->free) {
    mb__chunk *chunk = pool->free;
    pool->free = chunk->next;
    mb__delete(pool->memory, chunk);
  }
  pool->count = 0;
}

static mb__chunk *take_chunk(mb__chunk_pool *pool, uint32_t room) {
  mb__chunk *chunk = pool->free;
  if (chunk && room <= CHUNK_CAPACITY) {
    pool->free = chunk->next;
    pool->count--;
  } else {
    uint32_t capacity = room > CHUNK_CAPACITY ? room : CHUNK_CAPACITY;
    chunk = mb__resize(pool->memory, NULL, sizeof *chunk + capacity);
    if (!chunk) return NULL;
    chunk->capacity = capacity;
  }
  chunk->next = NULL;
  chunk->used = 0;
  return chunk;
}

static void give_chunk(mb__chunk_pool *pool, mb__chunk *chunk) {
  if (chunk->capacity != CHUNK_CAPACITY || pool->count == POOL_LIMIT) {
    mb__delete(pool->memory, chunk);
    return;
  }
  chunk->next = pool->free;
  pool->free = chunk;
  pool->count++;
}

static uint32_t aligned(size_t size) { return (uint32_t)((size + 7) & ~(size_t)7); }

static uint32_t footprint(const mb__record *record) {
  return aligned(sizeof *record + record->size) + (record->has_tail ? (uint32_t)sizeof(mb__tail *) : 0);
}

mb__tail *mb__record_tail(const mb__record *record) {
  mb__tail *tail = NULL;
  if (record->has_tail) memcpy(&tail, (const char *)record + aligned(sizeof *record + record->size), sizeof(tail));
  return tail;
}

static mb__chunk *chunk_with_room(mb__queue *queue, mb__chunk_pool *pool, uint32_t room) {
  if (queue->last && queue->last->capacity - queue->last->used >= room) return queue->last;
  mb__chunk *chunk = take_chunk(pool, room);
  if (!chunk) return NULL;
  if (queue->last)
    queue->last->next = chunk;
  else
    queue->first = chunk, queue->at = 0;
  return queue->last = chunk;
}

bool mb__queue_append(mb__queue *queue, mb__chunk_pool *pool, const mb__record *record, const char *body,
                      mb__tail *tail) {
  mb__record copy = *record;
  copy.has_tail = tail != NULL;
  mb__chunk *chunk = chunk_with_room(queue, pool, footprint(&copy));
  if (!chunk) return false;
  char *at = chunk->bytes + chunk->used;
  memcpy(at, &copy, sizeof copy);
  memcpy(at + sizeof copy, body, copy.size);
  if (tail) memcpy(at + aligned(sizeof copy + copy.size), &tail, sizeof(tail));
  mb__tail_take(tail);
  chunk->used += footprint(&copy);
  queue->count++;
  queue->bytes += copy.size;
  return true;
}

static void drop_first_chunk(mb__queue *queue, mb__chunk_pool *pool) {
  mb__chunk *chunk = queue->first;
  queue->first = chunk->next;
  queue->at = 0;
  if (!queue->first) queue->last = NULL;
  give_chunk(pool, chunk);
}

void mb__queue_pop(mb__queue *queue, mb__chunk_pool *pool) {
  const mb__record *record = mb__queue_head(queue);
  uint32_t size = footprint(record);
  queue->count--;
  queue->bytes -= record->size;
  mb__tail_drop(pool->memory, mb__record_tail(record));
  queue->at += size;
  if (queue->at == queue->first->used) drop_first_chunk(queue, pool);
}

void mb__queue_clear(mb__queue *queue, mb__chunk_pool *pool) {
  while (queue->count) mb__queue_pop(queue, pool);
}

mb__queue_cursor mb__queue_begin(const mb__queue *queue) { return (mb__queue_cursor){queue->first, queue->at}; }

const mb__record *mb__queue_next(mb__queue_cursor *cursor) {
  if (cursor->chunk && cursor->at == cursor->chunk->used) *cursor = (mb__queue_cursor){cursor->chunk->next, 0};
  if (!cursor->chunk) return NULL;
  const mb__record *record = (const mb__record *)(const void *)(cursor->chunk->bytes + cursor->at);
  cursor->at += footprint(record);
  return record;
}

mb__queue_mark mb__queue_save(const mb__queue *queue) {
  return (mb__queue_mark){queue->last, queue->last ? queue->last->used : 0, queue->count, queue->bytes};
}

void mb__queue_restore(mb__queue *queue, mb__chunk_pool *pool, mb__queue_mark mark) {
  mb__queue_cursor cursor = {mark.last ? mark.last : queue->first, mark.used};
  for (const mb__record *record; (record = mb__queue_next(&cursor)) != NULL;)
    mb__tail_drop(pool->memory, mb__record_tail(record));
  mb__chunk *extra = mark.last ? mark.last->next : queue->first;
  while (extra) {
    mb__chunk *next = extra->next;
    give_chunk(pool, extra);
    extra = next;
  }
  if (mark.last)
    mark.last->next = NULL, mark.last->used = mark.used;
  else
    queue->first = NULL;
  queue->last = mark.last;
  queue->count = mark.count;
  queue->bytes = mark.bytes;
}

mb__tail *mb__tail_new(const mb__memory *memory, const char *bytes, size_t size, size_t identity) {
  if (size > INT32_MAX) return NULL; /* no backend takes so much, and records count in 32 bits */
  mb__tail *tail = mb__resize(memory, NULL, sizeof *tail + size);
  if (!tail) return NULL;
  *tail = (mb__tail){1, (uint32_t)size, (uint32_t)identity};
  memcpy(tail->bytes, bytes, size);
  return tail;
}

void mb__tail_take(mb__tail *tail) {
  if (tail) tail->references++;
}

void mb__tail_drop(const mb__memory *memory, mb__tail *tail) {
  if (tail && --tail->references == 0) mb__delete(memory, tail);
}
