/* Decides how a test looks at what a writer of the core has written. */
#ifndef MEDIABEAT_TESTS_WRITTEN_H
#define MEDIABEAT_TESTS_WRITTEN_H

#include "writer.h"

const char *
written(mb__writer *writer); /* terminated; more can be written behind it. Fails the test if memory ran out */

#endif
