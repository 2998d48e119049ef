/* Lists the configuration keys: name, type, default and meaning, one key a line, with tabs between. */
#include <mediabeat/config.h>
#include <stdio.h>

int main(void) {
  /* [keys] */
  for (size_t i = 0; mb_config_key_name(i); i++)
    printf("%s\t%s\t%s\t%s\n", mb_config_key_name(i), mb_config_key_type(i), mb_config_key_default(i),
           mb_config_key_help(i));
  /* [/keys] */
  return 0;
}
