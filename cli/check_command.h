/* Decides what `mediabeat check` does. */
#ifndef MEDIABEAT_CLI_CHECK_COMMAND_H
#define MEDIABEAT_CLI_CHECK_COMMAND_H

int check_command(int argc, char **argv);

#endif
