/* Decides how an event's parameters come together: fields of the info, standard metadata, configuration, and the rest as
 * custom metadata. */
#ifndef MEDIABEAT_PARAMS_H
#define MEDIABEAT_PARAMS_H

#include "client.h"

/* Metadata after sorting: what stays custom. Free with mb__metadata_free. */
typedef struct mb__metadata {
  mb_pair *pairs; /* sorted bytewise by key, each key once; texts belong to the caller */
  size_t count;
} mb__metadata;

/* Moves standard keys into values (over what is set there), drops pairs without a fitting key or a value with a
 * warning, sorts the rest. Of equal keys the last one counts. MB_NO_MEMORY leaves nothing to free. */
mb_status mb__metadata_split(const mb_client *client, mb__event_type type, const mb_pair *given, size_t count,
                             mb__values *values, mb__metadata *custom);
void mb__metadata_free(const mb_client *client, mb__metadata *custom);

/* Fills in what the configuration says about this event, where values has nothing yet. */
void mb__params_from_settings(const mb_client *client, mb__event_type type, mb__values *values);

/* Encodes a tail and makes it one that can be shared. MB_NO_MEMORY, or MB_TOO_LARGE: the wire would not take it. */
mb_status mb__params_encode(mb_client *client, mb__event_type type, const mb__values *values,
                            const mb__metadata *custom, mb__field last_identity, mb__tail **tail);

#endif
