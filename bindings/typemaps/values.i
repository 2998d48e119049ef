/* Decides which Python values fit which arguments. A wrong one is named after the argument: TypeError, or ArgumentError,
 * which is a ValueError. */

%typemap(in) double { if (!python_number($input, "$1_name", &$1)) SWIG_fail; }
%typemap(in) int64_t { if (!python_integer($input, "$1_name", &$1)) SWIG_fail; }
%typemap(in) bool { if (!python_flag($input, "$1_name", &$1)) SWIG_fail; }
%typemap(in) const char * { if (!python_text($input, "$1_name", false, (const char **)&$1)) SWIG_fail; }
%typemap(in) const char *optional_text { if (!python_text($input, "$1_name", true, (const char **)&$1)) SWIG_fail; }
%apply const char *optional_text { const char *player, const char *value };
%typemap(freearg) const char *, const char *optional_text, const char *player, const char *value ""

%typemap(in) int64_t timeout { if (!python_milliseconds($input, "$1_name", &$1)) SWIG_fail; }
%apply int64_t timeout { int64_t now, int64_t preroll_waiting_time };

%typemap(in) size_t index (int64_t index) {
  if (!python_integer($input, "$1_name", &index)) SWIG_fail;
  $1 = (size_t)index;
}

%typemap(in) int number (int64_t number) {
  if (!python_integer($input, "$1_name", &number)) SWIG_fail;
  $1 = number < INT_MIN ? INT_MIN : number > INT_MAX ? INT_MAX : (int)number;
}

%typemap(in) PyObject *callback { if (!python_callable($1 = $input, "$1_name")) SWIG_fail; }
%apply PyObject *callback { PyObject *player_details, PyObject *session_id, PyObject *wake, PyObject *to, PyObject *log };

%typemap(in) (const char *json, size_t size) { if (!python_bytes($input, "$1_name", (const char **)&$1, &$2)) SWIG_fail; }

/* None instead of a text: another argument says which session it is. */
%typemap(in) (const char *event, size_t event_size) {
  $1 = NULL, $2 = 0;
  if ($input != Py_None && !python_bytes($input, "$1_name", (const char **)&$1, &$2)) SWIG_fail;
}

%typemap(in) (const mb_pair *metadata, size_t metadata_count) (PyObject *kept = NULL, mb_pair *pairs = NULL) {
  if (!python_metadata($input, "$1_name", &pairs, &$2, &kept)) SWIG_fail;
  $1 = pairs;
}
%typemap(freearg) (const mb_pair *metadata, size_t metadata_count) {
  PyMem_Free(pairs$argnum);
  Py_XDECREF(kept$argnum);
}
