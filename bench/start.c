/* Decides how start-up is measured: programs are started in turn, again and again; medians of the wall time from the
 * start to the end of each.
 *
 *   start RUNS PROGRAM...   prints us of each in one line */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "common.h"

static double run_us(char *program) {
  char *arguments[] = {program, NULL}, *environment[] = {NULL};
  pid_t process;
  int status;
  double from = wall_ns();
  if (posix_spawn(&process, program, NULL, NULL, arguments, environment) != 0 ||
      waitpid(process, &status, 0) != process || status != 0) {
    fprintf(stderr, "start: %s failed\n", program);
    exit(1);
  }
  return (wall_ns() - from) / 1e3;
}

int main(int argc, char **argv) {
  long runs = number_argument(argc, argv, 1, 100);
  int programs = argc - 2;
  if (runs < 1 || programs < 1) return fputs("usage: start RUNS PROGRAM...\n", stderr), 2;
  double *us = must_have(calloc((size_t)runs * (size_t)programs, sizeof *us));
  for (long run = 0; run < runs; run++)
    for (int i = 0; i < programs; i++) us[i * runs + run] = run_us(argv[2 + i]);
  for (int i = 0; i < programs; i++) printf("%s%.0f", i ? " " : "", median(us + i * runs, (int)runs));
  putchar('\n');
  free(us);
  return 0;
}
