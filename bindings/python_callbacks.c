/* Owns the way from C into Python. */
#include "python_callbacks.h"

#include "python_values.h"

void python_release(python_client *client) { client->released = PyEval_SaveThread(); }

void python_regain(python_client *client) {
  PyThreadState *state = client->released;
  client->released = NULL;
  PyEval_RestoreThread(state);
}

bool python_take(python_client *client) {
  if (!client->released) return false;
  python_regain(client);
  return true;
}

void python_give(python_client *client, bool taken) {
  if (taken) python_release(client);
}

static PyObject *take_exception(void) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return value;
}

static void park_first(python_client *client) {
  PyObject *earlier = client->parked;
  client->parked = take_exception();
  if (!earlier) return;
  PyErr_SetObject((PyObject *)Py_TYPE(earlier), earlier);
  Py_DECREF(earlier);
  PyErr_WriteUnraisable(NULL);
}

/* Ctrl-C inside a callback must not be lost behind the failure of another. */
void python_park(python_client *client) {
  if (!client->parked || !PyErr_ExceptionMatches(PyExc_Exception))
    park_first(client);
  else
    PyErr_WriteUnraisable(NULL);
}

/* What a signal's handler raises comes before everything else. */
bool python_interrupted(python_client *client) {
  if (PyErr_CheckSignals()) return park_first(client), true;
  return client->parked && !PyObject_TypeCheck(client->parked, (PyTypeObject *)PyExc_Exception);
}

/* Memory is asked for while the GIL is released too, so it is the kind that needs none. */
void *python_allocate(void *user, void *block, size_t size) {
  (void)user;
  if (size) return PyMem_RawRealloc(block, size);
  PyMem_RawFree(block);
  return NULL;
}

/* What a function without an interesting answer has raised. */
static void finish(python_client *client, PyObject *answer) {
  if (answer)
    Py_DECREF(answer);
  else
    python_park(client);
}

void python_log(void *user, mb_log_level level, const char *message) {
  const python_host *host = user;
  if (!host->log || !host->client) return;
  bool taken = python_take(host->client);
  PyObject *log = Py_NewRef(host->log);
  finish(host->client, PyObject_CallFunction(log, "is", (int)level, message));
  Py_DECREF(log);
  python_give(host->client, taken);
}

static bool ask(python_client *client, PyObject *callback, mb_player_details *details) {
  PyObject *answer = PyObject_CallNoArgs(callback);
  bool read = answer && python_details_read(answer, details);
  Py_XDECREF(answer);
  if (!read && PyErr_Occurred()) python_park(client);
  return read;
}

bool python_player_details(void *user, mb_player_details *details) {
  const python_player *player = user;
  if (!player->client || !player->details) return false;
  python_client *client = player->client;
  bool taken = python_take(client);
  PyObject *callback = Py_NewRef(player->details);
  bool known = ask(client, callback, details);
  Py_DECREF(callback);
  python_give(client, taken);
  return known;
}

void python_session_id(void *user, const char *id) {
  const python_player *player = user;
  if (!player->client || !player->session_id) return;
  python_client *client = player->client;
  bool taken = python_take(client);
  PyObject *callback = Py_NewRef(player->session_id);
  finish(client, PyObject_CallFunction(callback, "s", id));
  Py_DECREF(callback);
  python_give(client, taken);
}

void python_write(void *user, const char *line, size_t size) {
  python_client *client = user;
  if (!client->write) return;
  bool taken = python_take(client);
  PyObject *write = Py_NewRef(client->write);
  finish(client, PyObject_CallFunction(write, "s#", line, (Py_ssize_t)size));
  Py_DECREF(write);
  python_give(client, taken);
}
