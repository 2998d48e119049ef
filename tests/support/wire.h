/* Decides what the network is in a test: a transport on a virtual clock that writes down each request and answers as it
 * was told. */
#ifndef MEDIABEAT_TESTS_WIRE_H
#define MEDIABEAT_TESTS_WIRE_H

#include <mediabeat/transport.h>

#include "text_buffer.h"

enum { WIRE_AT_ONCE = -1, WIRE_MOST = 64 };

typedef struct wire_answer {
  mb_status refusal; /* not MB_OK: what send() returns instead of taking the request */
  int status;        /* 0: no answer comes; -1: as a backend that is content */
  bool not_sent;     /* "unsent": none comes because there was no connection */
  int64_t delay_ms;  /* WIRE_AT_ONCE: before send() returns; MB_NEVER: not at all */
  int64_t retry_after_s;
  char location[160]; /* "": none, or the usual one when status is -1 */
  char body[1024];    /* as it is written in a transcript */
  char handles[256];  /* parts that become handles of the Media Edge API, each with a comma behind it */
} wire_answer;

typedef enum wire_form {
  WIRE_BRIEF,  /* 1000 play 12 */
  WIRE_TALK,   /* 1000 m/1 id1: play 12 -> 204 */
  WIRE_BODIES, /* 1000 m/1 POST /api/v1/sessions/id1/events {"eventType":"play",...}, with UUID for random ids */
  WIRE_BYTES,  /* the same with the ids that were sent; parses nothing */
  WIRE_SILENT  /* nothing */
} wire_form;

typedef struct wire_pending {
  mb_request *request;
  wire_answer answer;
  int64_t due;
} wire_pending;

typedef struct test_wire {
  wire_form form;
  text_buffer *out;
  int64_t now; /* the host's clock, as far as the wire has seen it; wait() moves it */
  int ids;     /* given so far: "id1", "id2", ... */
  wire_answer always;
  wire_answer next[WIRE_MOST]; /* go before `always` */
  int next_first, next_count;
  wire_pending pending[WIRE_MOST];
  int pending_count, most_pending;
  int sent, freed;
  char url[512]; /* of the last request */
} test_wire;

void wire_init(test_wire *wire, wire_form form, text_buffer *out);
mb_transport wire_transport(test_wire *wire, size_t capacity);

/* "ok", "none", "never", "busy", "fail" or a status; then optional parts, each after a comma:
 *   after=MS   retry=S   location=TEXT
 *   session=ID   hint=TEXT:SECONDS[:SCOPE]   store=KEY:VALUE:SECONDS   handles of the Media Edge API; with "ok" a session's
 *       id, the usual one unless it is given last, is among those to a sessionStart and to no other event
 *   body=TEXT   goes to the end of the text, with ' for ", ^@ for NUL, ^^ for the record separator of RFC 7464, ^J for a
 *       new line
 * Fails the test when it is none of these. */
wire_answer wire_read_answer(const char *text);
void wire_answer_next(test_wire *wire, wire_answer answer);

#endif
