/* Owns the clocks and the signal handler, whose counter is the only variable of the command that outlives a function. */
#include "host.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupts;

static int64_t clock_ms(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t host_monotonic_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
int64_t host_epoch_ms(void) { return clock_ms(CLOCK_REALTIME); }

void host_sleep_ms(int64_t ms) {
  struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
  if (ms > 0) nanosleep(&time, NULL);
}

static void count(int signal) {
  enum { PATIENCE = 3 };
  if (++interrupts >= PATIENCE) _exit(128 + signal);
}

void host_catch_interrupts(void) {
  struct sigaction action = {.sa_handler = count};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

bool host_interrupted(void) { return interrupts > 0; }
