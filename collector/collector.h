/* The collector: a reference backend for the Media Collection API and the Media Edge API, as a command. */
#ifndef MEDIABEAT_COLLECTOR_H
#define MEDIABEAT_COLLECTOR_H

/* Runs `mediabeat collector ...`; argv[0] is "collector". Returns the exit status: 0 after SIGTERM, SIGINT, --help or a
 * finished export, 1 when the address or the data file cannot be used, 2 on bad usage. */
int mb_collector_command(int argc, char **argv);

#endif
