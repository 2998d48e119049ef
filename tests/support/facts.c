/* Owns the reading of the wire facts. */
#include "facts.h"

#include "suite.h"

cJSON *read_facts(const char *name) {
  char path[512], part[4096];
  text_buffer text = {0};
  snprintf(path, sizeof path, "%s/%s", MB_TEST_PROTOCOL, name);
  FILE *file = fopen(path, "rb");
  if (!file) fail_msg("cannot read %s", path);
  for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;) text_add_bytes(&text, part, size);
  fclose(file);
  cJSON *facts = cJSON_ParseWithLength(text_of(&text), text.size);
  if (!facts) fail_msg("%s is not JSON", path);
  text_free(&text);
  return facts;
}

const cJSON *fact_in(const cJSON *object, const char *name) {
  const cJSON *fact = cJSON_GetObjectItemCaseSensitive(object, name);
  if (!fact) fail_msg("the facts lack %s", name);
  return fact;
}

bool fact_lists(const cJSON *object, const char *name, const char *text) {
  const cJSON *entry;
  cJSON_ArrayForEach(entry, fact_in(object, name)) if (strcmp(entry->valuestring, text) == 0) return true;
  return false;
}
