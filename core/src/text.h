/* Decides what counts as text and how numbers are written: UTF-8, locale-free shortest decimals. */
#ifndef MEDIABEAT_TEXT_H
#define MEDIABEAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For functions that take a format as printf does: which argument it is, and the first that it formats. */
#ifdef __GNUC__
#  define MB__FORMAT(at, first) __attribute__((format(printf, at, first)))
#else
#  define MB__FORMAT(at, first)
#endif

/* How many bytes from the start are valid UTF-8 (no surrogates, no overlong forms, no NUL). */
size_t mb__utf8_prefix(const char *text, size_t size);
bool mb__utf8_valid(const char *text); /* of a terminated text */

enum { MB__NUMBER_SIZE = 32 };

/* Up to here every whole number is a double of its own. */
#define MB__MOST_EXACT 9007199254740992.0

/* Write without terminator; return how many bytes. */
size_t mb__format_integer(char out[MB__NUMBER_SIZE], int64_t value);
size_t mb__format_number(char out[MB__NUMBER_SIZE], double value); /* finite; 30.0 is written 30 */

/* The number at the start of text (at most size bytes), as mb__format_number writes it, in any locale. */
double mb__parse_number(const char *text, size_t size);

/* Edit distance, for "did you mean": capped at 64 characters. */
size_t mb__edit_distance(const char *one, const char *other);

#endif
