/* Decides how a program knows that it opens connections: socket() of the C library is replaced by one that counts. */
#ifndef MEDIABEAT_BENCH_COUNT_CONNECTIONS_H
#define MEDIABEAT_BENCH_COUNT_CONNECTIONS_H

long connections_opened(void);

#endif
