/* mediabeat: streaming-media analytics for native players. Includes the whole core API.
 * Independent of Adobe; implements the published protocol. */
#ifndef MEDIABEAT_MEDIABEAT_H
#define MEDIABEAT_MEDIABEAT_H

#include "client.h"
#include "config.h"
#include "host.h"
#include "session.h"
#include "status.h"
#include "tracker.h"
#include "transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MB_VERSION "0.1.0"

/* The version of the library that is linked, such as "0.1.0". */
MB_API const char *mb_version(void);

#ifdef __cplusplus
}
#endif

#endif
