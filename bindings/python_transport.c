/* Owns transports that are Python objects. */
#include "python_transport.h"

#include <limits.h>

#include "python_callbacks.h"
#include "python_values.h"

static const size_t usual_capacity = 8;

/* The request's object lives until its last reference goes; from here on it answers that it is closed. */
static void let_go(python_request *request) {
  request->core = NULL;
  Py_DECREF(request->object);
}

static PyObject *make_request(python_client *client, mb_request *core) {
  python_request *request = PyMem_Calloc(1, sizeof *request);
  if (!request) return PyErr_NoMemory();
  request->core = core;
  request->client = client;
  PyObject *object = python_request_object(request);
  if (!object) return NULL; /* and the struct is gone */
  request->object = object;
  mb_request_set_user(core, request);
  return object;
}

/* A text of a response; None is NULL. */
static bool text_member(PyObject *response, const char *name, PyObject **kept, const char **text) {
  *kept = PyObject_GetAttrString(response, name);
  return *kept && python_text(*kept, name, true, text);
}

static bool integer_member(PyObject *response, const char *name, int64_t *integer) {
  PyObject *value = PyObject_GetAttrString(response, name);
  bool fits = value && python_integer(value, name, integer);
  Py_XDECREF(value);
  return fits;
}

static bool body_member(PyObject *response, PyObject **kept, mb_response *answer) {
  *kept = PyObject_GetAttrString(response, "body");
  if (!*kept) return false;
  if (!PyBytes_Check(*kept)) return python_bytes(*kept, "body", &answer->body, &answer->body_size);
  answer->body = PyBytes_AS_STRING(*kept);
  answer->body_size = (size_t)PyBytes_GET_SIZE(*kept);
  return true;
}

static bool flag_member(PyObject *response, const char *name, bool *flag) {
  PyObject *value = PyObject_GetAttrString(response, name);
  bool fits = value && python_flag(value, name, flag);
  Py_XDECREF(value);
  return fits;
}

enum { LOCATION, ERROR, BODY, KEPT };

static bool read_response(PyObject *response, mb_response *answer, PyObject **kept) {
  int64_t status;
  if (!PyObject_HasAttrString(response, "status")) {
    PyErr_Format(PyExc_TypeError, "response: a Response is needed, not %.100s", Py_TYPE(response)->tp_name);
    return false;
  }
  if (!integer_member(response, "status", &status)) return false;
  if (status < 0 || status > 999) return python_bad_value("status", "0 to 999 is needed");
  answer->status = (int)status;
  return text_member(response, "location", &kept[LOCATION], &answer->location) &&
         text_member(response, "error", &kept[ERROR], &answer->error) && body_member(response, &kept[BODY], answer) &&
         integer_member(response, "retry_after", &answer->retry_after_s) &&
         flag_member(response, "not_sent", &answer->not_sent);
}

static void complete(python_request *request, const mb_response *answer, int64_t now_ms) {
  mb_request *core = request->core;
  request->core = NULL;
  mb_request_set_user(core, NULL);
  mb_request_complete(core, answer, now_ms);
}

static bool already_answered(void) {
  python_raise_status(MB_CLOSED, "this request is answered or cancelled already");
  return false;
}

static bool complete_with(python_request *request, PyObject *response, int64_t now_ms) {
  mb_response answer = {.size = sizeof answer};
  PyObject *kept[KEPT] = {NULL};
  bool fits = read_response(response, &answer, kept);
  if (fits && !request->core) fits = already_answered(); /* reading it ran Python */
  if (fits) {
    complete(request, &answer, now_ms);
    Py_DECREF(request->object);
  }
  for (int i = 0; i < KEPT; i++) Py_XDECREF(kept[i]);
  return fits;
}

static bool answer_now(python_request *request, PyObject *response) {
  int64_t now_ms;
  return python_now(request->client, &now_ms) && complete_with(request, response, now_ms);
}

/* Nobody else may hold the client: its own reference outlives what clocks and callbacks drop. */
static bool answer_outside(python_request *request, PyObject *response) {
  python_client *client = request->client;
  if (!python_enter(client)) return false;
  PyObject *object = Py_NewRef(client->object);
  if (!answer_now(request, response)) python_park(client);
  bool done = python_leave(client);
  Py_DECREF(object);
  return done;
}

/* The core takes answers inside send and poll, and outside of all calls. */
bool python_request_answer(python_request *request, PyObject *response) {
  if (!request || !request->core) return already_answered();
  bool nested = request->client->carrying == PyThread_get_thread_ident();
  return nested ? answer_now(request, response) : answer_outside(request, response);
}

/* What the object answered to send. The reference of the core goes with the request's end. */
static mb_status sent(python_client *client, python_request *request, PyObject *answer, int64_t now_ms) {
  static const mb_response unreadable = {.size = sizeof unreadable, .error = "the transport's response cannot be read"};
  if (answer == Py_None || !request->core) return MB_OK;
  if (complete_with(request, answer, now_ms)) return MB_OK;
  python_park(client);
  if (!request->core) return MB_OK;
  complete(request, &unreadable, now_ms);
  Py_DECREF(request->object);
  return MB_OK;
}

/* send raised. BusyError: the request may be offered again. Anything else is parked and counts as no answer. */
static mb_status not_sent(python_client *client, python_request *request) {
  bool busy = request->core && python_is_busy_error();
  bool taken = !request->core;
  if (busy)
    PyErr_Clear();
  else
    python_park(client);
  if (taken) return MB_OK; /* it was answered before */
  mb_request_set_user(request->core, NULL);
  let_go(request);
  return busy ? MB_BUSY : MB_TRANSPORT_FAILED;
}

static mb_status send_holding(python_client *client, mb_request *core, int64_t now_ms) {
  PyObject *object = make_request(client, core);
  if (!object) return python_park(client), MB_NO_MEMORY;
  python_request *request = mb_request_user(core);
  Py_INCREF(object); /* of this function, beside the core's */
  PyObject *answer = client->transport.functions[PYTHON_SEND]
                         ? PyObject_CallOneArg(client->transport.functions[PYTHON_SEND], object)
                         : Py_NewRef(Py_None);
  mb_status status = answer ? sent(client, request, answer, now_ms) : not_sent(client, request);
  Py_XDECREF(answer);
  Py_DECREF(object);
  return status;
}

static mb_status transport_send(void *user, mb_request *core, int64_t now_ms) {
  python_client *client = user;
  if (client->process != python_process) return MB_TRANSPORT_FAILED; /* a callback has forked: this is the child */
  bool taken = python_take(client);
  unsigned long before = client->carrying; /* an answer inside poll makes room for the next request */
  client->carrying = PyThread_get_thread_ident();
  mb_status status = send_holding(client, core, now_ms);
  client->carrying = before;
  python_give(client, taken);
  return status;
}

/* Calls a function of the transport with at most one argument, which is taken over. */
static PyObject *call(python_client *client, PyObject *function, PyObject *argument) {
  PyObject *kept = Py_NewRef(function);
  PyObject *answer = argument ? PyObject_CallOneArg(kept, argument) : PyObject_CallNoArgs(kept);
  Py_DECREF(kept);
  Py_XDECREF(argument);
  if (!answer) python_park(client);
  return answer;
}

static void transport_cancel(void *user, mb_request *core) {
  python_client *client = user;
  python_request *request = mb_request_user(core);
  if (!request) return;
  bool taken = python_take(client);
  mb_request_set_user(core, NULL);
  request->core = NULL;
  if (client->transport.functions[PYTHON_CANCEL])
    Py_XDECREF(call(client, client->transport.functions[PYTHON_CANCEL], Py_NewRef(request->object)));
  Py_DECREF(request->object);
  python_give(client, taken);
}

static void transport_poll(void *user, int64_t now_ms) {
  python_client *client = user;
  (void)now_ms;
  if (!client->transport.functions[PYTHON_POLL]) return;
  bool taken = python_take(client);
  client->carrying = PyThread_get_thread_ident();
  Py_XDECREF(call(client, client->transport.functions[PYTHON_POLL], NULL));
  client->carrying = 0;
  python_give(client, taken);
}

/* Reads an answer that is None or fits; what does not is parked. */
static bool read_answer(python_client *client, PyObject *answer, const char *name,
                        bool (*read)(PyObject *value, const char *name, int64_t *number), int64_t *number) {
  if (!answer) return false;
  bool fits = answer != Py_None && read(answer, name, number);
  if (!fits && PyErr_Occurred()) python_park(client);
  Py_DECREF(answer);
  return fits;
}

static int64_t transport_next_deadline(void *user) {
  python_client *client = user;
  int64_t due = MB_NEVER;
  if (!client->transport.functions[PYTHON_NEXT_DEADLINE]) return due;
  bool taken = python_take(client);
  PyObject *answer = call(client, client->transport.functions[PYTHON_NEXT_DEADLINE], NULL);
  if (!read_answer(client, answer, "next_deadline", python_milliseconds, &due)) due = MB_NEVER;
  python_give(client, taken);
  return due;
}

static int64_t transport_wait(void *user, int64_t timeout_ms) {
  python_client *client = user;
  int64_t waited = 0;
  if (!client->transport.functions[PYTHON_WAIT]) return 0;
  bool taken = python_take(client);
  int64_t before = python_monotonic_ms();
  PyObject *timeout = PyFloat_FromDouble((double)timeout_ms / 1000);
  PyObject *answer = timeout ? call(client, client->transport.functions[PYTHON_WAIT], timeout) : NULL;
  if (!timeout) python_park(client);
  if (!read_answer(client, answer, "wait", python_milliseconds, &waited)) waited = python_monotonic_ms() - before;
  python_give(client, taken);
  return waited;
}

static int transport_descriptor(void *user) {
  python_client *client = user;
  int64_t descriptor = -1;
  if (!client->transport.functions[PYTHON_DESCRIPTOR]) return -1;
  bool taken = python_take(client);
  PyObject *answer = call(client, client->transport.functions[PYTHON_DESCRIPTOR], NULL);
  if (!read_answer(client, answer, "descriptor", python_integer, &descriptor)) descriptor = -1;
  python_give(client, taken);
  return descriptor >= 0 && descriptor <= INT_MAX ? (int)descriptor : -1;
}

static void transport_free(void *user) {
  python_client *client = user;
  bool taken = python_take(client);
  if (client->transport.functions[PYTHON_CLOSE])
    Py_XDECREF(call(client, client->transport.functions[PYTHON_CLOSE], NULL));
  python_transport_clear(&client->transport);
  python_give(client, taken);
}

/* NULL without an exception where the object has no such function. */
static bool find(PyObject *object, const char *name, PyObject **function) {
  *function = PyObject_GetAttrString(object, name);
  if (*function == Py_None) Py_CLEAR(*function);
  if (*function) return python_callable(*function, name);
  if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
  PyErr_Clear();
  return true;
}

static bool find_functions(PyObject *object, python_transport *transport) {
  static const char *const names[PYTHON_FUNCTIONS] = {"send", "cancel",     "poll", "next_deadline",
                                                      "wait", "descriptor", "close"};
  for (int i = 0; i < PYTHON_FUNCTIONS; i++)
    if (!find(object, names[i], &transport->functions[i])) return false;
  if (transport->functions[PYTHON_SEND]) return true;
  PyErr_Format(PyExc_TypeError, "transport: an object with send(request) is needed, not %.100s",
               Py_TYPE(object)->tp_name);
  return false;
}

static bool find_capacity(PyObject *object, size_t *capacity) {
  int64_t given = 0;
  PyObject *value = PyObject_GetAttrString(object, "capacity");
  if (!value && PyErr_ExceptionMatches(PyExc_AttributeError)) return PyErr_Clear(), *capacity = usual_capacity, true;
  bool fits = value && python_integer(value, "transport.capacity", &given);
  Py_XDECREF(value);
  if (fits && given < 1) return python_bad_value("transport.capacity", "at least 1 is needed");
  *capacity = (size_t)given;
  return fits;
}

/* What the object lacks is left out, so that the core knows that it cannot wait. */
bool python_transport_init(python_client *client, PyObject *object, mb_transport *transport) {
  *transport = (mb_transport){.size = sizeof *transport,
                              .user = client,
                              .send = transport_send,
                              .cancel = transport_cancel,
                              .free = transport_free};
  if (!find_functions(object, &client->transport) || !find_capacity(object, &transport->capacity)) return false;
  if (client->transport.functions[PYTHON_POLL]) transport->poll = transport_poll;
  if (client->transport.functions[PYTHON_NEXT_DEADLINE]) transport->next_deadline = transport_next_deadline;
  if (client->transport.functions[PYTHON_WAIT]) transport->wait = transport_wait;
  if (client->transport.functions[PYTHON_DESCRIPTOR]) transport->descriptor = transport_descriptor;
  return true;
}

/* ---- libcurl's, which a child of a fork inside a callback leaves alone ---- */

static bool is_child(const python_client *client) { return client->process != python_process; }

static mb_status guarded_send(void *user, mb_request *core, int64_t now_ms) {
  python_client *client = user;
  return is_child(client) ? MB_TRANSPORT_FAILED : client->curl.send(client->curl.user, core, now_ms);
}

static void guarded_cancel(void *user, mb_request *core) {
  python_client *client = user;
  if (!is_child(client)) client->curl.cancel(client->curl.user, core);
}

static void guarded_poll(void *user, int64_t now_ms) {
  python_client *client = user;
  if (!is_child(client)) client->curl.poll(client->curl.user, now_ms);
}

static int64_t guarded_next_deadline(void *user) {
  const python_client *client = user;
  return client->curl.next_deadline(client->curl.user);
}

static int64_t guarded_wait(void *user, int64_t timeout_ms) {
  python_client *client = user;
  return is_child(client) ? timeout_ms : client->curl.wait(client->curl.user, timeout_ms);
}

static int guarded_descriptor(void *user) {
  const python_client *client = user;
  return client->curl.descriptor(client->curl.user);
}

static void guarded_free(void *user) {
  python_client *client = user;
  client->curl.free(client->curl.user);
}

void python_transport_guard(python_client *client, mb_transport *transport) {
  client->curl = *transport;
  *transport = (mb_transport){.size = sizeof *transport,
                              .user = client,
                              .capacity = client->curl.capacity,
                              .send = guarded_send,
                              .cancel = guarded_cancel,
                              .poll = guarded_poll,
                              .next_deadline = guarded_next_deadline,
                              .wait = guarded_wait,
                              .descriptor = guarded_descriptor,
                              .free = guarded_free};
}

/* ---- references ---- */

void python_transport_clear(python_transport *transport) {
  for (int i = 0; i < PYTHON_FUNCTIONS; i++) Py_CLEAR(transport->functions[i]);
}

int python_transport_traverse(const python_transport *transport, visitproc visit, void *arg) {
  for (int i = 0; i < PYTHON_FUNCTIONS; i++) Py_VISIT(transport->functions[i]);
  return 0;
}
