/* Decides what is made of an event that an application gives as JSON text: in which form it is, what it lacks, and how it
 * becomes the tail of a body. */
#ifndef MEDIABEAT_GIVEN_H
#define MEDIABEAT_GIVEN_H

#include "client.h"

typedef struct mb__given { /* also for bodies that come back from disk */
  mb__json *json;
  mb__reading reading; /* points into json */
} mb__given;

/* Reads and checks. `opens`: an XDM object without an eventType is a sessionStart. Errors have a message with the path;
 * free with mb__given_free in every case. */
mb_status mb__given_read(mb_client *client, const char *json, size_t size, bool opens, mb__given *event);
void mb__given_free(const mb_client *client, mb__given *event);

/* Takes mediaCollection.sessionID out of it. */
void mb__given_forget_session_id(mb__given *event);

/* Completes the event with what the configuration says and encodes its tail. */
mb_status mb__given_encode(mb_client *client, mb__given *event, mb__tail **tail);

#endif
