/* Owns the life of handles and their doors. */
#define _GNU_SOURCE /* CLOCK_REALTIME_COARSE */
#include "python_handles.h"

#include <mediabeat/curl.h>
#include <string.h>
#include <time.h>

#include "python_callbacks.h"
#include "python_replay.h"
#include "python_transport.h"
#include "python_values.h"

unsigned long python_process;
PyObject *python_ok;

static PyObject *results[MB_STATUS_COUNT];
static PyObject *exceptions[MB_STATUS_COUNT];
static PyObject *argument_error, *closed_error, *forked_error, *thread_error;

static int64_t clock_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000 + (now.tv_nsec + 500000) / 1000000;
}

int64_t python_system_ms(void) { return clock_ms(CLOCK_REALTIME); }

int64_t python_monotonic_ms(void) { return clock_ms(CLOCK_MONOTONIC); }

int64_t python_rough_ms(void) {
#ifdef CLOCK_REALTIME_COARSE
  return clock_ms(CLOCK_REALTIME_COARSE);
#else
  return clock_ms(CLOCK_REALTIME);
#endif
}

void python_forked(void) { python_process++; }

/* ---- what is raised ---- */

static PyObject *status_name(int status) {
  return PyUnicode_FromString(mb_status_name((mb_status)status) + sizeof "MB_" - 1);
}

static bool load_results(PyObject *model) {
  PyObject *members = PyObject_GetAttrString(model, "Result");
  for (int status = 0; members && status < MB_STATUS_COUNT; status++) {
    PyObject *name = status_name(status);
    if (name) results[status] = PyObject_GetItem(members, name);
    Py_XDECREF(name);
    if (!results[status]) return Py_DECREF(members), false;
  }
  Py_XDECREF(members);
  python_ok = results[MB_OK];
  return members != NULL;
}

static bool load_exceptions(PyObject *errors) {
  static const struct {
    mb_status status;
    const char *name;
  } names[] = {{MB_NO_MEMORY, "OutOfMemory"},
               {MB_INVALID_ARGUMENT, "ArgumentError"},
               {MB_INVALID_TEXT, "ArgumentError"},
               {MB_INVALID_NUMBER, "ArgumentError"},
               {MB_INVALID_TIME, "ArgumentError"},
               {MB_INVALID_JSON, "EventError"},
               {MB_INVALID_EVENT, "EventError"},
               {MB_UNKNOWN_KEY, "ConfigError"},
               {MB_WRONG_TYPE, "ConfigError"},
               {MB_MISSING_KEY, "ConfigError"},
               {MB_BUSY, "BusyError"},
               {MB_CLOSED, "ClosedError"},
               {MB_TOO_LATE, "BusyError"},
               {MB_TRANSPORT_FAILED, "TransportError"},
               {MB_TOO_LARGE, "EventError"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!(exceptions[names[i].status] = PyObject_GetAttrString(errors, names[i].name))) return false;
  argument_error = exceptions[MB_INVALID_ARGUMENT];
  closed_error = exceptions[MB_CLOSED];
  return (forked_error = PyObject_GetAttrString(errors, "ForkedError")) != NULL &&
         (thread_error = PyObject_GetAttrString(errors, "ThreadError")) != NULL;
}

bool python_classes_load(void) {
  PyObject *errors = PyImport_ImportModule("mediabeat.errors");
  PyObject *model = errors ? PyImport_ImportModule("mediabeat.model") : NULL;
  bool loaded = model && python_names_load() && load_exceptions(errors) && load_results(model);
  Py_XDECREF(model);
  Py_XDECREF(errors);
  return loaded;
}

bool python_check_interpreter(void) {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return true;
  PyErr_SetString(PyExc_ImportError, "mediabeat works in the main interpreter of a process only");
  return false;
}

bool python_is_busy_error(void) { return PyErr_ExceptionMatches(exceptions[MB_BUSY]) != 0; }

static PyObject *raise(PyObject *class, mb_status status, const char *message) {
  PyObject *exception = PyObject_CallFunction(class, "sO", message, results[status]);
  if (exception) PyErr_SetObject(class, exception);
  Py_XDECREF(exception);
  return NULL;
}

PyObject *python_raise_status(mb_status status, const char *message) {
  PyObject *class = exceptions[status] ? exceptions[status] : argument_error;
  return raise(class, status, message && *message ? message : mb_status_text(status));
}

bool python_bad_value(const char *name, const char *what) {
  char text[300];
  PyOS_snprintf(text, sizeof text, "%.160s: %s", name, what);
  raise(argument_error, MB_INVALID_ARGUMENT, text);
  return false;
}

/* "sessionStart: length: why" without the call, which the caller knows. */
static const char *without_call(const char *message) {
  const char *argument = message ? strstr(message, ": ") : NULL;
  return argument && strstr(argument + 2, ": ") ? argument + 2 : message;
}

PyObject *python_result(mb_status status, const char *message) {
  if (status == MB_OK || mb_status_is_refusal(status)) return Py_NewRef(results[status]);
  return python_raise_status(status, status == MB_INVALID_NUMBER ? without_call(message) : message);
}

PyObject *python_nothing(mb_status status, const char *message) {
  if (status == MB_OK) Py_RETURN_NONE;
  return python_raise_status(status, message);
}

PyObject *python_configured(mb_status status, const char *message) {
  if (status == MB_INVALID_JSON || status == MB_TOO_LARGE) return python_bad_value("config", message), NULL;
  return python_nothing(status, message);
}

/* ---- doors ---- */

static const char *inside_text(const python_client *client) {
  return client->thread ? "called from inside one of this client's callbacks"
                        : "another thread is inside a call of this client, or this is inside one of its callbacks";
}

bool python_refuse(const python_client *client) {
  if (!client || !client->core)
    raise(closed_error, MB_CLOSED, "this handle is closed");
  else if (client->process != python_process)
    raise(forked_error, MB_CLOSED, "this handle belongs to the process that forked this one");
  else if (client->thread && client->thread != PyThread_get_thread_ident())
    raise(thread_error, MB_BUSY, "this handle belongs to the thread that made its client");
  else
    python_raise_status(MB_BUSY, inside_text(client));
  return false;
}

static void free_orphans(python_client *client) {
  while (client->orphans) {
    python_player *orphan = client->orphans;
    client->orphans = orphan->after;
    orphan->free_core(orphan);
    PyMem_Free(orphan);
  }
}

static bool raise_parked(python_client *client) {
  PyObject *parked = client->parked;
  if (!parked) return true;
  client->parked = NULL;
  PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(parked)), parked, PyException_GetTraceback(parked));
  return false;
}

/* The driver is told only what differs from what it was told before. */
static bool wake_driver(python_client *client) {
  if (!client->wake || !client->core) return true;
  client->inside = true; /* the transport may be asked */
  int64_t deadline = mb_client_next_deadline(client->core);
  int descriptor = mb_client_descriptor(client->core);
  client->inside = false;
  if (deadline == client->seen_deadline && descriptor == client->seen_descriptor) return true;
  client->seen_deadline = deadline;
  client->seen_descriptor = descriptor;
  PyObject *wake = Py_NewRef(client->wake);
  PyObject *answer = PyObject_CallNoArgs(wake);
  Py_DECREF(wake);
  Py_XDECREF(answer);
  return answer != NULL;
}

/* A driver that fails must not hide what a callback has raised. */
static bool settle(python_client *client) {
  client->inside = true;
  free_orphans(client);
  client->inside = false;
  bool woken = wake_driver(client);
  if (!client->parked) return woken;
  if (!woken) PyErr_WriteUnraisable(client->wake);
  return raise_parked(client);
}

/* A driver may close the tracker whose call this is, and with it the last reference to the client. */
bool python_settle(python_client *client) {
  if (client->process != python_process) return client->parked ? raise_parked(client) : python_refuse(client);
  PyObject *object = client->object;
  Py_XINCREF(object);
  bool settled = settle(client);
  Py_XDECREF(object);
  return settled;
}

bool python_now_asked(python_client *client, int64_t *now_ms) {
  if (client->virtual_clock) return *now_ms = client->virtual_clock->now_ms, true;
  PyObject *clock = Py_NewRef(client->clock);
  PyObject *answer = PyObject_CallNoArgs(clock);
  Py_DECREF(clock);
  bool fits = answer && python_milliseconds(answer, "clock", now_ms);
  Py_XDECREF(answer);
  return fits;
}

/* ---- configurations ---- */

static void host_delete(python_host *host) {
  if (!host) return;
  Py_XDECREF(host->log);
  PyMem_Free(host);
}

static python_host *host_new(PyObject *log) {
  python_host *host = PyMem_Calloc(1, sizeof *host);
  if (host && log != Py_None) host->log = Py_NewRef(log);
  return host;
}

python_config *python_config_new(PyObject *log) {
  if (!python_callable(log, "log")) return NULL;
  python_config *config = PyMem_Calloc(1, sizeof *config);
  if (config) config->host = host_new(log);
  mb_host host = {.size = sizeof host, .allocate = python_allocate, .log = log == Py_None ? NULL : python_log};
  if (config) host.user = config->host;
  if (config && config->host && !mb_config_new(&host, &config->core)) return config;
  python_config_delete(config);
  PyErr_NoMemory();
  return NULL;
}

void python_config_delete(python_config *config) {
  if (!config) return;
  mb_config_free(config->core);
  host_delete(config->host);
  PyMem_Free(config);
}

/* ---- clients ---- */

static bool make_transport(python_client *client, const python_config *config, PyObject *object,
                           mb_transport *transport) {
  if (object != Py_False) return python_transport_init(client, object, transport);
  mb_status status = mb_curl_transport_new(config->core, transport);
  if (status) return python_raise_status(status, NULL) != NULL;
  python_transport_guard(client, transport);
  return true;
}

static bool make_core(python_client *client, const python_config *config, PyObject *object) {
  mb_transport transport;
  bool sends = object != Py_None;
  if (sends && !make_transport(client, config, object, &transport)) return false;
  mb_status status = mb_client_new(config->core, sends ? &transport : NULL, &client->core);
  if (status && sends) transport.free(transport.user);
  if (status) python_raise_status(status, NULL);
  return !status;
}

python_client *python_client_new(python_config *config, PyObject *clock, python_clock *virtual_clock,
                                 PyObject *transport, bool check_thread) {
  if (!config || !config->host) {
    python_bad_value("config", "this configuration has a client already");
    return NULL;
  }
  python_client *client = PyMem_Calloc(1, sizeof *client);
  if (!client) return PyErr_NoMemory(), NULL;
  client->process = python_process;
  client->thread = check_thread ? PyThread_get_thread_ident() : 0;
  client->seen_deadline = MB_NEVER;
  client->seen_descriptor = -1;
  client->clock = clock == Py_None ? NULL : Py_NewRef(clock);
  client->virtual_clock = virtual_clock;
  client->host = config->host;
  client->host->client = client;
  client->inside = true;
  bool made = make_core(client, config, transport);
  if (made) config->host = NULL;
  if (made && python_leave(client)) return client;
  if (!made) client->host->client = NULL, client->host = NULL;
  python_client_delete(client);
  return NULL;
}

static void forget_players(python_client *client) {
  for (python_player *player = client->players; player; player = player->after) player->core = NULL;
}

/* Frees everything in C. Callbacks may still come from here. */
static void free_client_core(python_client *client) {
  mb_client *core = client->core;
  if (!core) return;
  client->inside = true;
  free_orphans(client);
  client->last_stats.size = sizeof client->last_stats;
  mb_client_stats(core, &client->last_stats);
  forget_players(client);
  mb_client_free(core);
  client->core = NULL;
  client->inside = false;
}

/* A signal that comes just before a wait is noticed after so long. */
static const int64_t signal_slice_ms = 100;

static bool waits_on(void *user) {
  python_client *client = user;
  bool taken = python_take(client);
  bool interrupted = client->process != python_process || python_interrupted(client);
  python_give(client, taken);
  return !interrupted;
}

/* mb_client_close, whose waiting a signal ends. */
bool python_client_close(python_client *client, int64_t now_ms, int64_t timeout_ms) {
  if (!client || !client->core || client->process != python_process) return true;
  if (!python_enter(client)) return false;
  python_release(client);
  mb_status status =
      python_close_interruptibly(client->core, now_ms, now_ms + timeout_ms, signal_slice_ms, waits_on, client);
  python_regain(client);
  if (client->process != python_process) return python_leave(client);
  if (status) return python_leave(client) && python_raise_status(status, mb_client_error(client->core)) != NULL;
  free_client_core(client);
  return python_leave(client);
}

/* A transport in Python notices signals by itself. */
static int64_t wait_slice_ms(const python_client *client, int64_t left_ms) {
  bool in_python = client->transport.functions[PYTHON_SEND] != NULL;
  return in_python || left_ms < signal_slice_ms ? left_ms : signal_slice_ms;
}

int64_t python_client_wait(python_client *client, int64_t timeout_ms) {
  int64_t waited = 0, slice, passed;
  do {
    slice = wait_slice_ms(client, timeout_ms - waited);
    python_release(client);
    passed = mb_client_wait(client->core, slice);
    python_regain(client);
    waited += passed;
  } while (passed >= slice && waited < timeout_ms && !python_interrupted(client));
  return waited;
}

static PyObject *stats_tuple(const mb_stats *stats) {
  PyObject *drops = PyTuple_New(MB_DROP_COUNT);
  for (int i = 0; drops && i < MB_DROP_COUNT; i++) {
    PyObject *count = PyLong_FromUnsignedLongLong(stats->dropped[i]);
    if (!count) Py_CLEAR(drops);
    if (drops) PyTuple_SET_ITEM(drops, i, count);
  }
  if (!drops) return NULL;
  typedef unsigned long long number;
  return Py_BuildValue("KKKKKNKKKKKKKKK", (number)stats->accepted, (number)stats->delivered, (number)stats->queued,
                       (number)stats->queued_bytes, (number)stats->held, drops, (number)stats->requests,
                       (number)stats->retries, (number)stats->reopened, (number)stats->resent,
                       (number)stats->refused_calls, (number)stats->sessions, (number)stats->recovered,
                       (number)stats->stored, (number)stats->possibly_doubled);
}

PyObject *python_client_stats(python_client *client) {
  mb_stats stats = {.size = sizeof stats};
  if (!client) return python_refuse(client), NULL;
  if (!client->core) return stats_tuple(&client->last_stats);
  if (!python_enter(client)) return NULL;
  mb_client_stats(client->core, &stats);
  return python_leave(client) ? stats_tuple(&stats) : NULL;
}

mb_status python_client_record(python_client *client, PyObject *write) {
  bool writes = write != Py_None;
  mb_status status = mb_client_record(client->core, writes ? python_write : NULL, client);
  if (!status) Py_XSETREF(client->write, writes ? Py_NewRef(write) : NULL);
  return status;
}

void python_client_set_wake(python_client *client, PyObject *wake) {
  client->seen_deadline = mb_client_next_deadline(client->core);
  client->seen_descriptor = mb_client_descriptor(client->core);
  Py_XSETREF(client->wake, wake == Py_None ? NULL : Py_NewRef(wake));
}

int python_client_traverse(python_client *client, visitproc visit, void *arg) {
  if (!client) return 0;
  if (client->host) Py_VISIT(client->host->log);
  Py_VISIT(client->clock);
  Py_VISIT(client->write);
  Py_VISIT(client->wake);
  Py_VISIT(client->parked);
  return python_transport_traverse(&client->transport, visit, arg);
}

/* What calls Python finds nobody from here on. */
void python_client_clear(python_client *client) {
  if (!client) return;
  if (client->host) Py_CLEAR(client->host->log);
  client->virtual_clock = NULL;
  Py_CLEAR(client->clock);
  Py_CLEAR(client->write);
  Py_CLEAR(client->wake);
  Py_CLEAR(client->parked);
  python_transport_clear(&client->transport);
}

/* What a callback raised when nobody is left to raise it to. */
static void report_parked(python_client *client) {
  PyObject *type, *value, *traceback;
  if (!client->parked) return;
  PyErr_Fetch(&type, &value, &traceback);
  raise_parked(client);
  PyErr_WriteUnraisable(NULL);
  PyErr_Restore(type, value, traceback);
}

/* After a fork nothing of the parent's is freed in the child, which only drops what it keeps of Python. */
void python_client_delete(python_client *client) {
  if (!client) return;
  if (client->core && client->process != python_process) {
    python_client_clear(client);
    return;
  }
  free_client_core(client);
  report_parked(client);
  if (client->host) client->host->client = NULL;
  python_client_clear(client);
  host_delete(client->host);
  PyMem_Free(client);
}

/* ---- trackers and sessions ---- */

static void link_player(python_client *client, PyObject *client_object, python_player *player) {
  player->client = client;
  player->client_object = Py_NewRef(client_object);
  player->after = client->players;
  if (player->after) player->after->before = player;
  client->players = player;
}

static void unlink_player(python_player *player) {
  if (player->before)
    player->before->after = player->after;
  else
    player->client->players = player->after;
  if (player->after) player->after->before = player->before;
  player->before = player->after = NULL;
}

static void drop_callbacks(python_player *player) {
  Py_CLEAR(player->details);
  Py_CLEAR(player->session_id);
}

/* Takes it from its client; the client's object may go with it. */
static void detach(python_player *player) {
  PyObject *client_object = player->client_object;
  unlink_player(player);
  player->client = NULL;
  player->client_object = NULL;
  Py_DECREF(client_object);
}

static bool keep_callback(PyObject *given, const char *name, PyObject **kept) {
  if (!python_callable(given, name)) return false;
  PyObject *callback = given == Py_None ? NULL : Py_NewRef(given);
  Py_XSETREF(*kept, callback);
  return true;
}

static void free_tracker(python_player *player) {
  mb_tracker_free(player->core);
  player->core = NULL;
}

static void free_session(python_player *player) {
  mb_session_free(player->core);
  player->core = NULL;
}

static mb_status open_tracker(python_player *player, const char *name) {
  mb_tracker *core = NULL;
  mb_status status = mb_tracker_new(player->client->core, name, &core);
  player->core = core;
  if (status || !player->details) return status;
  return mb_tracker_set_player_details(core, python_player_details, player);
}

/* Undoes a constructor, whose exception is set. */
static bool give_up(python_player *player) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  python_player_delete(player);
  PyErr_Restore(type, value, traceback);
  return false;
}

/* The end of a constructor: what a callback raised comes before what the call answered. A handle that is open is kept,
 * even when an exception is set. */
static bool opened(python_player *player, mb_status status) {
  python_client *client = player->client;
  bool raised = !python_leave(client);
  if (!status) return true;
  if (raised) return give_up(player);
  python_raise_status(status, client->core ? mb_client_error(client->core) : NULL);
  return give_up(player);
}

static bool keep_callbacks(python_player *player, PyObject *details, PyObject *session_id) {
  return keep_callback(details, "player_details", &player->details) &&
         keep_callback(session_id, "session_id", &player->session_id);
}

python_tracker *python_tracker_new(python_client *client, PyObject *client_object, const char *name,
                                   PyObject *details) {
  python_tracker *tracker = PyMem_Calloc(1, sizeof *tracker);
  if (!tracker) return PyErr_NoMemory(), NULL;
  python_player *player = &tracker->player;
  player->free_core = free_tracker;
  if (!keep_callbacks(player, details, Py_None) || !python_enter(client)) return give_up(player), NULL;
  link_player(client, client_object, player);
  return opened(player, open_tracker(player, name)) ? tracker : NULL;
}

static mb_status open_session(python_player *player, const python_opening *opening) {
  mb_session *core = NULL;
  mb_client *client = player->client->core;
  mb_session_options options = opening->options;
  options.size = sizeof options;
  options.user = player;
  if (player->details) options.player_details = python_player_details;
  if (player->session_id) options.session_id = python_session_id;
  mb_status status = opening->json
                         ? mb_session_open(client, &options, opening->json, opening->size, opening->now_ms, &core)
                         : mb_session_resume(client, &options, opening->id, opening->now_ms, &core);
  player->core = core;
  return status;
}

python_session *python_session_new(python_client *client, PyObject *client_object, const python_opening *opening,
                                   PyObject *details, PyObject *session_id) {
  python_session *session = PyMem_Calloc(1, sizeof *session);
  if (!session) return PyErr_NoMemory(), NULL;
  python_player *player = &session->player;
  player->free_core = free_session;
  if (!keep_callbacks(player, details, session_id) || !python_enter(client)) return give_up(player), NULL;
  link_player(client, client_object, player);
  return opened(player, open_session(player, opening)) ? session : NULL;
}

/* The callable that goes is released last: it may run Python. */
mb_status python_tracker_set_details(python_tracker *tracker, PyObject *details) {
  python_player *player = &tracker->player;
  bool asks = details != Py_None;
  mb_status status = mb_tracker_set_player_details(player->core, asks ? python_player_details : NULL, player);
  if (!status) Py_XSETREF(player->details, asks ? Py_NewRef(details) : NULL);
  return status;
}

mb_status python_session_set_details(python_session *session, PyObject *details) {
  python_player *player = &session->player;
  bool asks = details != Py_None;
  mb_status status = mb_session_set_player_details(player->core, asks ? python_player_details : NULL, player);
  if (!status) Py_XSETREF(player->details, asks ? Py_NewRef(details) : NULL);
  return status;
}

bool python_player_close(python_player *player) {
  if (!player || !player->client || player->client->process != python_process) return true;
  python_client *client = player->client;
  bool closed = true;
  if (client->core) {
    if (!python_enter(client)) return false;
    player->free_core(player);
    if (!python_leave(client)) closed = false;
  }
  if (player->client) detach(player); /* unless the driver has closed it as well */
  return closed;
}

int python_player_traverse(python_player *player, visitproc visit, void *arg) {
  if (!player) return 0;
  Py_VISIT(player->client_object);
  Py_VISIT(player->details);
  Py_VISIT(player->session_id);
  return 0;
}

/* Not the client: it is needed to free the handle, and what it holds is cleared by itself. */
void python_player_clear(python_player *player) {
  if (player) drop_callbacks(player);
}

/* Whether the core is busy in a call, or in another thread that waits; then it is freed when that is over. */
static void free_now_or_later(python_player *player) {
  python_client *client = player->client;
  if (!client->inside) {
    client->inside = true;
    player->free_core(player);
    client->inside = false;
  }
}

void python_player_delete(python_player *player) {
  if (!player) return;
  drop_callbacks(player);
  python_client *client = player->client;
  if (!client) {
    PyMem_Free(player);
    return;
  }
  if (client->process != python_process) { /* it stays with the parent's handles */
    Py_CLEAR(player->client_object);
    return;
  }
  if (player->core) free_now_or_later(player);
  python_player *orphan = player->core ? player : NULL;
  PyObject *client_object = player->client_object;
  player->client_object = NULL;
  unlink_player(player);
  player->client = orphan ? client : NULL;
  if (orphan) {
    orphan->after = client->orphans;
    client->orphans = orphan;
  } else {
    PyMem_Free(player);
  }
  Py_DECREF(client_object);
}
