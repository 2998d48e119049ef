/* Decides what the command takes from the operating system: clocks, sleep, Ctrl-C. */
#ifndef MEDIABEAT_CLI_HOST_H
#define MEDIABEAT_CLI_HOST_H

#include <stdbool.h>
#include <stdint.h>

int64_t host_monotonic_ms(void);
int64_t host_epoch_ms(void);    /* since 1970 UTC */
void host_sleep_ms(int64_t ms); /* shorter when a signal comes */

/* From now on Ctrl-C and SIGTERM are counted instead of ending the program; a third one ends it. */
void host_catch_interrupts(void);
bool host_interrupted(void);

#endif
