/* Decides what a suite includes: cmocka with what it needs before itself, and transcripts. */
#ifndef MEDIABEAT_TESTS_SUITE_H
#define MEDIABEAT_TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transcript.h"

#define TEST(name) static void name(__attribute__((unused)) void **test_state)

#endif
