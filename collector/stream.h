/* Decides how an answer travels that has no end: a reader of live.h on a connection of libmicrohttpd. */
#ifndef MEDIABEAT_COLLECTOR_STREAM_H
#define MEDIABEAT_COLLECTOR_STREAM_H

#include <microhttpd.h>

#include "live.h"

typedef struct mbc_streams mbc_streams;

/* NULL: no memory. To be freed after the daemon has stopped. */
mbc_streams *mbc_streams_new(mbc_store *store);
void mbc_streams_free(mbc_streams *streams);

/* The response that reads for this connection; NULL: there are too many, or no memory. */
struct MHD_Response *mbc_streams_response(mbc_streams *streams, struct MHD_Connection *connection);

mbc_live *mbc_streams_live(mbc_streams *streams);

/* Before the daemon stops: no connection stays suspended, and every reader's answer ends. */
void mbc_streams_end(mbc_streams *streams);

#endif
