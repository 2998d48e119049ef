/* Owns what calls between Python and C cost at least, written by hand: a method that takes one object and does nothing,
 * a callback that is called and whose answer is read, and the same callback through the binding's own function. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "python_callbacks.h"
#include "python_transport.h"
#include "python_values.h"

/* The generated file has it; here nothing is sent. */
PyObject *python_request_object(python_request *request) {
  PyMem_Free(request);
  return PyErr_NoMemory();
}

static PyObject *empty(PyObject *self, PyObject *argument) {
  (void)self, (void)argument;
  Py_RETURN_NONE;
}

static PyObject *floor_number(PyObject *self, PyObject *argument) {
  (void)self;
  double number = PyFloat_AsDouble(argument);
  if (number == -1 && PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

static bool read_arguments(PyObject *arguments, PyObject **callback, long *times) {
  return PyArg_ParseTuple(arguments, "Ol", callback, times);
}

/* call(callback, times): what a callback costs at least. */
static PyObject *call(PyObject *self, PyObject *arguments) {
  PyObject *callback;
  long times;
  (void)self;
  if (!read_arguments(arguments, &callback, &times)) return NULL;
  for (long i = 0; i < times; i++) {
    PyObject *answer = PyObject_CallNoArgs(callback);
    if (!answer) return NULL;
    Py_DECREF(answer);
  }
  Py_RETURN_NONE;
}

/* ask(callback, times): the same as the core asks a player. */
static PyObject *ask(PyObject *self, PyObject *arguments) {
  long times;
  python_client client = {.inside = true};
  python_player player = {.client = &client};
  (void)self;
  if (!read_arguments(arguments, &player.details, &times)) return NULL;
  for (long i = 0; i < times; i++) {
    mb_player_details details = {.size = sizeof details};
    if (!python_player_details(&player, &details)) return PyErr_Format(PyExc_RuntimeError, "the player did not answer");
  }
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"empty", empty, METH_O, NULL}, {"number", floor_number, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"python_floor.Object", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

static PyMethodDef functions[] = {
    {"call", call, METH_VARARGS, NULL}, {"ask", ask, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "python_floor", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_python_floor(void);
PyMODINIT_FUNC PyInit_python_floor(void) {
  PyObject *made = PyModule_Create(&module);
  PyObject *type = made ? PyType_FromSpec(&spec) : NULL;
  if (type && python_names_load() && !PyModule_AddObject(made, "Object", type)) return made;
  Py_XDECREF(type);
  Py_XDECREF(made);
  return NULL;
}
