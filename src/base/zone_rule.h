/* Zone rule: what follows a zone's last known change, as POSIX writes it:
 * CET-1CEST,M3.5.0,M10.5.0/3. SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_ZONE_RULE_H
#define TM_BASE_ZONE_RULE_H

#include "base/zone.h"

/* One of the two days a year on which clocks change. */
typedef struct tm_zone_change {
    char kind;             /* 'J': day 1..365, leap days not counted; 'n': day 0..365; 'M' */
    unsigned month, week;  /* 'M': week 5 is the last one of the month */
    unsigned day;          /* 'M': 0 is Sunday */
    int32_t second_of_day; /* may be negative, or more than a day */
} tm_zone_change;

typedef struct tm_zone_rule {
    tm_text standard, summer; /* abbreviations; no summer time when empty */
    int32_t standard_offset, summer_offset;
    tm_zone_change to_summer, to_standard;
} tm_zone_rule;

/* False when the text is no rule. The abbreviations are slices of it. */
bool tm_zone_rule_read(tm_text text, tm_zone_rule *rule);

tm_zone_period tm_zone_rule_at(const tm_zone_rule *rule, int64_t unix_seconds);

#endif
