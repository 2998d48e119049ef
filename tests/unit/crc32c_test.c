/* CRC-32C against the vectors of RFC 3720, and against a division bit by bit. */
#include "crc32c.h"

#include "random.h"
#include "suite.h"

/* https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 */
TEST(vectors) {
  char bytes[48];
  memset(bytes, 0, 32);
  assert_int_equal(mb__crc32c(0, bytes, 32), 0x8A9136AA);
  memset(bytes, 0xFF, 32);
  assert_int_equal(mb__crc32c(0, bytes, 32), 0x62A8AB43);
  for (int i = 0; i < 32; i++) bytes[i] = (char)i;
  assert_int_equal(mb__crc32c(0, bytes, 32), 0x46DD794E);
  for (int i = 0; i < 32; i++) bytes[i] = (char)(31 - i);
  assert_int_equal(mb__crc32c(0, bytes, 32), 0x113FDB5C);
  static const unsigned char command[48] = {
      0x01, 0xC0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02};
  assert_int_equal(mb__crc32c(0, (const char *)command, 48), 0xD9963A56);
}

TEST(check_value) {
  assert_int_equal(mb__crc32c(0, "123456789", 9), 0xE3069283);
  assert_int_equal(mb__crc32c(0, "", 0), 0);
}

static uint32_t bit_by_bit(const char *bytes, size_t size) {
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < size; i++) {
    crc ^= (unsigned char)bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

/* Every length and alignment, every place to cut in two. */
TEST(as_bit_by_bit) {
  char bytes[80];
  uint64_t random = 1;
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)mb__random_next(&random);
  for (size_t at = 0; at < 8; at++)
    for (size_t size = 0; at + size <= sizeof bytes; size++) {
      uint32_t expected = bit_by_bit(bytes + at, size);
      assert_int_equal(mb__crc32c(0, bytes + at, size), expected);
      size_t cut = mb__random_below(&random, size + 1);
      assert_int_equal(mb__crc32c(mb__crc32c(0, bytes + at, cut), bytes + at + cut, size - cut), expected);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors),
      cmocka_unit_test(check_value),
      cmocka_unit_test(as_bit_by_bit),
  };
  return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
