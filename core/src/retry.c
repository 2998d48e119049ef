/* Owns the table of answers. */
#include "retry.h"

#include "random.h"

static const struct {
  int from, to;
  mb__verdict opens, other;
} answers[] = {
    {0, 199, MB__TRY_AGAIN, MB__TRY_AGAIN}, /* no answer, or no final one */
    {200, 299, MB__TAKEN, MB__TAKEN},
    {300, 399, MB__TRY_RARELY, MB__TRY_RARELY},
    {401, 401, MB__TRY_RARELY, MB__TRY_RARELY},
    {403, 403, MB__TRY_RARELY, MB__TRY_RARELY},
    {404, 404, MB__DROP_SESSION, MB__SESSION_GONE},
    {408, 408, MB__TRY_AGAIN, MB__TRY_AGAIN},
    {410, 410, MB__DROP_SESSION, MB__SESSION_GONE},
    {425, 425, MB__TRY_AGAIN, MB__TRY_AGAIN},
    {429, 429, MB__TRY_AGAIN, MB__TRY_AGAIN},
    {400, 499, MB__DROP_SESSION, MB__DROP_EVENT}, /* the rest of them */
};

mb__verdict mb__verdict_of(int status, bool opens) {
  for (unsigned i = 0; i < sizeof answers / sizeof *answers; i++)
    if (status >= answers[i].from && status <= answers[i].to) return opens ? answers[i].opens : answers[i].other;
  return MB__TRY_AGAIN; /* 5xx and what HTTP does not know */
}

int64_t mb__backoff(uint32_t attempts, int64_t first, int64_t most, uint64_t *random) {
  int64_t wait = first;
  for (uint32_t i = 1; i < attempts && wait < most; i++) wait *= 2;
  if (wait > most) wait = most;
  return wait - wait / 2 + (int64_t)mb__random_below(random, (uint64_t)(wait / 2) + 1);
}
