/* Decides what `mediabeat replay` does, in order. */
#ifndef MEDIABEAT_CLI_REPLAY_H
#define MEDIABEAT_CLI_REPLAY_H

/* Runs the command; argv[0] is "replay". Returns the exit status. */
int replay_command(int argc, char **argv);

#endif
