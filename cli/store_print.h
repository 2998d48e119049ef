/* Decides how what is in a store is shown: to a person, to a program, and event by event. Each prints on stdout. */
#ifndef MEDIABEAT_CLI_STORE_PRINT_H
#define MEDIABEAT_CLI_STORE_PRINT_H

#include "store_survey.h"

typedef struct store_list {
  int64_t now_ms; /* ages are counted up to here */
  bool begun;
  char folder[256]; /* whose sessions are being listed */
} store_list;

/* Visitors. The survey's user is a store_list, and for JSON and events a writer. */
void store_print_line(store_survey *survey, const store_session *session);
void store_print_json(store_survey *survey, const store_session *session);
void store_print_events(store_survey *survey, const store_session *session);

#endif
