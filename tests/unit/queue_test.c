/* Waiting events: random operations against an array; what was appended since a mark can be taken back. */
#include "queue.h"

#include "random.h"
#include "suite.h"

enum { MOST = 400, TAILS = 5 };

typedef struct model_record {
  uint32_t size;
  uint8_t type, fill;
  int64_t ts;
  int tail; /* -1: none */
} model_record;

typedef struct model {
  counted_memory counted;
  mb__memory memory;
  mb__chunk_pool pool;
  mb__queue queue;
  mb__tail *tails[TAILS];
  model_record records[MOST];
  int count;
  uint64_t random;
  int64_t ts;
} model;

static void model_begin(model *m, uint64_t seed) {
  memset(m, 0, sizeof *m);
  m->random = seed;
  m->memory = (mb__memory){&m->counted, counted_allocate};
  m->pool.memory = &m->memory;
  for (int i = 0; i < TAILS; i++) m->tails[i] = mb__tail_new(&m->memory, "tail", 4, (size_t)i);
}

static void model_end(model *m) {
  mb__queue_clear(&m->queue, &m->pool);
  for (int i = 0; i < TAILS; i++) {
    assert_int_equal(m->tails[i]->references, 1);
    mb__tail_drop(&m->memory, m->tails[i]);
  }
  mb__chunk_pool_free(&m->pool);
  assert_int_equal(m->counted.blocks, 0);
}

/* Small bodies, some that fill a chunk to the byte, a few much larger than one. */
static uint32_t random_size(model *m) {
  uint64_t chance = mb__random_below(&m->random, 20);
  if (chance == 0) return (uint32_t)mb__random_below(&m->random, 20000);
  if (chance == 1) return (uint32_t)(960 + mb__random_below(&m->random, 64));
  return (uint32_t)mb__random_below(&m->random, 300);
}

static bool append(model *m) {
  static char body[20000];
  model_record made = {.size = random_size(m), .type = (uint8_t)mb__random_below(&m->random, 20), .ts = m->ts++};
  made.tail = (int)mb__random_below(&m->random, TAILS + 1) - 1;
  made.fill = (uint8_t)mb__random_below(&m->random, 256);
  memset(body, made.fill, made.size);
  const mb__record record = {made.ts, made.size, made.type, false};
  if (!mb__queue_append(&m->queue, &m->pool, &record, body, made.tail < 0 ? NULL : m->tails[made.tail])) return false;
  m->records[m->count++] = made;
  return true;
}

static void pop(model *m) {
  mb__queue_pop(&m->queue, &m->pool);
  memmove(m->records, m->records + 1, (size_t)--m->count * sizeof *m->records);
}

static void compare_record(const model *m, const mb__record *record, const model_record *expected) {
  assert_non_null(record);
  assert_int_equal(record->ts, expected->ts);
  assert_int_equal(record->size, expected->size);
  assert_int_equal(record->type, expected->type);
  const char *body = mb__record_body(record);
  for (uint32_t i = 0; i < record->size; i++)
    if ((uint8_t)body[i] != expected->fill) fail_msg("byte %u of a body is another one", i);
  assert_ptr_equal(mb__record_tail(record), expected->tail < 0 ? NULL : m->tails[expected->tail]);
}

static void compare(const model *m) {
  uint64_t bytes = 0;
  uint32_t references[TAILS] = {0};
  mb__queue_cursor cursor = mb__queue_begin(&m->queue);
  for (int i = 0; i < m->count; i++) {
    compare_record(m, mb__queue_next(&cursor), &m->records[i]);
    bytes += m->records[i].size;
    if (m->records[i].tail >= 0) references[m->records[i].tail]++;
  }
  assert_null(mb__queue_next(&cursor));
  assert_int_equal(m->queue.count, m->count);
  assert_int_equal(m->queue.bytes, bytes);
  for (int i = 0; i < TAILS; i++) assert_int_equal(m->tails[i]->references, 1 + references[i]);
  if (m->count)
    compare_record(m, mb__queue_head(&m->queue), &m->records[0]);
  else
    assert_null(mb__queue_head(&m->queue));
}

/* Appends some and takes them back, as a call does that runs out of memory. */
static void try_and_undo(model *m) {
  mb__queue_mark mark = mb__queue_save(&m->queue);
  int count = m->count, more = (int)mb__random_below(&m->random, 12);
  for (int i = 0; i < more && m->count < MOST; i++) append(m);
  compare(m);
  mb__queue_restore(&m->queue, &m->pool, mark);
  m->count = count;
}

TEST(random_operations) {
  for (uint64_t seed = 1; seed <= 12; seed++) {
    model m;
    model_begin(&m, seed);
    for (int i = 0; i < 2000; i++) {
      uint64_t chance = mb__random_below(&m.random, 100);
      uint64_t fills = i / 250 % 2 ? 30 : 60; /* waves: it fills, it empties */
      if (chance < fills && m.count < MOST)
        append(&m);
      else if (chance < 90 && m.count)
        pop(&m);
      else
        try_and_undo(&m);
      if (i % 10 == 0 || chance >= 90) compare(&m);
    }
    compare(&m);
    model_end(&m);
  }
}

/* Bodies do not move: a request points into them while more is appended and taken back. */
TEST(bodies_stay_where_they_are) {
  model m;
  model_begin(&m, 4);
  append(&m);
  const mb__record *head = mb__queue_head(&m.queue);
  for (int i = 0; i < 300; i++) append(&m);
  try_and_undo(&m);
  assert_ptr_equal(mb__queue_head(&m.queue), head);
  compare(&m);
  model_end(&m);
}

/* In steady state nothing is allocated: chunks come back from the pool, also for another queue. */
TEST(chunks_are_used_again) {
  model m;
  static const char body[200] = {1};
  const mb__record record = {0, sizeof body, 0, false};
  mb__queue other = {0};
  model_begin(&m, 1);
  for (int i = 0; i < 100; i++) mb__queue_append(&m.queue, &m.pool, &record, body, NULL);
  mb__queue_clear(&m.queue, &m.pool);
  assert_true(m.pool.count > 0);
  size_t calls = m.counted.calls;
  for (int i = 0; i < 5000; i++) {
    mb__queue *queue = i % 2 ? &other : &m.queue;
    assert_true(mb__queue_append(queue, &m.pool, &record, body, NULL));
    if (i > 10) mb__queue_pop(queue, &m.pool);
  }
  assert_int_equal(m.counted.calls, calls);
  mb__queue_clear(&other, &m.pool);
  model_end(&m);
}

/* What the pool keeps has a bound; a large chunk is not kept at all. */
TEST(the_pool_has_a_bound) {
  model m;
  static const char body[900] = {1};
  static char large[100000];
  model_begin(&m, 1);
  for (int i = 0; i < 1000; i++)
    mb__queue_append(&m.queue, &m.pool, &(mb__record){0, sizeof body, 0, false}, body, NULL);
  mb__queue_clear(&m.queue, &m.pool);
  assert_in_range(m.counted.blocks, TAILS, TAILS + 64);
  size_t blocks = m.counted.blocks;
  mb__queue_append(&m.queue, &m.pool, &(mb__record){0, sizeof large, 0, false}, large, NULL);
  mb__queue_clear(&m.queue, &m.pool);
  assert_in_range(m.counted.blocks, blocks - 1, blocks);
  model_end(&m);
}

TEST(out_of_memory_changes_nothing) {
  model m;
  model_begin(&m, 9);
  int failed = 0;
  for (int i = 0; i < 3000 && m.count < MOST; i++) {
    m.counted.fail_at = m.counted.calls + 1;
    bool appended = append(&m);
    m.counted.fail_at = 0;
    compare(&m);
    if (appended) continue;
    failed++;
    assert_true(append(&m));
  }
  assert_true(failed > 10);
  model_end(&m);
}

TEST(tails_are_counted) {
  model m;
  model_begin(&m, 1);
  mb__tail *tail = mb__tail_new(&m.memory, "abc", 3, 2);
  assert_int_equal(tail->size, 3);
  assert_int_equal(tail->identity, 2);
  assert_memory_equal(tail->bytes, "abc", 3);
  size_t blocks = m.counted.blocks;
  mb__tail_take(tail);
  mb__tail_drop(&m.memory, tail);
  assert_int_equal(m.counted.blocks, blocks);
  mb__tail_drop(&m.memory, tail);
  assert_int_equal(m.counted.blocks, blocks - 1);
  mb__tail_take(NULL);
  mb__tail_drop(&m.memory, NULL);
  m.counted.fail_at = m.counted.calls + 1;
  assert_null(mb__tail_new(&m.memory, "abc", 3, 0));
  model_end(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_operations),
      cmocka_unit_test(bodies_stay_where_they_are),
      cmocka_unit_test(chunks_are_used_again),
      cmocka_unit_test(the_pool_has_a_bound),
      cmocka_unit_test(out_of_memory_changes_nothing),
      cmocka_unit_test(tails_are_counted),
  };
  return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
