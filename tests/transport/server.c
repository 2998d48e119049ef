/* Owns the test's child processes. */
#define _POSIX_C_SOURCE 200809L
#include "server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void run_child(const char *script, const char *first, const char *second, const char *third) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", MB_TEST_SUPPORT, script);
  execl(path, script, first, second, third, (char *)NULL);
  perror(path);
  _exit(127);
}

static int read_port(int output) {
  FILE *stream = fdopen(output, "r");
  int port = 0;
  if (!stream || fscanf(stream, "%d", &port) != 1) die("server did not start");
  fclose(stream);
  return port;
}

/* The parent's end must not stay open in servers that are started later. */
static void make_pipe(int ends[2], int parents_end) {
  if (pipe(ends) != 0 || fcntl(ends[parents_end], F_SETFD, FD_CLOEXEC) != 0) die("pipe");
}

server server_start(const char *script, const char *first, const char *second, const char *third) {
  int input[2], output[2];
  make_pipe(input, 1);
  make_pipe(output, 0);
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    dup2(input[0], 0);
    dup2(output[1], 1);
    close(input[0]);
    close(output[1]);
    run_child(script, first, second, third);
  }
  close(input[0]);
  close(output[1]);
  return (server){.pid = pid, .input = input[1], .port = read_port(output[0])};
}

void server_stop(server *running) {
  if (running->pid <= 0) return;
  close(running->input);
  waitpid(running->pid, NULL, 0);
  running->pid = 0;
}

int script_run(const char *script, const char *argument) {
  int status = 0;
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) run_child(script, argument, NULL, NULL);
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
