/* Decides what fuzzers share: the function libFuzzer calls, and how one of them stops when a promise is broken. */
#ifndef MEDIABEAT_TESTS_FUZZ_TARGET_H
#define MEDIABEAT_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* One input. Whatever the bytes are: returns 0, or does not return. https://llvm.org/docs/LibFuzzer.html */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the process, naming what was promised, unless it holds. */
#define PROMISE(condition) promise(condition, __FILE__, __LINE__, #condition)
void promise(int holds, const char *file, int line, const char *what);

/* A copy that is not longer than what it holds, so that reading one byte too far is seen, and is freed by free(). */
char *exact_copy(const void *bytes, size_t size);

/* Inputs of several parts have 0x1e between them: hands out the next part, false when there is none. */
typedef struct parts {
  const char *at, *end;
} parts;
int next_part(parts *left, const char **part, size_t *size);

/* The first line of a part, without its end, and moves on behind it; cut to what `line` can hold. */
void take_line(const char **part, size_t *size, char *line, size_t line_size);

#endif
