/* Decides how libcurl carries requests: a transport in a library of its own (mediabeat-curl). */
#ifndef MEDIABEAT_CURL_H
#define MEDIABEAT_CURL_H

#include "config.h"
#include "transport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in a transport over one libcurl multi handle. Reads from the configuration: endpoint, maxConnections, http2,
 * caBundle, proxy, connectTimeout, answerTimeout. Keep-alive, HTTP/1.1 unless http2, certificate checks always on.
 * Starts no thread; blocks only in wait(). Calls curl_global_init, which is process-wide and not thread-safe before
 * libcurl 7.84: call mb_curl_global_init first if your program has other threads at that moment.
 * On success give it to mb_client_new, or release it with transport->free(transport->user).
 * Errors: MB_NO_MEMORY, MB_INVALID_ARGUMENT, MB_TRANSPORT_FAILED (libcurl lacks what the configuration asks for). */
MB_API mb_status mb_curl_transport_new(const mb_config *config, mb_transport *transport);

/* libcurl's process-wide initialisation, reference-counted by libcurl. MB_TRANSPORT_FAILED if it fails. */
MB_API mb_status mb_curl_global_init(void);

#ifdef __cplusplus
}
#endif

#endif
