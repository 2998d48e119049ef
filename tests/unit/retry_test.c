/* What an answer means, and how long to wait before trying again. */
#include "retry.h"

#include "random.h"
#include "suite.h"

/* The rows of the table; a status that no row names is one of `otherwise`. Redirects and missing rights are questions of
 * configuration. https://www.rfc-editor.org/rfc/rfc9110#name-status-codes */
static const struct {
  int from, to;
  mb__verdict opens, other;
} rows[] = {
    {200, 299, MB__TAKEN, MB__TAKEN},
    {300, 399, MB__TRY_RARELY, MB__TRY_RARELY},
    {401, 401, MB__TRY_RARELY, MB__TRY_RARELY},
    {403, 403, MB__TRY_RARELY, MB__TRY_RARELY},
    {404, 404, MB__DROP_SESSION, MB__SESSION_GONE},
    {408, 408, MB__TRY_AGAIN, MB__TRY_AGAIN},
    {410, 410, MB__DROP_SESSION, MB__SESSION_GONE},
    {425, 425, MB__TRY_AGAIN, MB__TRY_AGAIN},
    {429, 429, MB__TRY_AGAIN, MB__TRY_AGAIN},
    {400, 400, MB__DROP_SESSION, MB__DROP_EVENT},
    {402, 402, MB__DROP_SESSION, MB__DROP_EVENT},
    {405, 407, MB__DROP_SESSION, MB__DROP_EVENT},
    {409, 409, MB__DROP_SESSION, MB__DROP_EVENT},
    {411, 424, MB__DROP_SESSION, MB__DROP_EVENT},
    {426, 428, MB__DROP_SESSION, MB__DROP_EVENT},
    {430, 499, MB__DROP_SESSION, MB__DROP_EVENT},
};

TEST(every_status) {
  for (int status = -1; status < 1200; status++) {
    mb__verdict opens = MB__TRY_AGAIN, other = MB__TRY_AGAIN; /* no answer, 1xx, 5xx, nonsense */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      if (status >= rows[i].from && status <= rows[i].to) opens = rows[i].opens, other = rows[i].other;
    assert_int_equal(mb__verdict_of(status, true), opens);
    assert_int_equal(mb__verdict_of(status, false), other);
  }
}

/* Doubled each time, capped; the upper half of it by chance, both ends included. */
TEST(waits_lie_in_the_upper_half) {
  static const int64_t whole[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
  uint64_t random = 7;
  for (uint32_t attempt = 1; attempt <= 8; attempt++) {
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 20000; i++) {
      int64_t wait = mb__backoff(attempt, 1000, 60000, &random);
      assert_in_range(wait, whole[attempt - 1] / 2, whole[attempt - 1]);
      if (wait < least) least = wait;
      if (wait > most) most = wait;
    }
    assert_true(least < whole[attempt - 1] * 51 / 100);
    assert_true(most > whole[attempt - 1] * 99 / 100);
  }
}

TEST(short_and_long_waits) {
  uint64_t random = 7;
  for (uint32_t attempt = 1; attempt < 100; attempt++) {
    assert_int_equal(mb__backoff(attempt, 1, 1, &random), 1);
    assert_in_range(mb__backoff(attempt, 2, 2, &random), 1, 2);
    assert_in_range(mb__backoff(attempt, 5000, 100, &random), 50, 100);
    assert_in_range(mb__backoff(attempt, 60000, 60000, &random), 30000, 60000);
  }
  assert_in_range(mb__backoff(UINT32_MAX, 1000, 86400000, &random), 43200000, 86400000);
}

TEST(the_seed_decides) {
  uint64_t one = 12345, same = 12345, other = 54321;
  bool differs = false;
  for (uint32_t attempt = 1; attempt <= 20; attempt++) {
    int64_t wait = mb__backoff(attempt, 1000, 60000, &one);
    assert_int_equal(wait, mb__backoff(attempt, 1000, 60000, &same));
    differs |= wait != mb__backoff(attempt, 1000, 60000, &other);
  }
  assert_true(differs);
}

/* splitmix64 with its published test values. https://prng.di.unimi.it/splitmix64.c */
TEST(the_generator) {
  uint64_t state = 1234567;
  assert_true(mb__random_next(&state) == 6457827717110365317u);
  assert_true(mb__random_next(&state) == 3203168211198807973u);
  assert_true(mb__random_next(&state) == 9817491932198370423u);
  assert_int_equal(mb__random_below(&state, 0), 0);
  for (int i = 0; i < 1000; i++) assert_in_range(mb__random_below(&state, 3), 0, 2);
  assert_true(mb__random_seed() != mb__random_seed());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_status),         cmocka_unit_test(waits_lie_in_the_upper_half),
      cmocka_unit_test(short_and_long_waits), cmocka_unit_test(the_seed_decides),
      cmocka_unit_test(the_generator),
  };
  return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
