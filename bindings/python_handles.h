/* Decides what Python's handles are in C, who keeps what alive, and what every door checks.
 *
 * A handle is the C half of an object of a generated type. It is freed once: by close(), with its client, or when the
 * object goes. Trackers and sessions own a reference to their client's object, so a client never goes before them. */
#ifndef MEDIABEAT_PYTHON_HANDLES_H
#define MEDIABEAT_PYTHON_HANDLES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <mediabeat/mediabeat.h>

#if PY_VERSION_HEX < 0x030A0000 /* Python 3.9 */
static inline PyObject *Py_NewRef(PyObject *object) { return Py_INCREF(object), object; }
#endif

typedef struct python_client python_client;
typedef struct python_host python_host;
typedef struct python_player python_player;

/* A clock that a program moves itself. */
typedef struct python_clock {
  int64_t now_ms;
} python_clock;

/* What mb_host.user is: made before the client, for its configuration, and taken over by it. */
struct python_host {
  python_client *client; /* NULL until a client has taken over */
  PyObject *log;         /* callable, or NULL */
};

typedef struct python_config {
  mb_config *core;
  python_host *host; /* NULL: a client has taken it over */
} python_config;

/* The functions of a transport that is a Python object; NULL where it has none. */
enum {
  PYTHON_SEND,
  PYTHON_CANCEL,
  PYTHON_POLL,
  PYTHON_NEXT_DEADLINE,
  PYTHON_WAIT,
  PYTHON_DESCRIPTOR,
  PYTHON_CLOSE,
  PYTHON_FUNCTIONS
};
typedef struct python_transport {
  PyObject *functions[PYTHON_FUNCTIONS];
} python_transport;

struct python_client {
  mb_client *core; /* NULL once it is closed */
  python_host *host;
  unsigned long process;   /* which process it belongs to, counted in forks */
  unsigned long thread;    /* the only thread that may call; 0: any, one at a time */
  bool inside;             /* a call is under way */
  unsigned long carrying;  /* the thread that is inside send() or poll() of a transport; 0: none */
  PyObject *object;        /* its own, borrowed; NULL until it is made */
  PyThreadState *released; /* of the call that has let go of the GIL; NULL while nobody has */
  PyObject *parked;        /* the first exception that a callback raised in this call */
  PyObject *clock;         /* callable or the owner of virtual_clock; NULL: the system's */
  python_clock *virtual_clock;
  PyObject *write; /* of record() */
  PyObject *wake;  /* told when the next deadline or the descriptor differ */
  int64_t seen_deadline;
  int seen_descriptor;
  python_transport transport;
  mb_transport curl;      /* libcurl's, behind python_transport_guard */
  python_player *players; /* all open trackers and sessions */
  python_player *orphans; /* their objects went while a call was under way */
  mb_stats last_stats;    /* when it was closed */
};

/* What trackers and sessions have in common. */
struct python_player {
  python_client *client; /* NULL once it is closed */
  PyObject *client_object;
  python_player *before, *after;
  void (*free_core)(python_player *player);
  void *core; /* mb_tracker or mb_session; NULL once it is freed */
  PyObject *details;
  PyObject *session_id;
};

typedef struct python_tracker {
  python_player player;
} python_tracker;

typedef struct python_session {
  python_player player;
} python_session;

/* Raised exceptions of this package and the members of its enumeration of results, by status. */
bool python_classes_load(void);

/* False with ImportError in a sub-interpreter: classes and handles are those of one interpreter. */
bool python_check_interpreter(void);

/* This process is a child that fork() made: handles made before are its parent's. */
void python_forked(void);

/* A door: false with an exception when the handle is closed, belongs to another process or thread, or is being called
 * already. Every true needs python_leave, which raises what a callback has raised in between (false then), frees what
 * could not be freed before, and tells the driver. */
bool python_refuse(const python_client *client);
bool python_settle(python_client *client);
extern unsigned long python_process;

static inline bool python_enter(python_client *client) {
  if (!client || !client->core || client->inside || client->process != python_process ||
      (client->thread && client->thread != PyThread_get_thread_ident()))
    return python_refuse(client);
  client->inside = true;
  return true;
}

static inline bool python_leave(python_client *client) {
  client->inside = false;
  bool forked = client->process != python_process; /* inside a callback; this is the child */
  return !client->parked && !client->orphans && !client->wake && !forked ? true : python_settle(client);
}

/* What a call answers. OK and refusals become members of Result, everything else is raised, with `message` when it has
 * something to say. NULL with an exception. */
PyObject *python_raise_status(mb_status status, const char *message);
PyObject *python_result(mb_status status, const char *message);
PyObject *python_nothing(mb_status status, const char *message);    /* None instead of Result.OK */
PyObject *python_configured(mb_status status, const char *message); /* the same of a configuration, which is no event */
extern PyObject *python_ok;

/* Whether the exception that is set is a BusyError. */
bool python_is_busy_error(void);

/* ArgumentError; `name` is the argument's. Returns false. */
bool python_bad_value(const char *name, const char *what);

/* The client's clock, in ms. False with an exception when it is a callable that failed. NULL gives 0: the door will
 * refuse. */
bool python_now_asked(python_client *client, int64_t *now_ms);
int64_t python_system_ms(void);
int64_t python_monotonic_ms(void);
int64_t python_rough_ms(void); /* the system's time, a few milliseconds late */

static inline bool python_now(python_client *client, int64_t *now_ms) {
  if (client && client->clock) return python_now_asked(client, now_ms);
  *now_ms = client ? python_system_ms() : 0;
  return true;
}

/* The same a few milliseconds late, for a sixth of the price: for calls that send nothing. The core takes out that this
 * may be before what python_now said last. */
static inline bool python_now_roughly(python_client *client, int64_t *now_ms) {
  if (!client || client->clock) return python_now(client, now_ms);
  *now_ms = python_rough_ms();
  return true;
}

python_config *python_config_new(PyObject *log);
void python_config_delete(python_config *config);

/* `clock` None: the system's. `virtual_clock` is that of `clock`, NULL when that is a callable. `transport`: None for none,
 * False for libcurl's, or an object. */
python_client *python_client_new(python_config *config, PyObject *clock, python_clock *virtual_clock,
                                 PyObject *transport, bool check_thread);
bool python_client_close(python_client *client, int64_t now_ms, int64_t timeout_ms);
int64_t python_client_wait(python_client *client, int64_t timeout_ms);
PyObject *python_client_stats(python_client *client);
mb_status python_client_record(python_client *client, PyObject *write);
void python_client_set_wake(python_client *client, PyObject *wake);
int python_client_traverse(python_client *client, visitproc visit, void *arg);
void python_client_clear(python_client *client);
void python_client_delete(python_client *client);

python_tracker *python_tracker_new(python_client *client, PyObject *client_object, const char *name, PyObject *details);

/* Opens a session when `json` is given, else goes on with the one of `id`. */
typedef struct python_opening {
  mb_session_options options;
  const char *json, *id;
  size_t size;
  int64_t now_ms;
} python_opening;

python_session *python_session_new(python_client *client, PyObject *client_object, const python_opening *opening,
                                   PyObject *details, PyObject *session_id);

/* `details` None: ask no more. */
mb_status python_tracker_set_details(python_tracker *tracker, PyObject *details);
mb_status python_session_set_details(python_session *session, PyObject *details);

/* False with an exception while its client is being called. Fine on a closed one. */
bool python_player_close(python_player *player);
int python_player_traverse(python_player *player, visitproc visit, void *arg);
void python_player_clear(python_player *player);
void python_player_delete(python_player *player);

#endif
