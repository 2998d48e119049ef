/* Decides what all benchmarks share: clocks, medians, counted memory, a backend that answers at once. */
#ifndef MEDIABEAT_BENCH_COMMON_H
#define MEDIABEAT_BENCH_COMMON_H

#include <mediabeat/mediabeat.h>

#define EPOCH_MS INT64_C(1700000000000) /* when virtual time begins */

double wall_ns(void);
double cpu_ns(void);                      /* of this process, all threads, system included */
double median(double *values, int count); /* sorts them */
uint32_t next_random(void);               /* the same sequence in every run */
long number_argument(int argc, char **argv, int index, long otherwise);

/* Ends the program, naming what went wrong. */
_Noreturn void fail(mb_status status, const char *what);
static inline void must(mb_status status, const char *what) {
  if (status != MB_OK) fail(status, what);
}
void *must_have(void *block); /* the same for memory */

/* What went through mb_host.allocate: calls that gave memory, and bytes in use as the C library rounds them. */
typedef struct memory_count {
  size_t allocations, bytes;
} memory_count;
mb_host counting_host(memory_count *count);

#define COLLECTION_V1 "collection-v1"
#define EDGE_VA_V1 "edge-va-v1"

/* A configuration as applications have it; what either protocol needs is in it. */
mb_config *new_config(const mb_host *host, const char *protocol);

/* Takes every request and answers before send returns, as the protocol says: 201 with a Location or 200 with a handle for
 * a sessionStart, else 204. */
extern const mb_transport instant_transport;
uint64_t answered_bytes(void); /* bodies it has taken so far */

/* A client, configured, over one of them; transport may be NULL. */
mb_client *new_client(const mb_host *host, const mb_transport *transport); /* COLLECTION_V1 */
mb_client *new_client_of(const char *protocol, const mb_host *host, const mb_transport *transport);

/* A tracker whose session is open; the media has metadata_count pairs of metadata (up to 20). No pre-roll wait. */
mb_tracker *new_session(mb_client *client, size_t metadata_count, int64_t now);

#endif
