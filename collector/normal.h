/* Decides what is left of an event when it no longer matters over which wire it came: the normal form. The same viewing
 * over either wire gives the same sessions of it.
 *
 * The form is a v1 body, with its members in the order of the protocol table. What is made alike:
 *   - fields that only one of the wires has, or has on this event, are left out: analytics.*, the organisation, the
 *     location hint, media.libraryVersion, the break's name on adStart, sessionID, _id, other parts of an xdm;
 *   - media.downloaded is left out, for the session says it; media.resume is always there;
 *   - seconds are whole, fractions cut off; quality of experience is at most 2^31 - 1;
 *   - a statesUpdate of one state is a stateStart or stateEnd; empty lists are left out; the one state that is spelled
 *     in two ways is fullScreen;
 *   - an error's id and source are in qoeData, the source "player" unless given;
 *   - quality of experience is left out where it is what the session said last: v1 clients say it again at an error;
 *   - customMetadata is sorted by key, the last of equal keys counts; none is left out, so are params and customer ids;
 *   - an Edge sessionStart without a timestamp has the time of its arrival.
 *
 * What the wires differ in all the same, because the client sends something else:
 *   - when pings come: v1 players may ask for a ping a second during ads (granularAdTracking);
 *   - of an application's metadata, the Media Edge API makes fields of some keys that v1 has no fields for: "show" is
 *     one, as "a.media.show" is on both wires;
 *   - a visitor that an Edge client knows by stored state alone has no id in its events;
 *   - of several ids in a namespace of an identityMap the first counts, and a customer id called ECID or FPID is none
 *     there. */
#ifndef MEDIABEAT_COLLECTOR_NORMAL_H
#define MEDIABEAT_COLLECTOR_NORMAL_H

#include "event.h"
#include "store.h"
#include "writer.h"

/* What came before in a session; all zero: nothing. */
typedef struct mbc_normal {
  mb__qoe told;
} mbc_normal;

/* Appends the normal form of a stored event's body; null for one that has none, because it is damaged or says a number
 * that cannot be held. The session's events are to be given in order, from the first. When memory ends the writer has
 * failed. */
void mbc_normal_write(mb__writer *writer, mbc_normal *session, const mbc_event *event);

#endif
