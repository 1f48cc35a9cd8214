/* Calendar: instants as civil dates and back, in the Gregorian calendar of all times.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_CALENDAR_H
#define TM_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* A date and a time of day, without a zone. */
typedef struct tm_civil {
    int64_t year;        /* 0 is the year before year 1 */
    unsigned month, day; /* 1.. */
    unsigned hour, minute, second;
    unsigned weekday; /* 0 is Sunday */
} tm_civil;

/* Of seconds since 1970-01-01T00:00:00. As in Go, the first 1.7e13 seconds that an int64_t can hold
 * come after the last ones. */
tm_civil tm_civil_of(int64_t seconds);

/* Seconds since 1970-01-01T00:00:00. Day, hour, minute and second may go beyond what their units
 * hold; the month is 1..12 and the year one that fits. */
int64_t tm_civil_seconds(const tm_civil *civil);

unsigned tm_days_in_month(int64_t year, unsigned month);

#endif
