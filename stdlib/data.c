/* Data: the lines about other projects, and those that no other file can write.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/data.h"

#include "base/zone.h"
#include "vm/regex/regex.h"

void tm_data_regex(tm_buf *out)
{
    tm_buf_print(out,
                 "| PCRE2 | %s, Unicode %s | the engine; the dialect is RE2's | every pattern |\n",
                 tm_regex_version(out->arena, false).p, tm_regex_version(out->arena, true).p);
}

void tm_data_zone(tm_buf *out)
{
    unsigned zones;
    tm_text version = tm_zone_database(out->arena, &zones);
    tm_buf_print(out,
                 "| tzdata | %.*s | %u zones and links | Time, the time zone of the machine |\n",
                 TM_PRI(version), zones);
}

void tm_data_print(tm_buf *out)
{
#define DATA(name) tm_data_##name(out);
#include "stdlib/data.def"
#undef DATA
}
