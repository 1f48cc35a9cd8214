/* Retry-After: seconds or a date.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client/retry_after.h"

#include "base/ascii.h"

#include <curl/curl.h>

enum { MS_PER_S = 1000, DATE_BYTES = 64 };

/* More seconds than anybody means count as so many: a year. */
static const int64_t MOST_S = 366 * 86400;

/* -1: there is something other than digits. */
static int64_t read_seconds(tm_text digits)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (!tm_ascii_is_digit(digits.p[i]))
            return -1;
        seconds = seconds * 10 + (digits.p[i] - '0');
        seconds = seconds < MOST_S ? seconds : MOST_S;
    }
    return digits.n ? seconds : -1;
}

/* libcurl takes more than the three forms, but all of them begin with a day's name. */
static int64_t read_date(tm_text value, uint64_t now_ms)
{
    char date[DATE_BYTES];
    if (!value.n || value.n >= sizeof date || !tm_ascii_is_letter(value.p[0]))
        return -1;
    memcpy(date, value.p, value.n);
    date[value.n] = 0;
    const int64_t then_s = curl_getdate(date, NULL), now = (int64_t)now_ms;
    if (then_s < 0)
        return -1;
    if (then_s <= now / MS_PER_S)
        return 0;
    return then_s - now / MS_PER_S > MOST_S ? MOST_S * MS_PER_S : then_s * MS_PER_S - now;
}

int64_t tm_retry_after_ms(tm_text value, uint64_t now_ms)
{
    value = tm_text_trim(value);
    const int64_t seconds = read_seconds(value);
    return seconds >= 0 ? seconds * MS_PER_S : read_date(value, now_ms);
}
