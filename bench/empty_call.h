/* Decides the least that a tick can cost: a call into a shared library that does nothing. */
#ifndef MEDIABEAT_BENCH_EMPTY_CALL_H
#define MEDIABEAT_BENCH_EMPTY_CALL_H

#include <mediabeat/mediabeat.h>

__attribute__((visibility("default"))) mb_status bench_empty_call(mb_client *client, int64_t now_ms);

#endif
