/* The C API as Python sees it: mediabeat._native, with types that SWIG generates (-builtin) and no wrapper of Python
 * around a call. People import the package mediabeat, whose classes are made of these types.
 *
 * Names are those of the package. A method that the package wraps begins with an underscore. Time is no argument: see
 * typemaps/handles.i. Who holds the GIL: see python_callbacks.h. */
%module(package="mediabeat") _native

%feature("autodoc", "0");
%nodefaultctor;
%nodefaultdtor;

%{
#include <limits.h>
#include <mediabeat/curl.h>

#include "python_handles.h"
#include "python_replay.h"
#include "python_transport.h"
#include "python_values.h"

typedef bool python_done;

/* They need what SWIG writes further down. */
static python_client *python_client_of(PyObject *object);
static python_config *python_config_of(PyObject *object);
static bool python_clock_of(PyObject *object, python_clock **clock);

static python_client *client_itself(python_client *client) { return client; }
static python_client *client_of_tracker(const python_tracker *tracker) { return tracker ? tracker->player.client : NULL; }
static python_client *client_of_session(const python_session *session) { return session ? session->player.client : NULL; }

static const char *python_message(const python_client *client) { return client ? mb_client_error(client->core) : NULL; }

static PyObject *seconds_or_none(int64_t milliseconds) {
  return milliseconds == MB_NEVER ? Py_NewRef(Py_None) : PyFloat_FromDouble((double)milliseconds / 1000);
}

#define REQUEST_TEXT(NAME) \
  static const char *python_request_##NAME##_get(python_request *request) { return mb_request_##NAME(request->core); }
REQUEST_TEXT(method)
REQUEST_TEXT(url)
REQUEST_TEXT(path)
REQUEST_TEXT(content_type)
REQUEST_TEXT(player)

static PyObject *python_request_body_get(python_request *request) {
  size_t size;
  const char *body = mb_request_body(request->core, &size);
  return PyBytes_FromStringAndSize(body, (Py_ssize_t)size);
}

static long python_request_session_get(python_request *request) { return (long)mb_request_session(request->core); }
%}

%include "typemaps/values.i"
%include "typemaps/handles.i"
%include "typemaps/answers.i"

typedef bool python_done;
typedef long long int64_t;
typedef unsigned long size_t;

%wrapper %{
/* The life of the generated types. References to other objects are in the C half and in the dict of subclasses. */
static void free_object(PyObject *object, void (*delete_handle)(void *handle)) {
  SwigPyObject *swig = (SwigPyObject *)object;
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  void *handle = swig->ptr;
  swig->ptr = NULL;
  if (handle) delete_handle(handle);
  Py_CLEAR(swig->dict);
  PyErr_Restore(type, value, traceback);
  Py_TYPE(object)->tp_free(object);
}

#define HANDLE_TYPE(STRUCT, DELETE)                                       \
  static void STRUCT##_delete_handle(void *handle) { DELETE(handle); }    \
  static void STRUCT##_dealloc(PyObject *object) {                        \
    if (PyType_IS_GC(Py_TYPE(object))) PyObject_GC_UnTrack(object);       \
    free_object(object, STRUCT##_delete_handle);                          \
  }

#define HANDLE_TYPE_WITH_REFERENCES(STRUCT, DELETE, TRAVERSE, CLEAR)      \
  HANDLE_TYPE(STRUCT, DELETE)                                             \
  static int STRUCT##_visit(PyObject *object, visitproc visit, void *arg) { \
    Py_VISIT(((SwigPyObject *)object)->dict);                             \
    return TRAVERSE(((SwigPyObject *)object)->ptr, visit, arg);           \
  }                                                                       \
  static int STRUCT##_unlink(PyObject *object) {                          \
    CLEAR(((SwigPyObject *)object)->ptr);                                 \
    Py_CLEAR(((SwigPyObject *)object)->dict);                             \
    return 0;                                                             \
  }

static int no_references(void *handle, visitproc visit, void *arg) { return (void)handle, (void)visit, (void)arg, 0; }
static void nothing_to_clear(void *handle) { (void)handle; }

HANDLE_TYPE(python_config, python_config_delete)
HANDLE_TYPE(python_request, PyMem_Free)
HANDLE_TYPE_WITH_REFERENCES(python_clock, PyMem_Free, no_references, nothing_to_clear)
HANDLE_TYPE_WITH_REFERENCES(python_client, python_client_delete, python_client_traverse, python_client_clear)
HANDLE_TYPE_WITH_REFERENCES(python_tracker, python_player_delete, python_player_traverse, python_player_clear)
HANDLE_TYPE_WITH_REFERENCES(python_session, python_player_delete, python_player_traverse, python_player_clear)

PyObject *python_request_object(python_request *request) {
  PyObject *object = SWIG_Python_NewPointerObj(NULL, request, SWIGTYPE_p_python_request, SWIG_POINTER_OWN);
  if (object && object != Py_None) return object;
  Py_XDECREF(object);
  PyMem_Free(request);
  return PyErr_NoMemory();
}

static PyTypeObject *type_of(swig_type_info *info) { return ((SwigPyClientData *)info->clientdata)->pytype; }

static void *handle_of(PyObject *object, swig_type_info *info, const char *name, const char *needed) {
  if (!PyObject_TypeCheck(object, type_of(info))) {
    PyErr_Format(PyExc_TypeError, "%s: a %s is needed, not %.100s", name, needed, Py_TYPE(object)->tp_name);
    return NULL;
  }
  void *handle = ((SwigPyObject *)object)->ptr;
  if (!handle) python_refuse(NULL);
  return handle;
}

static python_client *python_client_of(PyObject *object) {
  return handle_of(object, SWIGTYPE_p_python_client, "client", "Client");
}

static python_config *python_config_of(PyObject *object) {
  return handle_of(object, SWIGTYPE_p_python_config, "config", "Config");
}

/* Its own clock is read without a call of Python. False with an exception: this is no clock. */
static bool python_clock_of(PyObject *object, python_clock **clock) {
  *clock = NULL;
  if (!PyObject_TypeCheck(object, type_of(SWIGTYPE_p_python_clock))) return python_callable(object, "clock");
  *clock = handle_of(object, SWIGTYPE_p_python_clock, "clock", "VirtualClock");
  return *clock != NULL;
}
%}

/* ---- the module ---- */

%rename(version) mb_version;
%rename(status_text) mb_status_text;
%rename(status_name) mb_status_name;
%rename(status_is_refusal) mb_status_is_refusal;
%rename(drop_text) mb_drop_text;
%rename(config_key_name) mb_config_key_name;
%rename(config_key_help) mb_config_key_help;
%rename(config_key_type) mb_config_key_type;
%rename(config_key_default) mb_config_key_default;
%apply int number { mb_status status, mb_drop reason, mb_consent consent };

const char *mb_version(void);
const char *mb_status_text(mb_status status);
const char *mb_status_name(mb_status status);
int mb_status_is_refusal(mb_status status);
const char *mb_drop_text(mb_drop reason);
const char *mb_config_key_name(size_t index);
const char *mb_config_key_help(size_t index);
const char *mb_config_key_type(size_t index);
const char *mb_config_key_default(size_t index);

%typemap(out) mb_status { if (!($result = python_nothing($1, NULL))) SWIG_fail; }
%rename(curl_global_init) mb_curl_global_init;
mb_status mb_curl_global_init(void);

%rename(check_interpreter) python_check_interpreter;
python_done python_check_interpreter(void);

/* For os.register_at_fork. */
%rename(forked) python_forked;
void python_forked(void);

/* ---- texts for help() ---- */

%feature("autodoc") python_client::tick "tick($self, /)\n--\n\nFires what is due and moves I/O, without blocking. With nothing due it costs next to nothing.\n\nRaises what a callback raised, ClosedError, BusyError, OutOfMemory (a timer is tried again after 100 ms).";
%feature("autodoc") python_client::deliver "deliver($self, /)\n--\n\nAs tick, but fires no timer of a tracker or session: moves I/O and retries only.";
%feature("autodoc") python_client::error "error($self, /)\n--\n\nWhat the last call that was refused or failed had to say: names what and where. Empty if none.";
%feature("autodoc") python_client::wait_for_io "wait_for_io($self, timeout, /)\n--\n\nBlocks until I/O can move or so many seconds have passed; call tick() afterwards. Returns the seconds.\n\nOther threads run meanwhile; their calls of this client raise BusyError. 0 at once when the transport cannot wait.";
%feature("autodoc") python_tracker::update_playhead "update_playhead($self, playhead, /)\n--\n\nSets the playhead, seconds of main content, 0 or more. Sends nothing; costs next to nothing.";
%feature("autodoc") python_tracker::state_start "state_start($self, name, /)\n--\n\nA state of the player begins: a State, or a name of 1 to 64 letters, digits, _ or dots; ten in a session.";
%feature("autodoc") python_tracker::state_end "state_end($self, name, /)\n--\n\nA state of the player is over.";
%feature("autodoc") python_tracker::error "error($self, error_id, /)\n--\n\nThe player has failed. error_id: not empty.";
%feature("autodoc") python_tracker::close "close($self, /)\n--\n\nFrees the handle. Sends nothing for an open session; what is queued still goes out. Closing again does nothing.";
%feature("autodoc") python_session::update_playhead "update_playhead($self, playhead, /)\n--\n\nSets the playhead, seconds of main content, 0 or more. Sends nothing.";
%feature("autodoc") python_session::close "close($self, /)\n--\n\nFrees the handle: pings stop, what is queued still goes out, nothing is sent for an open session.\n\nClosing again does nothing.";
%feature("autodoc") python_request::complete "complete($self, response, /)\n--\n\nSays how the request ended, with a Response; once, in the thread of the client.\n\nRaises ClosedError when the request is answered or cancelled already.";
%feature("docstring") python_request "A request, as a transport gets it. Gone once it is answered or cancelled: ClosedError.";
%feature("docstring") python_request::method "POST";
%feature("docstring") python_request::url "Endpoint and path.";
%feature("docstring") python_request::path "What follows the endpoint.";
%feature("docstring") python_request::content_type "application/json";
%feature("docstring") python_request::body "UTF-8, as bytes.";
%feature("docstring") python_request::player "Name of the tracker or session.";
%feature("docstring") python_request::session "1 for the first sessionStart of the player.";

/* ---- VirtualClock ---- */

PYTHON_TYPE_WITH_REFERENCES(python_clock, VirtualClock)
PYTHON_CONSTRUCTOR()
%extend python_clock {
  python_clock(int64_t now) {
    python_clock *clock = PyMem_Calloc(1, sizeof *clock);
    if (!clock) return (void)PyErr_NoMemory(), NULL;
    clock->now_ms = now;
    return clock;
  }
}
%exception {
  if (!arg1) {
    python_refuse(NULL);
    SWIG_fail;
  }
  $action
}
%extend python_clock {
  int64_t _now_ms() { return $self->now_ms; }
  void _set_now_ms(int64_t value) { $self->now_ms = value; }
}

/* ---- Config ---- */

%typemap(out) mb_status { if (!($result = python_configured($1, mb_config_error(arg1->core)))) SWIG_fail; }
PYTHON_TYPE(python_config, Config, "Py_TPFLAGS_DEFAULT")
PYTHON_CONSTRUCTOR()
%extend python_config {
  python_config(PyObject *log) { return python_config_new(log); }
}
%exception {
  if (!arg1) {
    python_refuse(NULL);
    SWIG_fail;
  }
  $action
}
%extend python_config {
  mb_status set_text(const char *key, const char *value) { return mb_config_set_text($self->core, key, value); }
  mb_status set_number(const char *key, double value) { return mb_config_set_number($self->core, key, value); }
  mb_status set_flag(const char *key, bool value) { return mb_config_set_flag($self->core, key, value); }
  mb_status set_json(const char *json, size_t size) { return mb_config_set_json($self->core, json, size); }
  const char *text(const char *key) { return mb_config_text($self->core, key); }
  double number(const char *key) { return mb_config_number($self->core, key); }
  bool flag(const char *key) { return mb_config_flag($self->core, key); }
  mb_status check_live() { return mb_config_check_live($self->core); }
  const char *warning(size_t index) { return mb_config_warning($self->core, index); }
  const char *error() { return mb_config_error($self->core); }
}

/* ---- Request ---- */

PYTHON_TYPE(python_request, Request, "Py_TPFLAGS_DEFAULT")
%exception {
  if (!arg1 || !arg1->core) {
    python_raise_status(MB_CLOSED, "this request is answered or cancelled already");
    SWIG_fail;
  }
  $action
}
%extend python_request {
  %immutable;
  const char *method;
  const char *url;
  const char *path;
  const char *content_type;
  PyObject *body;
  const char *player;
  long session;
  %mutable;
}
PYTHON_NO_DOORS
%extend python_request {
  python_done complete(PyObject *response) { return python_request_answer($self, response); }
}

/* ---- Client ---- */

PYTHON_ANSWERS(client_itself, python_nothing)
PYTHON_TYPE_WITH_REFERENCES(python_client, Client)
PYTHON_CONSTRUCTOR(result->object = self;)
%extend python_client {
  python_client(python_config *config, PyObject *clock, PyObject *transport, bool check_same_thread) {
    python_clock *virtual_clock = NULL;
    if (clock != Py_None && !python_clock_of(clock, &virtual_clock)) return NULL;
    return python_client_new(config, clock, virtual_clock, transport, check_same_thread);
  }
}
PYTHON_DOORS(client_itself)
%extend python_client {
  mb_status tick(int64_t now_ms) { return mb_client_tick($self->core, now_ms); }
  mb_status deliver(int64_t now_ms) { return mb_client_deliver($self->core, now_ms); }
  PyObject *wait_for_io(int64_t timeout) { return seconds_or_none(python_client_wait($self, timeout)); }
  PyObject *_next_deadline() { return seconds_or_none(mb_client_next_deadline($self->core)); }
  PyObject *_next_delivery() { return seconds_or_none(python_next_delivery($self->core)); }
  int _descriptor() { return mb_client_descriptor($self->core); }
  double _now(int64_t now_ms) { return (double)now_ms / 1000; }
  mb_status _set_consent(mb_consent consent, int64_t now_ms) {
    return mb_client_set_consent($self->core, consent, now_ms);
  }
  mb_status _set_online(bool online, int64_t now_ms) { return mb_client_set_online($self->core, online, now_ms); }
  python_done _set_wake(PyObject *wake) { return python_client_set_wake($self, wake), true; }
  mb_status _record(PyObject *to) { return python_client_record($self, to); }
}
PYTHON_NO_DOORS
%extend python_client {
  /* What the last call that did not answer OK had to say; "" if nothing. */
  const char *error() { return $self && $self->core && !$self->released ? mb_client_error($self->core) : ""; }
  python_done _close(int64_t timeout, int64_t now_ms) { return python_client_close($self, now_ms, timeout); }
  PyObject *_stats() { return python_client_stats($self); }
  bool _closed() { return !$self || !$self->core; }
}

/* ---- Tracker ---- */

PYTHON_ANSWERS(client_of_tracker, python_result)
PYTHON_TYPE_WITH_REFERENCES(python_tracker, Tracker)
PYTHON_CONSTRUCTOR()
%extend python_tracker {
  python_tracker(python_client *client, PyObject *client_object, const char *player, PyObject *player_details) {
    return python_tracker_new(client, client_object, player, player_details);
  }
}

%define TRACKER_CALL(NAME, TEXT)
%feature("autodoc") python_tracker::NAME #NAME "($self, /)\n--\n\n" TEXT;
%extend python_tracker {
  mb_status NAME(int64_t now_ms) { return mb_tracker_##NAME($self->player.core, now_ms); }
}
%enddef

PYTHON_DOORS(client_of_tracker)
TRACKER_CALL(play, "Content or an ad plays.")
TRACKER_CALL(pause, "Playback is paused. A session that stays paused for 30 minutes ends.")
TRACKER_CALL(complete, "The content was watched to its end; the session is over.")
TRACKER_CALL(session_end, "The viewer has left; the session is over.")
TRACKER_CALL(buffer_start, "The player waits for data.")
TRACKER_CALL(buffer_complete, "The player has data again.")
TRACKER_CALL(seek_start, "The viewer seeks.")
TRACKER_CALL(seek_complete, "The viewer has found the place.")
TRACKER_CALL(ad_break_complete, "The ad break is over.")
TRACKER_CALL(ad_complete, "The ad was watched to its end.")
TRACKER_CALL(ad_skip, "The ad was skipped.")
TRACKER_CALL(chapter_complete, "The chapter was watched to its end.")
TRACKER_CALL(chapter_skip, "The chapter was skipped.")
TRACKER_CALL(bitrate_change, "The bitrate differs; update_qoe says what it is.")

%extend python_tracker {
  mb_status update_playhead(double playhead, int64_t rough_ms) {
    return mb_tracker_update_playhead($self->player.core, playhead, rough_ms);
  }
  mb_status state_start(const char *name, int64_t now_ms) {
    return mb_tracker_state_start($self->player.core, name, now_ms);
  }
  mb_status state_end(const char *name, int64_t now_ms) {
    return mb_tracker_state_end($self->player.core, name, now_ms);
  }
  mb_status error(const char *error_id, int64_t now_ms) {
    return mb_tracker_error($self->player.core, error_id, now_ms);
  }
  mb_status _update_qoe(double bitrate, double startup_time, double fps, double dropped_frames, int64_t now_ms) {
    mb_qoe_info info = {sizeof info, bitrate, startup_time, fps, dropped_frames};
    return mb_tracker_update_qoe($self->player.core, &info, now_ms);
  }
  mb_status _session_start(const char *id, const char *name, double length, const char *stream_type,
                           const char *media_type, bool resumed, bool granular_ad_tracking,
                           int64_t preroll_waiting_time, const mb_pair *metadata, size_t metadata_count,
                           int64_t now_ms) {
    mb_media_info info;
    mb_media_info_init(&info);
    info.id = id, info.name = name, info.length = length, info.stream_type = stream_type;
    info.media_type = media_type, info.resumed = resumed, info.granular_ad_tracking = granular_ad_tracking;
    info.preroll_waiting_time_ms = preroll_waiting_time;
    return mb_tracker_session_start($self->player.core, &info, metadata, metadata_count, now_ms);
  }
  mb_status _ad_break_start(const char *name, int64_t position, double start_time, int64_t now_ms) {
    mb_ad_break_info info = {sizeof info, name, position, start_time};
    return mb_tracker_ad_break_start($self->player.core, &info, now_ms);
  }
  mb_status _ad_start(const char *id, const char *name, int64_t position, double length, const mb_pair *metadata,
                      size_t metadata_count, int64_t now_ms) {
    mb_ad_info info = {sizeof info, id, name, position, length};
    return mb_tracker_ad_start($self->player.core, &info, metadata, metadata_count, now_ms);
  }
  mb_status _chapter_start(const char *name, int64_t position, double length, double start_time,
                           const mb_pair *metadata, size_t metadata_count, int64_t now_ms) {
    mb_chapter_info info = {sizeof info, name, position, length, start_time};
    return mb_tracker_chapter_start($self->player.core, &info, metadata, metadata_count, now_ms);
  }
  mb_status _set_player_details(PyObject *player_details) {
    return python_tracker_set_details($self, player_details);
  }
  void _set_playhead_silently(double playhead) { python_set_playhead_silently($self->player.core, playhead); }
}
PYTHON_NO_DOORS
%extend python_tracker {
  python_done close() { return python_player_close($self ? &$self->player : NULL); }
  bool _closed() { return !$self || !$self->player.core; }
}

/* ---- Session ---- */

%apply const char *optional_text { const char *id };
PYTHON_ANSWERS(client_of_session, python_nothing)
PYTHON_TYPE_WITH_REFERENCES(python_session, Session)
PYTHON_CONSTRUCTOR()
%extend python_session {
  python_session(python_client *client, PyObject *client_object, const char *event, size_t event_size,
                 const char *id, const char *player, bool granular_ad_tracking, bool no_pings, bool manual,
                 PyObject *player_details, PyObject *session_id, int64_t opening_ms) {
    python_opening opening = {
        .options = {.player = player,
                    .granular_ad_tracking = granular_ad_tracking,
                    .no_pings = no_pings,
                    .manual = manual},
        .json = event,
        .size = event_size,
        .id = id,
        .now_ms = opening_ms};
    return python_session_new(client, client_object, &opening, player_details, session_id);
  }
}
PYTHON_DOORS(client_of_session)
%extend python_session {
  mb_status _send(const char *json, size_t size, int64_t now_ms) {
    return mb_session_send($self->player.core, json, size, now_ms);
  }
  mb_status update_playhead(double playhead, int64_t now_ms) {
    return mb_session_update_playhead($self->player.core, playhead, now_ms);
  }
  mb_status _update_qoe(double bitrate, double startup_time, double fps, double dropped_frames, int64_t now_ms) {
    mb_qoe_info info = {sizeof info, bitrate, startup_time, fps, dropped_frames};
    return mb_session_update_qoe($self->player.core, &info, now_ms);
  }
  const char *_id() { return mb_session_id($self->player.core); }
  mb_status _set_player_details(PyObject *player_details) {
    return python_session_set_details($self, player_details);
  }
}
PYTHON_NO_DOORS
%extend python_session {
  python_done close() { return python_player_close($self ? &$self->player : NULL); }
  bool _closed() { return !$self || !$self->player.core; }
}

%wrapper %{
/* SWIG begins the text of a method with a line end; a signature is only read at the very beginning. */
static void trim_texts(PyMethodDef *methods) {
  for (; methods && methods->ml_name; methods++)
    while (methods->ml_doc && *methods->ml_doc == '\n') methods->ml_doc++;
}

/* Who owns a handle is nobody's to change. */
static bool hide_ownership(PyTypeObject *type) {
  if (PyDict_DelItemString(type->tp_dict, "this") || PyDict_DelItemString(type->tp_dict, "thisown")) return false;
  PyType_Modified(type);
  return true;
}

static bool finish_types(void) {
  swig_type_info *types[] = {SWIGTYPE_p_python_clock,  SWIGTYPE_p_python_config,  SWIGTYPE_p_python_request,
                             SWIGTYPE_p_python_client, SWIGTYPE_p_python_tracker, SWIGTYPE_p_python_session};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    trim_texts(type_of(types[i])->tp_methods);
    if (!hide_ownership(type_of(types[i]))) return false;
  }
  return true;
}
%}

%init %{
  if (!python_check_interpreter() || !finish_types() || !python_classes_load()) {
    Py_DECREF(m);
    return NULL;
  }
%}
