/* Decides how lines of a journal are checked: CRC-32C (Castagnoli), as in RFC 3720, appendix B.4. */
#ifndef MEDIABEAT_CRC32C_H
#define MEDIABEAT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of bytes behind others: `crc` is what the others gave, 0 at the beginning. */
uint32_t mb__crc32c(uint32_t crc, const char *bytes, size_t size);

#endif
