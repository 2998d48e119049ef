/* Owns the way behind the public headers. */
#include "python_replay.h"

#include "client.h"
#include "tracker.h"

int64_t python_next_delivery(const mb_client *client) {
  const mb_transport *transport = &client->transport;
  int64_t retry = mb__timers_next(&client->retries);
  if (!client->under_way || !transport->next_deadline) return retry;
  int64_t io = transport->next_deadline(transport->user);
  return io < retry ? io : retry;
}

mb_status python_close_interruptibly(mb_client *client, int64_t now_ms, int64_t deadline_ms, int64_t slice_ms,
                                     bool (*lasts)(void *user), void *user) {
  return mb__client_close(client, now_ms, deadline_ms, (mb__patience){slice_ms, lasts, user});
}

void python_set_playhead_silently(mb_tracker *tracker, double playhead) {
  mb__tracker_set_playhead_silently(tracker, playhead);
}
