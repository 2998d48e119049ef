/* Owns the texts of faults. */
#include "files.h"

const char *mb__fault_text(mb__fault fault) {
  static const char *const texts[] = {
#define TEXT(name, text) text,
      MB__FAULT_LIST(TEXT)
#undef TEXT
  };
  return (unsigned)fault < MB__FAULT_COUNT ? texts[fault] : "unknown fault";
}
