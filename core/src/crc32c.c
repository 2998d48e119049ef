/* Owns the check of lines: eight bytes at a time, half a byte in each look-up, so that the table is a kilobyte. */
#include "crc32c.h"

/* A CRC is linear: what half a byte does is the sum of what its bits do. */
#define ROW(a, b, c, d) \
  { 0, a, b, a ^ b, c, a ^ c, b ^ c, a ^ b ^ c, d, a ^ d, b ^ d, a ^ b ^ d, c ^ d, a ^ c ^ d, b ^ c ^ d, a ^ b ^ c ^ d }

/* Of each half byte of eight, the lower half first, after the last of the eight. */
static const uint32_t halves[16][16] = {
    ROW(0x493C7D27, 0x9278FA4E, 0x211D826D, 0x423B04DA), ROW(0x847609B4, 0x0D006599, 0x1A00CB32, 0x34019664),
    ROW(0x68032CC8, 0xD0065990, 0xA5E0C5D1, 0x4E2DFD53), ROW(0x9C5BFAA6, 0x3D5B83BD, 0x7AB7077A, 0xF56E0EF4),
    ROW(0xEF306B19, 0xDB8CA0C3, 0xB2F53777, 0x6006181F), ROW(0xC00C303E, 0x85F4168D, 0x0E045BEB, 0x1C08B7D6),
    ROW(0x38116FAC, 0x7022DF58, 0xE045BEB0, 0xC5670B91), ROW(0x8F2261D3, 0x1BA8B557, 0x37516AAE, 0x6EA2D55C),
    ROW(0xDD45AAB8, 0xBF672381, 0x7B2231F3, 0xF64463E6), ROW(0xE964B13D, 0xD725148B, 0xABA65FE7, 0x52A0C93F),
    ROW(0xA541927E, 0x4F6F520D, 0x9EDEA41A, 0x38513EC5), ROW(0x70A27D8A, 0xE144FB14, 0xC76580D9, 0x8B277743),
    ROW(0x13A29877, 0x274530EE, 0x4E8A61DC, 0x9D14C3B8), ROW(0x3FC5F181, 0x7F8BE302, 0xFF17C604, 0xFBC3FAF9),
    ROW(0xF26B8303, 0xE13B70F7, 0xC79A971F, 0x8AD958CF), ROW(0x105EC76F, 0x20BD8EDE, 0x417B1DBC, 0x82F63B78),
};

/* The last byte of eight alone is a byte by itself. */
enum { BLOCK = 8, LAST = 2 * (BLOCK - 1) };

static uint32_t of_byte(unsigned at, uint32_t byte) { return halves[at][byte & 15] ^ halves[at + 1][byte >> 4]; }

static uint32_t of_block(uint32_t crc, const unsigned char *block) {
  uint32_t low = of_byte(0, block[0] ^ (crc & 255)) ^ of_byte(2, block[1] ^ (crc >> 8 & 255));
  uint32_t high = of_byte(4, block[2] ^ (crc >> 16 & 255)) ^ of_byte(6, block[3] ^ (crc >> 24));
  return low ^ high ^ of_byte(8, block[4]) ^ of_byte(10, block[5]) ^ of_byte(12, block[6]) ^ of_byte(14, block[7]);
}

uint32_t mb__crc32c(uint32_t crc, const char *bytes, size_t size) {
  const unsigned char *at = (const unsigned char *)bytes;
  crc = ~crc;
  for (; size >= BLOCK; at += BLOCK, size -= BLOCK) crc = of_block(crc, at);
  for (; size; at++, size--) crc = crc >> 8 ^ of_byte(LAST, *at ^ (crc & 255));
  return ~crc;
}
