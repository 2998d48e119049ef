/* Owns the look at a writer. */
#include "written.h"

#include "suite.h"

const char *written(mb__writer *writer) {
  mb__write(writer, "", 1);
  assert_false(writer->failed);
  writer->size--;
  return writer->bytes;
}
