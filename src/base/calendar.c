/* Calendar: instants as civil dates and back, in the Gregorian calendar of all times.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/calendar.h"

enum {
    DAY = 86400,
    DAYS_OF_ERA = 146097 /* 400 years */,
    DAYS_TO_1970 = 719468 /* from 1 March of year 0 */
};

/* From here up to 2^64 seconds later every instant has its date: midnight, about 292277022399 BC.
 */
static const int64_t FIRST = -9223371966579724800;

/* Eras of 400 years start on a 1 March, so that a leap day ends its year. */
tm_civil tm_civil_of(int64_t seconds)
{
    uint64_t since_first = (uint64_t)seconds - (uint64_t)FIRST;
    int64_t days = (int64_t)(since_first / DAY) + FIRST / DAY;
    unsigned second = (unsigned)(since_first % DAY);
    int64_t from_march_0 = days + DAYS_TO_1970;
    int64_t era = (from_march_0 >= 0 ? from_march_0 : from_march_0 - DAYS_OF_ERA + 1) / DAYS_OF_ERA;
    unsigned of_era = (unsigned)(from_march_0 - era * DAYS_OF_ERA);
    unsigned years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * years + years / 4 - years / 100);
    unsigned from_march = (5 * of_year + 2) / 153;
    unsigned month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (tm_civil){.year = (int64_t)years + era * 400 + (month <= 2),
                      .month = month,
                      .day = of_year - (153 * from_march + 2) / 5 + 1,
                      .hour = second / 3600,
                      .minute = second / 60 % 60,
                      .second = second % 60,
                      .weekday = (unsigned)((days % 7 + 11) % 7)}; /* 1970 began on a Thursday */
}

int64_t tm_civil_seconds(const tm_civil *c)
{
    int64_t year = c->year - (c->month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t from_march = c->month > 2 ? c->month - 3 : c->month + 9;
    int64_t days =
        of_era * 365 + of_era / 4 - of_era / 100 + (153 * from_march + 2) / 5 + c->day - 1;
    days += era * DAYS_OF_ERA - DAYS_TO_1970;
    return days * DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

unsigned tm_days_in_month(int64_t year, unsigned month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap);
}
