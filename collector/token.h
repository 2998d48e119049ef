/* Decides who may look: requests for what is kept, and for what controls the collector. The protocols' own endpoints are
 * for everybody, as players have no place for a secret; they only take, and give nothing of others away. */
#ifndef MEDIABEAT_COLLECTOR_TOKEN_H
#define MEDIABEAT_COLLECTOR_TOKEN_H

#include "answer.h"
#include "request.h"

enum { MBC_TOKEN_LEAST = 16, MBC_TOKEN_MOST = 256 };

/* At least 16 characters that fit a header, a cookie and an address as they are: letters, digits and -._~ */
bool mbc_token_is_fit(const char *token);

/* Refuses who may not look, and sends those who came with ?token= on with a cookie. Returns whether the request goes on.
 * `token` NULL: there is none; then only requests go on that a browser made for this machine's own address, and no other
 * site's page is behind. */
bool mbc_token_admit(const char *token, const mbc_request *request, mbc_answer *answer);

#endif
