/* Decides the ids that Adobe's backend makes of texts: MD5, which names and protects nothing. RFC 1321. */
#ifndef MEDIABEAT_COLLECTOR_MD5_H
#define MEDIABEAT_COLLECTOR_MD5_H

#include <stddef.h>

enum { MBC_MD5_SIZE = 32 };

/* Lower-case hexadecimal, terminated. */
void mbc_md5(const char *text, size_t size, char hex[MBC_MD5_SIZE + 1]);

#endif
