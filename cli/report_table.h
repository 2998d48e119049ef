/* Decides how a report is shown to a person. */
#ifndef MEDIABEAT_CLI_REPORT_TABLE_H
#define MEDIABEAT_CLI_REPORT_TABLE_H

#include "json.h"

/* `report`: as `--json` prints it. A line for each session, and the totals. */
void report_table_print(const mb__json *report, bool colour);

/* Whether it is one at all. */
bool report_table_fits(const mb__json *report);

#endif
