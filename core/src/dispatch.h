/* Decides who sends next: outboxes in turn, one request each, no more at once than the transport takes. */
#ifndef MEDIABEAT_DISPATCH_H
#define MEDIABEAT_DISPATCH_H

#include "outbox.h"

/* The outbox has, or may have, something to send: puts it in line if so. */
void mb__dispatch_wake(mb__outbox *outbox);

/* No more events will come: its owner lets go of the outbox, which sends what it has and is freed afterwards. */
void mb__dispatch_let_go(mb__outbox *outbox);
void mb__dispatch_release(mb__outbox *outbox); /* the same for one that comes back from disk */

/* Puts every outbox in line again, oldest first, after consent or connectivity changed. */
void mb__dispatch_wake_all(mb_client *client);

/* Hands requests to the transport until it is full or nobody is in line. Does nothing when called from inside itself. */
void mb__dispatch(mb_client *client);

/* Wakes outboxes whose retry is due. */
void mb__dispatch_retries(mb_client *client);

/* Forgets all requests under way and in line; their events stay queued. */
void mb__dispatch_stop(mb_client *client);

/* Frees what dispatching needs. */
void mb__dispatch_free(mb_client *client);

#endif
