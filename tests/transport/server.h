/* Decides how a test runs the servers of tests/support: as children that end when the test lets go of them. */
#ifndef MEDIABEAT_TESTS_SERVER_H
#define MEDIABEAT_TESTS_SERVER_H

#include <sys/types.h>

typedef struct server {
  pid_t pid;
  int input; /* the server ends when this is closed */
  int port;  /* 0: the server cannot do what was asked */
} server;

/* Runs tests/support/<script> with up to three arguments, the rest NULL. Fails the test if it does not start. */
server server_start(const char *script, const char *first, const char *second, const char *third);
void server_stop(server *running);

/* Runs a script and waits for its end; its exit status. */
int script_run(const char *script, const char *argument);

#endif
