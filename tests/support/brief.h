/* Decides how a request reads in a transcript: what kind of event, where it goes, and what tells it from others; the same
 * for both protocols. A request of the Media Edge API is checked on the way: its path names its event and its _id, and the
 * collector's own check has nothing to say about its body. */
#ifndef MEDIABEAT_TESTS_BRIEF_H
#define MEDIABEAT_TESTS_BRIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "text_buffer.h"

/* Whether a path is one of the Media Edge API. */
bool brief_is_edge(const char *path);

/* "new", "batch", or the id of a session; behind it "@" and the region, if one is named. */
void brief_address(text_buffer *out, const char *path, const char *body, size_t size);

/* An event, or a batch of them: type, playhead, ts unless it is `at`, and what tells it from others. Player states that a
 * statesUpdate starts have '+' before them, those that it ends '-'. */
void brief_events(text_buffer *out, const char *path, const char *body, size_t size, int64_t at);

/* A body or path with UUID in the place of every random id. */
void brief_without_ids(text_buffer *out, const char *text, size_t size);

#endif
