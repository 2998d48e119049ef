/* Decides when time ends things: sessions that are silent or too old are closed, closed ones are removed when they are
 * too old or there is no room.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-timeout */
#ifndef MEDIABEAT_COLLECTOR_EXPIRY_H
#define MEDIABEAT_COLLECTOR_EXPIRY_H

#include "bounds.h"
#include "store.h"

typedef struct mbc_expiry {
  const mbc_limits *limits;
  mbc_store *store;
  int64_t next;      /* no session is due before; INT64_MAX: there is none. Who opens one lowers it */
  bool full;         /* no room for more, and nothing that could go */
  bool removing;     /* it has been said that sessions go for want of room */
  uint64_t measured; /* the store's changes when its size was looked at last */
} mbc_expiry;

/* Every open session will be looked at, whatever limits an earlier collector had. False: the store failed. */
bool mbc_expiry_begin(mbc_expiry *expiry, mbc_store *store, const mbc_limits *limits);

/* When time closes an open session, and why. */
int64_t mbc_expiry_due(const mbc_limits *limits, const mbc_session *session, mbc_reason *reason);

/* Closes it as of its due time when that has come. Returns whether it did; who calls it saves the session. */
bool mbc_expiry_close_if_due(const mbc_limits *limits, mbc_session *session, int64_t now);

/* An answer or a deadline has come: the open session may be due earlier than was known. False: the store failed. */
bool mbc_expiry_watch(mbc_expiry *expiry, mbc_session *session);

/* Closes at most `most` of the sessions that are due, those that were due first before others. The changes are in the
 * store's group; when the store failed, it is tried again a second later. */
void mbc_expiry_run(mbc_expiry *expiry, int64_t now, int most);

/* Closes every open session at `now`, as by command. False: the store failed. */
bool mbc_expiry_close_all(mbc_expiry *expiry, int64_t now);

/* Removes what is too old, and what there is no room for, for some milliseconds. Returns whether there is more to do. */
bool mbc_expiry_tidy(mbc_expiry *expiry, int64_t now);

#endif
