/* Decides in which form a body is kept and when two bodies are the same event. */
#ifndef MEDIABEAT_COLLECTOR_BODY_H
#define MEDIABEAT_COLLECTOR_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "writer.h"

/* Takes the white space between tokens out of valid JSON, in place; returns the new size. Names, numbers and texts stay
 * as the client wrote them, and the result is one line. */
size_t mbc_body_compact(char *text, size_t size);

/* How long the first element is in a list of compact elements ("e1,e2]"). */
size_t mbc_body_element(const char *text, size_t size);

/* Appends the canonical text: members sorted by name, numbers in shortest form. Equal texts, equal events. On failure
 * the writer has failed. */
void mbc_body_canonical(mb__writer *writer, const mb__json *value);

/* The same from a compact body that was parsed before. */
void mbc_body_canonical_text(mb__writer *writer, const char *body, size_t size);

int64_t mbc_body_hash(const mb__writer *canonical);

#endif
