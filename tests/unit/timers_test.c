/* Deadlines: random operations against a list that is searched from one end to the other. */
#include "timers.h"

#include "random.h"
#include "suite.h"

enum { MOST = 200 };

typedef struct model {
  mb__timers timers;
  counted_memory counted;
  mb__memory memory;
  struct {
    mb__timer timer;
    bool reserved;
    int64_t due;
    uint64_t order;
  } rows[MOST];
  uint64_t orders, random;
} model;

static void model_begin(model *m, uint64_t seed) {
  *m = (model){.random = seed};
  m->memory = (mb__memory){&m->counted, counted_allocate};
  mb__timers_init(&m->timers, &m->memory);
}

static void model_end(model *m) {
  mb__timers_free(&m->timers);
  assert_int_equal(m->counted.blocks, 0);
}

static int earliest(const model *m) {
  int first = -1;
  for (int i = 0; i < MOST; i++) {
    if (!m->rows[i].reserved || m->rows[i].due == MB_NEVER) continue;
    if (first < 0 || m->rows[i].due < m->rows[first].due ||
        (m->rows[i].due == m->rows[first].due && m->rows[i].order < m->rows[first].order))
      first = i;
  }
  return first;
}

static void compare(model *m) {
  int first = earliest(m);
  int64_t due = first < 0 ? MB_NEVER : m->rows[first].due;
  assert_int_equal(mb__timers_next(&m->timers), due);
  if (first < 0) {
    assert_null(mb__timers_due(&m->timers, MB_NEVER - 1));
    return;
  }
  assert_null(mb__timers_due(&m->timers, due - 1));
  assert_ptr_equal(mb__timers_due(&m->timers, due), &m->rows[first].timer);
  assert_ptr_equal(mb__timers_due(&m->timers, due + 1000), &m->rows[first].timer);
}

static void set(model *m, int i, int64_t due) {
  mb__timers_set(&m->timers, &m->rows[i].timer, due);
  m->rows[i].due = due;
}

static void reserve(model *m, int i) {
  m->rows[i].order = m->orders++;
  m->rows[i].due = MB_NEVER;
  m->rows[i].reserved = mb__timers_reserve(&m->timers, &m->rows[i].timer, m->rows[i].order);
}

static void step(model *m) {
  int i = (int)mb__random_below(&m->random, MOST);
  uint64_t chance = mb__random_below(&m->random, 100);
  if (!m->rows[i].reserved)
    reserve(m, i);
  else if (chance < 10)
    mb__timers_release(&m->timers, &m->rows[i].timer), m->rows[i].reserved = false;
  else if (chance < 30)
    set(m, i, MB_NEVER);
  else
    set(m, i, (int64_t)mb__random_below(&m->random, 50)); /* many ties */
}

/* All in their order: what lies wrong below the first one comes up. */
static void drain(model *m) {
  for (int first; (first = earliest(m)) >= 0; set(m, first, MB_NEVER)) compare(m);
}

TEST(random_operations) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    model m;
    model_begin(&m, seed);
    for (int i = 0; i < 3000; i++) {
      step(&m);
      compare(&m);
      if (i % 500 == 499) drain(&m);
    }
    model_end(&m);
  }
}

TEST(ties_go_in_order_of_creation) {
  model m;
  model_begin(&m, 1);
  for (int i = 0; i < MOST; i++) reserve(&m, i);
  for (int i = MOST - 1; i >= 0; i--) set(&m, i, 7);
  for (int i = 0; i < MOST; i++) {
    assert_ptr_equal(mb__timers_due(&m.timers, 7), &m.rows[i].timer);
    set(&m, i, 8);
  }
  for (int i = 0; i < MOST; i++) {
    assert_ptr_equal(mb__timers_due(&m.timers, 8), &m.rows[i].timer);
    set(&m, i, MB_NEVER);
  }
  assert_int_equal(mb__timers_next(&m.timers), MB_NEVER);
  model_end(&m);
}

/* Room was made when the timer was made: setting one cannot fail, however many are set. */
TEST(setting_allocates_nothing) {
  model m;
  model_begin(&m, 3);
  for (int i = 0; i < MOST; i++) reserve(&m, i);
  size_t calls = m.counted.calls;
  for (int i = 0; i < 10000; i++)
    set(&m, (int)mb__random_below(&m.random, MOST), (int64_t)mb__random_below(&m.random, 9));
  assert_int_equal(m.counted.calls, calls);
  model_end(&m);
}

TEST(no_room) {
  model m;
  model_begin(&m, 1);
  for (int i = 0; i < MOST; i++) {
    reserve(&m, i);
    set(&m, i, 100 - i);
    m.counted.fail_at = m.counted.calls + 1;
    int next = i + 1 < MOST ? i + 1 : i;
    if (next != i) reserve(&m, next);
    m.counted.fail_at = 0;
    compare(&m);
    if (next != i && m.rows[next].reserved) mb__timers_release(&m.timers, &m.rows[next].timer);
    m.rows[next].reserved = next == i;
  }
  assert_true(m.counted.failures > 0);
  model_end(&m);
}

TEST(never) {
  model m;
  model_begin(&m, 1);
  assert_int_equal(mb__timers_next(&m.timers), MB_NEVER);
  assert_null(mb__timers_due(&m.timers, 0));
  reserve(&m, 0);
  set(&m, 0, MB_NEVER);
  assert_int_equal(mb__timers_next(&m.timers), MB_NEVER);
  set(&m, 0, 0);
  assert_ptr_equal(mb__timers_due(&m.timers, 0), &m.rows[0].timer);
  set(&m, 0, MB_NEVER - 1);
  assert_int_equal(mb__timers_next(&m.timers), MB_NEVER - 1);
  mb__timers_release(&m.timers, &m.rows[0].timer);
  assert_int_equal(mb__timers_next(&m.timers), MB_NEVER);
  model_end(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_operations),
      cmocka_unit_test(ties_go_in_order_of_creation),
      cmocka_unit_test(setting_allocates_nothing),
      cmocka_unit_test(no_room),
      cmocka_unit_test(never),
  };
  return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
