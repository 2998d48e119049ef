/* Decides what is taken of a player's own account: its playhead and quality of experience, and when the latter is sent. */
#ifndef MEDIABEAT_DETAILS_H
#define MEDIABEAT_DETAILS_H

#include "client.h"

/* What is known of a player; qoe.present 0: nothing. */
typedef struct mb__details {
  mb_player_details_fn ask; /* NULL: the host pushes updates */
  void *user;
} mb__details;

/* Asks the player, if there is somebody to ask; writes the answer down if recording. Values out of range are ignored
 * with a warning. */
void mb__details_ask(mb_client *client, const mb__player *player, const mb__details *details, double *playhead,
                     mb__qoe *qoe);

/* Whether an event carries the QoE: when it changed since it was last sent, and always if the event is about it. */
bool mb__details_due(const mb_client *client, mb__event_type type, const mb__qoe *known, const mb__qoe *sent);

#endif
