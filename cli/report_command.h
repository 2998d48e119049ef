/* Decides what `mediabeat report` does. */
#ifndef MEDIABEAT_CLI_REPORT_COMMAND_H
#define MEDIABEAT_CLI_REPORT_COMMAND_H

int report_command(int argc, char **argv);

#endif
