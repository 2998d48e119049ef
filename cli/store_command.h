/* Decides what `mediabeat store` does. */
#ifndef MEDIABEAT_CLI_STORE_COMMAND_H
#define MEDIABEAT_CLI_STORE_COMMAND_H

int store_command(int argc, char **argv);

#endif
