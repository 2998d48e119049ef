/* Owns the texts of statuses and drop reasons. */
#include <mediabeat/mediabeat.h>

const char *mb_status_text(mb_status status) {
  static const char *const texts[] = {
#define TEXT(name, text) text,
      MB_STATUS_LIST(TEXT)
#undef TEXT
  };
  return (unsigned)status < MB_STATUS_COUNT ? texts[status] : "unknown status";
}

const char *mb_status_name(mb_status status) {
  static const char *const names[] = {
#define NAME(name, text) #name,
      MB_STATUS_LIST(NAME)
#undef NAME
  };
  return (unsigned)status < MB_STATUS_COUNT ? names[status] : "unknown";
}

int mb_status_is_refusal(mb_status status) {
  return status >= MB_REFUSED_NOT_IN_SESSION && status <= MB_REFUSED_TOO_MANY_STATES;
}

const char *mb_drop_text(mb_drop reason) {
  static const char *const texts[] = {
#define TEXT(name, text) text,
      MB_DROP_LIST(TEXT)
#undef TEXT
  };
  return (unsigned)reason < MB_DROP_COUNT ? texts[reason] : "unknown reason";
}

const char *mb_version(void) { return MB_VERSION; }
