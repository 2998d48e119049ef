/* Decides how a test reads the wire facts in tests/protocol. */
#ifndef MEDIABEAT_TESTS_FACTS_H
#define MEDIABEAT_TESTS_FACTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

cJSON *read_facts(const char *name); /* "edge-va-v1.json"; fails the test if it cannot be read */

const cJSON *fact_in(const cJSON *object, const char *name); /* fails the test if there is none */

bool fact_lists(const cJSON *object, const char *name, const char *text); /* whether that list has the text */

#endif
