/* Decides how findings are printed for a person. */
#ifndef MEDIABEAT_CLI_CHECK_PRINT_H
#define MEDIABEAT_CLI_CHECK_PRINT_H

#include <stdbool.h>

#include "json.h"

typedef struct check_sums {
  double sessions, errors, warnings, notes;
} check_sums;

/* Whether this is what the collector's /api/findings answers; what it comes to. */
bool check_print_fits(const mb__json *checks, check_sums *sums);

/* Session by session on stdout. What the protocol says stands behind the first finding of a code. Without `all` there
 * are no notes, and a code is shown a few times in each session. */
void check_print(const mb__json *checks, const check_sums *sums, bool all, bool colour);

#endif
