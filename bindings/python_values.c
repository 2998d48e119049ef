/* Owns the conversion of Python's values. */
#include "python_values.h"

#include <math.h>
#include <string.h>

static bool wrong_type(const char *name, const char *needed, PyObject *value) {
  PyErr_Format(PyExc_TypeError, "%s: %s is needed, not %.100s", name, needed, Py_TYPE(value)->tp_name);
  return false;
}

/* Booleans count as numbers in Python; where a player says True instead of a number it is a mistake. */
static bool is_number(PyObject *value) {
  const PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
  return methods && (methods->nb_float || methods->nb_index) && !PyBool_Check(value) && !PyComplex_Check(value);
}

static bool is_mapping(PyObject *value) { return PyDict_Check(value) || PyObject_HasAttrString(value, "keys"); }

bool python_number_slow(PyObject *value, const char *name, double *number) {
  if (!is_number(value)) return wrong_type(name, "a number", value);
  *number = PyFloat_AsDouble(value);
  if (*number != -1 || !PyErr_Occurred()) return true;
  if (!PyErr_ExceptionMatches(PyExc_OverflowError)) return false;
  PyErr_Clear();
  return python_bad_value(name, "the number is too large");
}

bool python_integer(PyObject *value, const char *name, int64_t *integer) {
  if (PyBool_Check(value) || !PyIndex_Check(value)) return wrong_type(name, "an integer", value);
  PyObject *index = PyNumber_Index(value);
  if (!index) return false;
  int overflow;
  *integer = PyLong_AsLongLongAndOverflow(index, &overflow);
  Py_DECREF(index);
  return overflow ? python_bad_value(name, "the integer is too large") : true;
}

bool python_flag(PyObject *value, const char *name, bool *flag) {
  if (!PyBool_Check(value)) return wrong_type(name, "True or False", value);
  *flag = value == Py_True;
  return true;
}

bool python_callable(PyObject *value, const char *name) {
  return value == Py_None || PyCallable_Check(value) || wrong_type(name, "a callable or None", value);
}

bool python_bytes(PyObject *value, const char *name, const char **text, size_t *size) {
  Py_ssize_t length;
  if (!PyUnicode_Check(value)) return wrong_type(name, "a text", value);
  *text = PyUnicode_AsUTF8AndSize(value, &length);
  if (*text) return *size = (size_t)length, true;
  if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return false;
  PyErr_Clear();
  python_bad_value(name, "the text holds a surrogate, which UTF-8 cannot carry");
  return false;
}

bool python_text(PyObject *value, const char *name, bool optional, const char **text) {
  size_t size = 0;
  if (optional && value == Py_None) return *text = NULL, true;
  if (!python_bytes(value, name, text, &size)) return false;
  return memchr(*text, 0, size) ? python_bad_value(name, "the text holds a NUL") : true;
}

bool python_milliseconds(PyObject *value, const char *name, int64_t *milliseconds) {
  double seconds;
  if (!python_number(value, name, &seconds)) return false;
  double exact = seconds * 1000;
  if (!(fabs(exact) < 9e15)) return python_bad_value(name, "the number of seconds is not finite or too large");
  *milliseconds = (int64_t)floor(exact + 0.5);
  return true;
}

/* "metadata['key']", cut where it is too long. */
static void name_pair(char *place, size_t size, const char *name, const char *key) {
  PyOS_snprintf(place, size, "%s['%.100s']", name, key);
}

static bool fill_pair(PyObject *key, PyObject *value, const char *name, mb_pair *pair) {
  char place[160];
  PyOS_snprintf(place, sizeof place, "%s: key", name);
  if (!python_text(key, place, false, &pair->key)) return false;
  name_pair(place, sizeof place, name, pair->key);
  return python_text(value, place, false, &pair->value);
}

static bool fill_pairs(PyObject *kept, const char *name, mb_pair *pairs) {
  PyObject *key, *value;
  for (Py_ssize_t at = 0, i = 0; PyDict_Next(kept, &at, &key, &value); i++)
    if (!fill_pair(key, value, name, &pairs[i])) return false;
  return true;
}

/* A copy: what the pairs point at must not change before the call. */
static PyObject *copy_mapping(PyObject *value, const char *name) {
  if (PyDict_Check(value)) return PyDict_Copy(value);
  if (!is_mapping(value)) {
    wrong_type(name, "a mapping of texts, or None,", value);
    return NULL;
  }
  PyObject *copy = PyDict_New();
  if (copy && PyDict_Update(copy, value)) Py_CLEAR(copy);
  return copy;
}

bool python_metadata(PyObject *value, const char *name, mb_pair **pairs, size_t *count, PyObject **kept) {
  *pairs = NULL, *count = 0, *kept = NULL;
  if (value == Py_None) return true;
  *kept = copy_mapping(value, name);
  if (!*kept) return false;
  *count = (size_t)PyDict_GET_SIZE(*kept);
  if (!*count) return true;
  *pairs = PyMem_Calloc(*count, sizeof **pairs);
  if (!*pairs) return PyErr_NoMemory(), false;
  return fill_pairs(*kept, name, *pairs);
}

/* The names in what a player answers; interned, so that a dict finds them by their address. */
enum { PLAYHEAD, QOE, BITRATE, STARTUP_TIME, FPS, DROPPED_FRAMES, NAMES };
static PyObject *names[NAMES];
static const char *const texts[NAMES] = {"playhead", "qoe", "bitrate", "startup_time", "fps", "dropped_frames"};
static const char *const shown[NAMES] = {"player_details: playhead",    "player_details: qoe",
                                         "player_details: qoe.bitrate", "player_details: qoe.startup_time",
                                         "player_details: qoe.fps",     "player_details: qoe.dropped_frames"};

bool python_names_load(void) {
  for (int i = 0; i < NAMES; i++)
    if (!names[i] && !(names[i] = PyUnicode_InternFromString(texts[i]))) return false;
  return true;
}

/* Values of names from `first` to before `end`, each a reference, NULL where there is none. */
typedef PyObject *members[NAMES];

static int find_name(PyObject *key, int first, int end) {
  for (int name = first; name < end; name++)
    if (key == names[name]) return name;
  for (int name = first; name < end && PyUnicode_Check(key); name++)
    if (!PyUnicode_Compare(key, names[name])) return name;
  return end;
}

/* A name that is none of these is a mistake, as it is everywhere else. */
static bool read_dict(PyObject *dict, int first, int end, members found) {
  PyObject *key, *value;
  for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
    int name = find_name(key, first, end);
    if (name == end) {
      PyErr_Format(PyExc_TypeError, "player_details: %sthere is no %R", first == PLAYHEAD ? "" : "qoe: ", key);
      return false;
    }
    Py_XSETREF(found[name], Py_NewRef(value));
  }
  return true;
}

/* An item of another mapping or an attribute of anything else. */
static PyObject *member(PyObject *owner, bool by_key, int name) {
  PyObject *found = by_key ? PyObject_GetItem(owner, names[name]) : PyObject_GetAttr(owner, names[name]);
  if (!found && PyErr_ExceptionMatches(by_key ? PyExc_KeyError : PyExc_AttributeError)) PyErr_Clear();
  return found;
}

static bool read_members(PyObject *owner, int first, int end, members found) {
  if (PyDict_CheckExact(owner)) return read_dict(owner, first, end, found);
  bool by_key = is_mapping(owner);
  for (int name = first; name < end; name++)
    if (!(found[name] = member(owner, by_key, name)) && PyErr_Occurred()) return false;
  return true;
}

static void release_members(int first, int end, members found) {
  for (int name = first; name < end; name++) Py_XDECREF(found[name]);
}

static bool number_of(members found, int name, double *number) {
  return python_number(found[name] ? found[name] : Py_None, shown[name], number);
}

static bool qoe_read(PyObject *qoe, mb_qoe_info *info) {
  members found = {NULL};
  bool fits = read_members(qoe, BITRATE, NAMES, found) && number_of(found, BITRATE, &info->bitrate) &&
              number_of(found, STARTUP_TIME, &info->startup_time) && number_of(found, FPS, &info->fps) &&
              number_of(found, DROPPED_FRAMES, &info->dropped_frames);
  release_members(BITRATE, NAMES, found);
  return fits;
}

static bool optional_qoe_read(PyObject *qoe, mb_player_details *details) {
  if (!qoe || qoe == Py_None) return true;
  if (!qoe_read(qoe, &details->qoe)) return false;
  return details->has_qoe = true;
}

static bool has_details(PyObject *answer) {
  return is_mapping(answer) || PyObject_HasAttr(answer, names[PLAYHEAD]) || PyObject_HasAttr(answer, names[QOE]);
}

static bool optional_playhead_read(PyObject *playhead, double *number) {
  return !playhead || playhead == Py_None || python_number(playhead, shown[PLAYHEAD], number);
}

static bool members_read(PyObject *answer, mb_player_details *details) {
  if (!has_details(answer))
    return wrong_type("player_details", "a number, (number, qoe), a mapping, PlayerDetails or None", answer);
  members found = {NULL};
  bool fits = read_members(answer, PLAYHEAD, BITRATE, found) &&
              optional_playhead_read(found[PLAYHEAD], &details->playhead) && optional_qoe_read(found[QOE], details);
  release_members(PLAYHEAD, BITRATE, found);
  return fits;
}

bool python_details_read(PyObject *answer, mb_player_details *details) {
  if (PyFloat_CheckExact(answer)) return details->playhead = PyFloat_AS_DOUBLE(answer), true;
  if (answer == Py_None) return false;
  if (PyDict_CheckExact(answer)) return members_read(answer, details);
  if (PyTuple_Check(answer) && PyTuple_GET_SIZE(answer) == 2)
    return optional_playhead_read(PyTuple_GET_ITEM(answer, 0), &details->playhead) &&
           optional_qoe_read(PyTuple_GET_ITEM(answer, 1), details);
  if (is_number(answer)) return python_number(answer, "player_details", &details->playhead);
  return members_read(answer, details);
}
