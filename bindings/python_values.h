/* Decides how Python's values become those of C: which are taken, and how a wrong one is named. */
#ifndef MEDIABEAT_PYTHON_VALUES_H
#define MEDIABEAT_PYTHON_VALUES_H

#include "python_handles.h"

/* Each: false with TypeError or ArgumentError that begins with `name`. */
bool python_number_slow(PyObject *value, const char *name, double *number);
bool python_integer(PyObject *value, const char *name, int64_t *integer);
bool python_flag(PyObject *value, const char *name, bool *flag);
bool python_callable(PyObject *value, const char *name); /* or None */

/* UTF-8 without a NUL inside, valid as long as `value`. None: NULL, where `optional`. */
bool python_text(PyObject *value, const char *name, bool optional, const char **text);

/* The same with its size; NUL is fine. */
bool python_bytes(PyObject *value, const char *name, const char **text, size_t *size);

/* Seconds as milliseconds, to the nearest. */
bool python_milliseconds(PyObject *value, const char *name, int64_t *milliseconds);

static inline bool python_number(PyObject *value, const char *name, double *number) {
  if (!PyFloat_CheckExact(value)) return python_number_slow(value, name, number);
  *number = PyFloat_AS_DOUBLE(value);
  return true;
}

/* Metadata: a mapping of texts, or None. The pairs are freed with PyMem_Free; their texts belong to `kept`, which holds
 * what the pairs point at. */
bool python_metadata(PyObject *value, const char *name, mb_pair **pairs, size_t *count, PyObject **kept);

/* Once, before the first answer of a player is read. */
bool python_names_load(void);

/* What a player answers: a number, (number, qoe), a mapping or an object with playhead and qoe. False without an exception
 * for None. */
bool python_details_read(PyObject *answer, mb_player_details *details);

#endif
