/* Owns the clock of a replay. */
#include "pace.h"

#include <math.h>
#include <string.h>

#include "client.h"
#include "host.h"

enum {
  GLANCE_MS = 100,        /* how long at most Ctrl-C goes unseen */
  INTERRUPTED_MS = 2000,  /* what is left for delivery then */
  BACKLOG_MAX = 1000,     /* events that may wait while the log goes on at full speed */
  LONG_GAP_MS = 60 * 1000 /* before such a leap of the clock everything is delivered */
};

static int64_t least(int64_t one, int64_t other) { return one < other ? one : other; }
static int64_t most(int64_t one, int64_t other) { return one > other ? one : other; }

/* When delivery, without the timers of trackers and sessions, next has something to do. Only the client knows. */
static int64_t delivery_deadline(const mb_client *client) {
  const mb_transport *transport = &client->transport;
  int64_t retry = mb__timers_next(&client->retries);
  if (!client->under_way || !transport->next_deadline) return retry;
  return least(retry, transport->next_deadline(transport->user));
}

void pace_init(pacer *pace, playback *play, const mb_config *config, double speed, int64_t start_ms) {
  const char *ticks = mb_config_text(config, "ticks");
  pace->play = play;
  pace->speed = speed;
  pace->sends = play->answers == NULL;
  pace->recorded = ticks && strcmp(ticks, "recorded") == 0;
  pace->now = pace->log_start = start_ms;
  pace->fired_at = start_ms - 1;
  pace->real_start = host_monotonic_ms();
}

/* ---- Deadlines ---- */

/* What could not be done at its time (no memory, a socket that wants to be asked again) is tried a millisecond later. */
static int64_t next_firing(const pacer *pace) {
  const mb_client *client = pace->play->client;
  int64_t at = most(pace->recorded ? delivery_deadline(client) : mb_client_next_deadline(client), pace->now);
  return at == pace->fired_at ? at + 1 : at;
}

static mb_status fire(pacer *pace, int64_t at) {
  pace->now = pace->fired_at = at;
  return pace->recorded ? mb_client_deliver(pace->play->client, at) : play_tick(pace->play, at);
}

static mb_status fire_before(pacer *pace, int64_t limit) {
  mb_status status = MB_OK;
  for (int64_t at; status == MB_OK && !host_interrupted() && (at = next_firing(pace)) < limit;) status = fire(pace, at);
  return status;
}

/* ---- Real time ---- */

static void wait_real(pacer *pace, int64_t ms) {
  if (pace->sends)
    mb_client_wait(pace->play->client, ms);
  else
    host_sleep_ms(ms);
}

static int64_t clock_now(const pacer *pace) {
  double real = (double)(host_monotonic_ms() - pace->real_start);
  return pace->log_start + (int64_t)(real * pace->speed);
}

static void wait_until(pacer *pace, int64_t at) {
  double real = ceil((double)(at - pace->now) / pace->speed);
  wait_real(pace, real < 1 ? 1 : real > GLANCE_MS ? GLANCE_MS : (int64_t)real);
}

static mb_status go_in_real_time(pacer *pace, int64_t ts) {
  while (!host_interrupted()) {
    int64_t now = least(clock_now(pace), ts);
    mb_status status = fire_before(pace, least(now + 1, ts));
    if (status != MB_OK || now == ts) return status;
    pace->now = most(pace->now, now);
    mb_client_deliver(pace->play->client, pace->now);
    wait_until(pace, least(next_firing(pace), ts));
  }
  return MB_OK;
}

/* ---- Full speed ---- */

static uint64_t backlog(const mb_client *client) {
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  return stats.queued - stats.held;
}

/* The clock of a log at full speed leaves a backend behind at once. It waits for the answers, or a long log would
 * overflow the queues; not for retries, whose time comes with the clock. */
static void let_backend_catch_up(pacer *pace, int64_t ts) {
  mb_client *client = pace->play->client;
  uint64_t enough = ts - pace->now >= LONG_GAP_MS ? 0 : BACKLOG_MAX;
  while (client->under_way && backlog(client) > enough && !host_interrupted()) {
    wait_real(pace, GLANCE_MS);
    mb_client_deliver(client, pace->now);
  }
}

mb_status pace_to(pacer *pace, int64_t ts) {
  if (pace->sends && pace->speed <= 0) let_backend_catch_up(pace, ts);
  mb_status status = pace->speed > 0 ? go_in_real_time(pace, ts) : fire_before(pace, ts);
  if (!host_interrupted()) pace->now = ts;
  return status;
}

void pace_idle(pacer *pace, int64_t timeout_ms) {
  if (pace->sends) wait_real(pace, timeout_ms);
  mb_client_deliver(pace->play->client, pace->now);
}

/* ---- The end ---- */

static void end_dry_run(pacer *pace, int64_t drain_ms) {
  mb_client *client = pace->play->client;
  int64_t until = pace->now + drain_ms;
  dry_run_end(pace->play->answers, pace->now);
  mb_client_deliver(client, pace->now);
  for (int64_t due; (due = most(delivery_deadline(client), pace->now)) <= until && !host_interrupted();) {
    pace->now = due == pace->now ? due + 1 : due;
    mb_client_deliver(client, pace->now);
  }
}

static void end_sending(pacer *pace, int64_t drain_ms) {
  mb_client *client = pace->play->client;
  int64_t real_start = host_monotonic_ms(), log_start = pace->now, left = drain_ms;
  bool interrupted = false;
  for (;;) {
    int64_t passed = host_monotonic_ms() - real_start;
    pace->now = log_start + passed;
    mb_client_deliver(client, pace->now);
    if (host_interrupted() && !interrupted) interrupted = true, left = least(left, passed + INTERRUPTED_MS);
    int64_t due = delivery_deadline(client);
    if (passed >= left || (!client->under_way && due == MB_NEVER)) return;
    int64_t ms = due == MB_NEVER ? GLANCE_MS : most(due - pace->now, 1);
    wait_real(pace, least(least(ms, GLANCE_MS), left - passed));
  }
}

void pace_end(pacer *pace, int64_t drain_ms) {
  if (pace->sends)
    end_sending(pace, drain_ms);
  else
    end_dry_run(pace, drain_ms);
}
