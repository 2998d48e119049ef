/* Decides what of a session is on disk, and how it comes back after its process is gone. Without a store folder every
 * function here does nothing.
 *
 * An outbox has a journal from its first event on. What a call makes is written before the call returns; answers leave
 * marks. A downloaded session that is over leaves memory and waits on disk, until it is its turn to be sent: oldest
 * first, one at a time. Sessions of processes that died take the same way. */
#ifndef MEDIABEAT_STORED_H
#define MEDIABEAT_STORED_H

#include "outbox.h"

/* Opens the client's store and adopts what processes that died have left. A fault is said once, and everything stays in
 * memory. */
void mb__stored_open(mb_client *client);
void mb__stored_close(mb_client *client);

void mb__stored_begin(mb__outbox *outbox);                                   /* a new session */
mb_status mb__stored_add(mb__outbox *outbox, const char *body, size_t size); /* MB_NO_MEMORY: nothing was added */
void mb__stored_flush(mb__outbox *outbox);                                   /* hands over what was added */

/* What answers leave behind. */
void mb__stored_opening(mb__outbox *outbox);
void mb__stored_answered(mb__outbox *outbox); /* the session is not open, and that is known */
void mb__stored_opened(mb__outbox *outbox);
void mb__stored_done(mb__outbox *outbox); /* so many events as outbox->done says */

/* The session is over. True: it waits on disk from now on, and the outbox has no events any more. */
bool mb__stored_let_go(mb__outbox *outbox);

/* The outbox is freed: its journal is removed when all is done, or waits for somebody to adopt it. */
void mb__stored_end(mb__outbox *outbox);
void mb__stored_leave(mb__outbox *outbox);                        /* the client closes: what waits is on disk only */
void mb__stored_set_aside(mb__outbox *outbox, const char *words); /* the backend will never take it */

void mb__stored_erase(mb_client *client); /* consent was withdrawn */

/* Takes the oldest session that waits, if none that was taken before is still being sent. */
void mb__stored_next(mb_client *client);

void mb__stored_look(mb_client *client); /* there may be something that waits */
void mb__stored_tick(mb_client *client);

#endif
