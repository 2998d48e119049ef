/* Owns the parameters of events. */
#include "params.h"

#include <stdlib.h>
#include <string.h>

static const char library_version[] = "mediabeat-" MB_VERSION;

static const struct {
  mb__key key;
  mb__field field;
} session_settings[] = {
    {MB__KEY_TRACKING_SERVER, MB__FIELD_ANALYTICS_TRACKING_SERVER},
    {MB__KEY_REPORT_SUITE, MB__FIELD_ANALYTICS_REPORT_SUITE},
    {MB__KEY_ENABLE_SSL, MB__FIELD_ANALYTICS_ENABLE_SSL},
    {MB__KEY_VISITOR_ID, MB__FIELD_ANALYTICS_VISITOR_ID},
    {MB__KEY_ANALYTICS_ID, MB__FIELD_ANALYTICS_AID},
    {MB__KEY_OPT_OUT_SERVER_SIDE_FORWARDING, MB__FIELD_ANALYTICS_OPT_OUT_SERVER_SIDE_FORWARDING},
    {MB__KEY_OPT_OUT_SHARE, MB__FIELD_ANALYTICS_OPT_OUT_SHARE},
    {MB__KEY_ORG_ID, MB__FIELD_VISITOR_MARKETING_CLOUD_ORG_ID},
    {MB__KEY_MARKETING_CLOUD_USER_ID, MB__FIELD_VISITOR_MARKETING_CLOUD_USER_ID},
    {MB__KEY_AAM_LOCATION_HINT, MB__FIELD_VISITOR_AAM_LOCATION_HINT},
    {MB__KEY_CUSTOMER_IDS, MB__FIELD_VISITOR_CUSTOMER_IDS},
    {MB__KEY_APP_INSTALLATION_ID, MB__FIELD_APP_INSTALLATION_ID},
    {MB__KEY_CHANNEL, MB__FIELD_MEDIA_CHANNEL},
    {MB__KEY_PLAYER_NAME, MB__FIELD_MEDIA_PLAYER_NAME},
    {MB__KEY_APP_VERSION, MB__FIELD_MEDIA_SDK_VERSION},
};

static void set_from_config(const mb_config *config, mb__key key, mb__field field, mb__values *values) {
  if (values->set[field] || !mb__config_has(config, key)) return;
  switch (mb__fields[field].type) {
    case MB__TYPE_FLAG: mb__set_flag(values, field, mb__config_number(config, key) != 0); return;
    case MB__TYPE_INTEGER: mb__set_integer(values, field, (int64_t)mb__config_number(config, key)); return;
    case MB__TYPE_CUSTOMER_IDS: mb__set_json(values, field, config->values[key].json); return;
    default: mb__set_text(values, field, mb__config_text(config, key)); return;
  }
}

void mb__params_from_settings(const mb_client *client, mb__event_type type, mb__values *values) {
  const mb_config *config = client->config;
  if (type == MB__EVENT_AD_START) {
    set_from_config(config, MB__KEY_AD_PLAYER_NAME, MB__FIELD_MEDIA_AD_PLAYER_NAME, values);
    set_from_config(config, MB__KEY_PLAYER_NAME, MB__FIELD_MEDIA_AD_PLAYER_NAME, values);
  }
  if (type != MB__EVENT_SESSION_START) return;
  for (size_t i = 0; i < sizeof session_settings / sizeof *session_settings; i++)
    set_from_config(config, session_settings[i].key, session_settings[i].field, values);
  if (!values->set[MB__FIELD_MEDIA_LIBRARY_VERSION])
    mb__set_text(values, MB__FIELD_MEDIA_LIBRARY_VERSION, library_version);
  if (!values->set[MB__FIELD_MEDIA_DOWNLOADED])
    mb__set_flag(values, MB__FIELD_MEDIA_DOWNLOADED, client->settings.downloaded);
}

static bool is_usable(const mb_client *client, const mb_pair *pair) {
  if (pair->key && pair->value && mb__metadata_key_fits(pair->key)) return true;
  mb__log(client, MB_LOG_WARNING, "metadata: %s is dropped: %s", pair->key ? pair->key : "a pair without a key",
          pair->value ? "a key has letters, digits, '_' and '.' only" : "it has no value");
  return false;
}

/* By key; of equal keys the one given later comes first. */
static int by_key(const void *one, const void *other) {
  const mb_pair *a = *(const mb_pair *const *)one, *b = *(const mb_pair *const *)other;
  int order = strcmp(a->key, b->key);
  return order ? order : (a < b) - (a > b);
}

static size_t collect_custom(const mb_client *client, mb__event_type type, const mb_pair *given, size_t count,
                             mb__values *values, const mb_pair **custom) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (!is_usable(client, &given[i])) continue;
    mb__field field = mb__field_from_metadata(given[i].key, type, client->settings.edge);
    if (field == MB__FIELD_COUNT)
      custom[kept++] = &given[i];
    else
      mb__set_text(values, field, given[i].value);
  }
  return kept;
}

mb_status mb__metadata_split(const mb_client *client, mb__event_type type, const mb_pair *given, size_t count,
                             mb__values *values, mb__metadata *custom) {
  *custom = (mb__metadata){NULL, 0};
  if (!count) return MB_OK;
  const mb_pair **sorted = mb__resize(&client->memory, NULL, count * sizeof(mb_pair *));
  custom->pairs = mb__resize(&client->memory, NULL, count * sizeof(mb_pair));
  if (!sorted || !custom->pairs) {
    mb__delete(&client->memory, (void *)sorted);
    mb__metadata_free(client, custom);
    return MB_NO_MEMORY;
  }
  size_t kept = collect_custom(client, type, given, count, values, sorted);
  qsort((void *)sorted, kept, sizeof *sorted, by_key);
  for (size_t i = 0; i < kept; i++)
    if (!i || strcmp(sorted[i]->key, sorted[i - 1]->key) != 0) custom->pairs[custom->count++] = *sorted[i];
  mb__delete(&client->memory, (void *)sorted);
  return MB_OK;
}

void mb__metadata_free(const mb_client *client, mb__metadata *custom) {
  mb__delete(&client->memory, custom->pairs);
  *custom = (mb__metadata){NULL, 0};
}

mb_status mb__params_encode(mb_client *client, mb__event_type type, const mb__values *values,
                            const mb__metadata *custom, mb__field last_identity, mb__tail **tail) {
  mb__writer *scratch = &client->scratch;
  mb__writer_clear(scratch);
  size_t identity = client->wire->tail(scratch, type, values, custom ? custom->pairs : NULL, custom ? custom->count : 0,
                                       last_identity);
  if (scratch->failed) return MB_NO_MEMORY;
  if (scratch->size > client->wire->most_tail) return MB_TOO_LARGE;
  *tail = mb__tail_new(&client->memory, scratch->bytes, scratch->size, identity);
  return *tail ? MB_OK : MB_NO_MEMORY;
}
