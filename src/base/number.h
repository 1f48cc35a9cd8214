/* Number: decimal texts to exact numbers, and the shortest text of a double.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_NUMBER_H
#define TM_BASE_NUMBER_H

#include "base/buf.h"

/* Each reads a whole text by the grammar of JSON's numbers (so no "+1", "01", ".5", "0x1",
 * "inf"); false when it is no such number, or does not fit. Nothing goes through a double on the
 * way to an integer. */

/* An integral number, however it is written: "12", "1e3", "1.50e2"; false when it has a
 * fraction. */
bool tm_number_int(tm_text text, int64_t *integer);
bool tm_number_uint(tm_text text, uint64_t *natural);

/* The nearest double, whatever the locale; too large gives an infinity (and true). */
bool tm_number_double(tm_text text, double *number);

/* The bits of Go's NaN, which a NaN that is read from text has: Hex and OTLP show them. */
#define TM_NUMBER_NAN_BITS 0x7ff8000000000001u

static inline double tm_number_nan(void)
{
    return ((union {
               uint64_t bits;
               double number;
           }){.bits = TM_NUMBER_NAN_BITS})
        .number;
}

/* How an exponent is written. */
typedef enum tm_exponent {
    TM_EXPONENT_PADDED, /* 1e+21, 1e-07: Go's encoding/json and strconv */
    TM_EXPONENT_SHORT   /* 1e+21, 1e-7: ECMAScript, and Go's pcommon texts */
} tm_exponent;

enum { TM_NUMBER_ROOM = 32 };

/* The shortest digits that read back as the same double (the nearest among them): plain notation
 * for 1e-6 <= |x| < 1e21, without ".0" on integral values, else with an exponent. "-0" keeps its
 * sign. The others are NaN, Infinity and -Infinity. Returns the length; `out` has room for
 * TM_NUMBER_ROOM bytes. */
size_t tm_number_print(char *out, double number, tm_exponent exponent);

enum { TM_NUMBER_PLAIN_ROOM = 352 };

/* The same digits without an exponent whatever the size; NaN, +Inf and -Inf: Go's strconv with
 * format 'f'. `out` has room for TM_NUMBER_PLAIN_ROOM bytes. */
size_t tm_number_print_plain(char *out, double number);

#endif
