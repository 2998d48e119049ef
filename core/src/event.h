/* Decides what an event is before any protocol writes it: its type, its moment, its fields by table, its metadata. */
#ifndef MEDIABEAT_EVENT_H
#define MEDIABEAT_EVENT_H

#include <mediabeat/host.h>

#include "alloc.h"
#include "json.h"
#include "protocol/protocol.h"

typedef struct mb__value {
  union {
    const char *text;
    double number;
    int64_t integer;
    bool flag;
    const mb__json *json; /* customer ids and states */
  } as;
} mb__value;

/* Fields of one event by table position. */
typedef struct mb__values {
  bool set[MB__FIELD_COUNT];
  mb__value value[MB__FIELD_COUNT];
} mb__values;

void mb__set_text(mb__values *values, mb__field field, const char *text); /* NULL: not set */
void mb__set_number(mb__values *values, mb__field field, double number);
void mb__set_integer(mb__values *values, mb__field field, int64_t integer);
void mb__set_flag(mb__values *values, mb__field field, bool flag);
void mb__set_json(mb__values *values, mb__field field, const mb__json *value); /* already validated */

/* Quality of experience as it goes on the wire: whole numbers in the order of the table. */
typedef struct mb__qoe {
  int64_t value[4]; /* bitrate, droppedFrames, framesPerSecond, timeToStart */
  uint8_t present;  /* bit per value */
} mb__qoe;

enum { MB__QOE_ALL = 15 };

/* MB_INVALID_NUMBER when not all four are finite and from 0 to 2^53. */
mb_status mb__qoe_from_info(const mb_qoe_info *info, mb__qoe *qoe);
bool mb__qoe_equal(const mb__qoe *one, const mb__qoe *other);

/* What differs between two sendings of the same thing. */
typedef struct mb__moment {
  uint64_t id[2]; /* 128 bits of chance, for the wire that wants a _id */
  mb__event_type type;
  double playhead;
  int64_t ts;
  bool resume;              /* sessionStart only */
  mb__qoe qoe;              /* present 0: none */
  const char *error_id;     /* error only */
  const char *error_source; /* error only */
} mb__moment;

/* One event as a JSON text said it, in the form of either protocol. Texts and values belong to the JSON tree. */
typedef struct mb__reading {
  mb__moment moment; /* type, qoe, error_id, error_source, resume; playhead and ts when they were given */
  mb__values values;
  mb_pair *metadata; /* customMetadata in the order given */
  size_t metadata_count;
  const char *session_id; /* mediaCollection.sessionID, or NULL */
  bool has_playhead, has_ts;
  bool is_xdm;
} mb__reading;

void mb__reading_free(const mb__memory *memory, mb__reading *reading);

/* A customer id: an entry of visitor.customerIDs, {"id", "authState"}, or of an identityMap, [{"id",
 * "authenticatedState"}], of which the first counts. False: it is none. A state not given is 0. */
bool mb__customer_id(const mb__json *entry, const char **id, int *state);

/* The name of a player state in a list of either protocol, NULL when it has none. */
const char *mb__state_name(const mb__json *state);

/* The parts of an event that stay the same however often it is sent: encoded once, shared by the tracker (which may
 * start a new session with it) and by the session's outbox (which may have to say again what is open). */
typedef struct mb__tail {
  uint32_t references;
  uint32_t size;
  uint32_t identity; /* so many bytes at the start tell this break, ad or chapter from another */
  char bytes[];
} mb__tail;

#endif
