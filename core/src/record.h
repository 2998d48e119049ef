/* Decides how a client's calls are written down as a player log. */
#ifndef MEDIABEAT_RECORD_H
#define MEDIABEAT_RECORD_H

#include <mediabeat/client.h>

#include "call.h"
#include "event.h"

typedef struct mb__recorder {
  mb_write_fn write; /* NULL: nothing is recorded */
  void *user;
  bool begun; /* the configure line is written */
} mb__recorder;

/* Each writes one line, if recording. Out of memory: the line is lost and an error is logged. */
void mb__record_call(mb_client *client, const char *player, const mb__call *call);
void mb__record_details(mb_client *client, const char *player, double playhead, const mb__qoe *qoe);
void mb__record_tick(mb_client *client);
void mb__record_consent(mb_client *client, mb_consent consent);
void mb__record_online(mb_client *client, bool online);

/* Session level: `name` is createMediaSession or sendMediaEvent, `options` what stands before the event, each member with
 * a comma behind it, `event` the JSON text as it was given. */
void mb__record_event(mb_client *client, const char *player, const char *name, const char *options, bool is_xdm,
                      const mb__json *event);

#endif
