/* Owns the tie between a reader and its connection, which sleeps while there is nothing to read: libmicrohttpd asks
 * again and again otherwise. */
#include "stream.h"

#include <stdlib.h>

enum { BLOCK = 16384 }; /* bytes that libmicrohttpd asks for at once, and holds for a slow reader */

typedef struct stream stream;

struct mbc_streams {
  mbc_live *live;
  stream *first;
  bool ending;
};

struct stream {
  mbc_streams *all;
  stream *next;
  struct MHD_Connection *connection;
  mbc_reader *reader;
  bool suspended;
};

mbc_streams *mbc_streams_new(mbc_store *store) {
  mbc_streams *streams = calloc(1, sizeof *streams);
  if (streams && !(streams->live = mbc_live_new(store))) {
    free(streams);
    return NULL;
  }
  return streams;
}

void mbc_streams_free(mbc_streams *streams) {
  if (streams) mbc_live_free(streams->live);
  free(streams);
}

mbc_live *mbc_streams_live(mbc_streams *streams) { return streams->live; }

static void wake(void *user) {
  stream *s = user;
  if (!s->suspended) return;
  s->suspended = false;
  MHD_resume_connection(s->connection);
}

static ssize_t read_some(void *user, uint64_t position, char *bytes, size_t most) {
  (void)position;
  stream *s = user;
  if (s->all->ending) return MHD_CONTENT_READER_END_OF_STREAM;
  size_t size = mbc_live_read(s->reader, bytes, most);
  if (size) return (ssize_t)size;
  s->suspended = true;
  MHD_suspend_connection(s->connection);
  return 0;
}

static void leave(void *user) {
  stream *s = user, **at = &s->all->first;
  while (*at != s) at = &(*at)->next;
  *at = s->next;
  mbc_live_leave(s->all->live, s->reader);
  free(s);
}

static stream *join(mbc_streams *streams, struct MHD_Connection *connection) {
  stream *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  *s = (stream){.all = streams, .next = streams->first, .connection = connection};
  s->reader = mbc_live_join(streams->live, wake, s);
  if (!s->reader) {
    free(s);
    return NULL;
  }
  streams->first = s;
  return s;
}

struct MHD_Response *mbc_streams_response(mbc_streams *streams, struct MHD_Connection *connection) {
  stream *s = join(streams, connection);
  if (!s) return NULL;
  struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_some, s, leave);
  if (!response) leave(s);
  return response;
}

void mbc_streams_end(mbc_streams *streams) {
  streams->ending = true;
  for (stream *s = streams->first; s; s = s->next) wake(s);
}
