/* Decides whether the xdm object of a media event fits the Media Edge API, and what event it is: checks and reading, from
 * the tables.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#ifndef MEDIABEAT_XDM_H
#define MEDIABEAT_XDM_H

#include "../event.h"

/* Whose xdm it is decides what may be missing. */
typedef enum mb__xdm_source {
  /* Of an application that lets the library complete it: eventType (where a session is opened), playhead, sessionID and
   * what the configuration may know (sessionDetails.playerName and channel, advertisingDetails.playerName) may be missing;
   * _id, timestamp and unknown members are refused, and so are members that this event does not have. */
  MB__XDM_FROM_HOST,
  /* Of a request to the collector: whole, with timestamp (which sessionStart may lack), playhead and sessionID (which
   * sessionStart must lack). Unknown members and those of other events are tolerated and not read; what the protocol
   * forbids for this event is not tolerated. */
  MB__XDM_FROM_WIRE,
  /* An entry of a downloaded session: as FROM_WIRE, without sessionID; mediaEventType and mediaEventTimestamp stand for
   * eventType and timestamp, and sessionStart must have its time too: nobody saw it arrive. */
  MB__XDM_FROM_BATCH
} mb__xdm_source;

/* Called for each fault: where it is below the xdm object, such as ".mediaCollection.sessionDetails.name" or
 * ".mediaCollection.statesStart[0].name", and why, such as "missing" (always this when it is absent) or "an integer is
 * needed, not a text". Both are valid during the call. Long names are cut. */
typedef void mb__xdm_fault(void *user, const char *path, const char *reason);

/* Checks all of it and returns how many faults there are. `type`: what eventType says, MB__EVENT_COUNT when that is
 * nothing known; FROM_HOST without an eventType: left as the caller set it, and where that is MB__EVENT_COUNT eventType is
 * missing. Without a known eventType that is the only fault. FROM_HOST mediaCollection itself may be missing. */
size_t mb__xdm_check(const mb__json *xdm, mb__xdm_source source, mb__event_type *type, mb__xdm_fault *fault,
                     void *user);

/* Reads what mb__xdm_check had nothing to say about into a reading that is all zero but for its moment.type. The reading
 * points into `xdm`, which must outlive it. hasResume, the error and the quality are in the moment, not in the values.
 * The identityMap is VISITOR_CUSTOMER_IDS, ECID and FPID in it, when it has another namespace.
 * MB_NO_MEMORY: nothing to free. Free with mb__reading_free. */
mb_status mb__xdm_read(const mb__memory *memory, const mb__json *xdm, mb__reading *reading);

/* ISO 8601 with a UTC offset ("2026-01-15T12:00:00.000Z", "+01:00"; a fraction of any length or none, cut to ms) to ms
 * since 1970 UTC. ".7" is 700 ms, as ISO 8601 says; Roku's SDK writes 7 ms so. The leap second ":60" is ":59.999", as a
 * count since 1970 has no place for it. False: it is none, or before 1970 or after 9999; *ms is as before then. */
bool mb__time_from_text(const char *text, int64_t *ms);

/* The 24 characters "2026-01-15T12:00:00.000Z" of a time from 1970 to 9999, or of the nearest such; not terminated. */
enum { MB__TIME_SIZE = 24 };
void mb__time_to_text(int64_t ms, char out[MB__TIME_SIZE]);

#endif
