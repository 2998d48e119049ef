/* Decides how objects of the generated types become C's handles, and where time comes from. */

/* A method's own object is of its type: Python has checked that. NULL when __init__ never ran. */
%typemap(in) SWIGTYPE *self "$1 = ($1_ltype)((SwigPyObject *)$input)->ptr;"

/* A client together with its object, of which the new handle keeps a reference. */
%typemap(in) (python_client *client, PyObject *client_object) {
  if (!(($1 = python_client_of($2 = $input)))) SWIG_fail;
}

%typemap(in) python_config *config { if (!($1 = python_config_of($input))) SWIG_fail; }

/* The time of the call is no argument: it is read from the client's clock when everything else has been checked. */
%typemap(in, numinputs=0) int64_t now_ms, int64_t rough_ms, int64_t opening_ms "$1 = 0;"
%typemap(check) int64_t opening_ms { if (!python_now(arg1, &$1)) SWIG_fail; } /* of a constructor with a client */

/* The type's own life. */
%define PYTHON_TYPE(STRUCT, NAME, FLAGS)
%rename(NAME) STRUCT;
%feature("python:tp_dealloc") STRUCT #STRUCT "_dealloc";
%feature("python:tp_flags") STRUCT FLAGS;
typedef struct STRUCT {} STRUCT;
%enddef

%define PYTHON_TYPE_WITH_REFERENCES(STRUCT, NAME)
%feature("python:tp_traverse") STRUCT #STRUCT "_visit";
%feature("python:tp_clear") STRUCT #STRUCT "_unlink";
PYTHON_TYPE(STRUCT, NAME, "Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC")
%enddef

/* A constructor runs once: SWIG would chain a second handle to the first. A handle may come with an exception, which a
 * callback has raised: the object has the handle then, and __init__ raises. MADE: what else is to be done with `result`. */
%define PYTHON_CONSTRUCTOR(MADE)
%exception {
  if (((SwigPyObject *)self)->ptr) {
    PyErr_SetString(PyExc_RuntimeError, "__init__ was called already");
    SWIG_fail;
  }
  $action
  if (!result) SWIG_fail;
  MADE
  if (PyErr_Occurred()) {
    ((SwigPyObject *)self)->ptr = result;
    SWIG_fail;
  }
}
%enddef
