/* Owns the questions to a player. */
#include "details.h"

#include <math.h>

#include "outbox.h"

static void take(const mb_client *client, const char *name, const mb_player_details *answer, double *playhead,
                 mb__qoe *qoe) {
  if (isfinite(answer->playhead) && answer->playhead >= 0)
    *playhead = answer->playhead;
  else
    mb__log(client, MB_LOG_WARNING, "player %s: its playhead is out of range and ignored", name);
  mb__qoe read;
  if (!answer->has_qoe) return;
  if (mb__qoe_from_info(&answer->qoe, &read))
    mb__log(client, MB_LOG_WARNING, "player %s: its quality of experience is out of range and ignored", name);
  else
    *qoe = read;
}

void mb__details_ask(mb_client *client, const mb__player *player, const mb__details *details, double *playhead,
                     mb__qoe *qoe) {
  if (!details->ask) return;
  mb_player_details answer = {sizeof answer, *playhead, false, {.size = sizeof(mb_qoe_info)}};
  if (details->ask(details->user, &answer)) take(client, mb__player_shown(player), &answer, playhead, qoe);
  mb__record_details(client, player->name, *playhead, qoe);
}

bool mb__details_due(const mb_client *client, mb__event_type type, const mb__qoe *known, const mb__qoe *sent) {
  bool always = type == MB__EVENT_BITRATE_CHANGE || (type == MB__EVENT_ERROR && client->wire->error_carries_qoe);
  return known->present && (always || !mb__qoe_equal(known, sent));
}
