/* Decides what calls answer: statuses become results or exceptions, and every call goes through its client's door. */

/* True: None. False: an exception is set. */
%typemap(out) python_done {
  if (!$1) SWIG_fail;
  $result = Py_NewRef(Py_None);
}

%typemap(out) bool "$result = PyBool_FromLong($1);"
%typemap(out) double "$result = PyFloat_FromDouble($1);"
%typemap(out) PyObject * {
  if (!$1) SWIG_fail;
  $result = $1;
}

/* SWIG reads typemaps where it finds the class, and %exception where it finds the method. So this stands before a class:
 * the client of its methods is CLIENT_OF(arg1), and ANSWER makes an object of their status. */
%define PYTHON_ANSWERS(CLIENT_OF, ANSWER)
%typemap(check) int64_t now_ms { if (!python_now(CLIENT_OF(arg1), (int64_t *)&$1)) SWIG_fail; }
%typemap(check) int64_t rough_ms { if (!python_now_roughly(CLIENT_OF(arg1), (int64_t *)&$1)) SWIG_fail; }
%typemap(out) mb_status { if (!($result = ANSWER($1, $1 ? python_message(CLIENT_OF(arg1)) : NULL))) SWIG_fail; }
%enddef

/* And this before its methods. */
%define PYTHON_DOORS(CLIENT_OF)
%exception {
  python_client *client = CLIENT_OF(arg1);
  if (!python_enter(client)) SWIG_fail;
  $action
  if (!python_leave(client)) SWIG_fail;
}
%enddef

/* Methods that look after their doors themselves. */
%define PYTHON_NO_DOORS
%exception;
%enddef
