/* Decides what the protocol is: the tables of events.def and fields.def as data, and look-ups in them. */
#ifndef MEDIABEAT_PROTOCOL_H
#define MEDIABEAT_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum mb__event_type {
#define MB_EVENT(id, name, xdm, object, params, metadata) MB__EVENT_##id,
#include "events.def"
#undef MB_EVENT
  MB__EVENT_COUNT
} mb__event_type;

typedef enum mb__params { MB__PARAMS_OPTIONAL, MB__PARAMS_REQUIRED, MB__PARAMS_FORBIDDEN } mb__params;

/* Where a field is in the xdm object of an event. */
typedef enum mb__xdm_object {
  MB__XDM_NONE,
  MB__XDM_COLLECTION,     /* mediaCollection itself */
  MB__XDM_SESSION,        /* mediaCollection.sessionDetails, and so on */
  MB__XDM_AD_BREAK,       /* advertisingPodDetails */
  MB__XDM_AD,             /* advertisingDetails */
  MB__XDM_CHAPTER,        /* chapterDetails */
  MB__XDM_ERROR,          /* errorDetails */
  MB__XDM_QOE,            /* qoeDataDetails */
  MB__XDM_IDENTITY,       /* identityMap, beside mediaCollection; the field is a namespace */
  MB__XDM_IMPLEMENTATION, /* implementationDetails, beside mediaCollection */
  MB__XDM_OBJECT_COUNT
} mb__xdm_object;

extern const char *const mb__xdm_objects[MB__XDM_OBJECT_COUNT]; /* their names, "" for none and for COLLECTION */

typedef struct mb__event_row {
  const char *name; /* v1 */
  const char *xdm;  /* after "media." */
  mb__xdm_object object;
  mb__params params;
  bool metadata; /* may carry customMetadata */
} mb__event_row;

extern const mb__event_row mb__events[MB__EVENT_COUNT];

typedef enum mb__field {
#define MB_FIELD(id, key, place, type, object, xdm, context, edge, required, optional) MB__FIELD_##id,
#include "fields.def"
#undef MB_FIELD
  MB__FIELD_COUNT
} mb__field;

typedef enum mb__place { MB__PLACE_PARAMS, MB__PLACE_QOE } mb__place;

typedef enum mb__type {
  MB__TYPE_TEXT,
  MB__TYPE_NAME, /* a text that is not empty */
  MB__TYPE_INTEGER,
  MB__TYPE_NUMBER,
  MB__TYPE_FLAG,
  MB__TYPE_CUSTOMER_IDS, /* {name: {"id": text, "authState": 0, 1 or 2}} in v1, an identityMap in XDM */
  MB__TYPE_STATES,       /* [{"media.state.name": text}] in v1, [{"name": text}] in XDM */
  MB__TYPE_ERROR_SOURCE  /* "player" or "external" */
} mb__type;

typedef struct mb__field_row {
  const char *key;     /* on the wire of protocol v1 */
  const char *context; /* key in an application's metadata that becomes this field, or NULL */
  const char *edge;    /* the same where events go to the Media Edge API, besides the former */
  const char *xdm;     /* name in its XDM object; NULL: not a plain member */
  mb__xdm_object object;
  mb__place place;
  mb__type type;
  uint32_t required; /* bit 1 << event type */
  uint32_t optional;
} mb__field_row;

extern const mb__field_row mb__fields[MB__FIELD_COUNT];

/* The event type called name (size bytes) in v1, or MB__EVENT_COUNT. */
mb__event_type mb__event_named(const char *name, size_t size);

/* Whether an event may or must carry a field. */
bool mb__field_allowed(mb__field field, mb__event_type event);
bool mb__field_required(mb__field field, mb__event_type event);

/* The field with this wire key, or MB__FIELD_COUNT. */
mb__field mb__field_named(const char *key);

/* The event type called "media.<...>" in XDM, or MB__EVENT_COUNT. Never STATE_START or STATE_END: XDM's statesUpdate is
 * STATES_UPDATE. */
mb__event_type mb__event_named_xdm(const char *name);

/* The field with this name in an XDM object, or MB__FIELD_COUNT. */
mb__field mb__field_named_xdm(mb__xdm_object object, const char *name);

/* The field that an application's metadata key becomes on this event, or MB__FIELD_COUNT. */
mb__field mb__field_from_metadata(const char *key, mb__event_type event, bool edge);

/* Whether a metadata key fits ^[a-zA-Z0-9_.]+$, which states share (they are at most 64 long besides). */
bool mb__metadata_key_fits(const char *key);

#endif
