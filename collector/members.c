/* Owns the commas. */
#include "members.h"

#include <math.h>

static void separate(mb__writer *writer, char opening) {
  bool is_first = writer->size && writer->bytes[writer->size - 1] == opening;
  if (!is_first) mb__write(writer, ",", 1);
}

void mbc_element(mb__writer *writer) { separate(writer, '['); }

void mbc_member(mb__writer *writer, const char *name) {
  separate(writer, '{');
  mb__write_text(writer, name);
  mb__write(writer, ":", 1);
}

void mbc_member_text(mb__writer *writer, const char *name, const char *value) {
  mbc_member(writer, name);
  if (value)
    mb__write_text(writer, value);
  else
    mb__write_raw(writer, "null");
}

void mbc_member_integer(mb__writer *writer, const char *name, int64_t value) {
  mbc_member(writer, name);
  mb__write_integer(writer, value);
}

void mbc_member_flag(mb__writer *writer, const char *name, bool value) {
  mbc_member(writer, name);
  mb__write_flag(writer, value);
}

void mbc_member_number(mb__writer *writer, const char *name, double value) {
  mbc_member(writer, name);
  if (isfinite(value))
    mb__write_number(writer, value);
  else
    mb__write_raw(writer, "null");
}
