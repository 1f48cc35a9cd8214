/* Format: the printer behind Format, which follows Go's fmt.Sprintf.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_GO_FORMAT_H
#define TM_STDLIB_GO_FORMAT_H

#include "base/buf.h"
#include "base/work.h"
#include "otlp/value.h"

/* What stands between % and the verb. */
typedef struct tm_format_flags {
    bool minus, plus, sharp, space, zero;
    bool plus_v, sharp_v; /* + and # of the verb v */
    bool has_width, has_precision;
    int width, precision;
} tm_format_flags;

typedef struct tm_printer {
    tm_buf out;
    tm_format_flags flag;
    bool erroring;  /* a value is shown because its verb was bad: types print as they are inside */
    unsigned depth; /* lists being printed, one inside the other */
    tm_work *work;
    bool spent; /* it grew too much work: nothing more is printed */
} tm_printer;

/* Charges what so many bytes cost, and those that width and precision may add. False: too much. */
static inline bool tm_format_charge(tm_printer *p, size_t bytes)
{
    const tm_format_flags *f = &p->flag;
    const int more = (f->has_width ? f->width : 0) + (f->has_precision ? f->precision : 0);
    p->spent = p->spent || !tm_work_charge(p->work, tm_work_bytes(bytes + (size_t)more));
    return !p->spent;
}

/* Prints one argument; a verb that does not suit it leaves a mark such as %!d(string=x). */
void tm_format_argument(tm_printer *p, tm_value v, uint32_t verb);

/* --- the ways to print; false when the verb does not suit --- */
bool tm_format_text(tm_printer *p, tm_text t, uint32_t verb);
bool tm_format_integer(tm_printer *p, uint64_t bits, bool is_signed, uint32_t verb);
bool tm_format_double(tm_printer *p, double d, uint32_t verb);

/* Adds t, filled up to the width; as many fill characters; without zeros as fill. */
void tm_format_padded(tm_printer *p, tm_text t);
void tm_format_padding(tm_printer *p, int n);
void tm_format_blank_padded(tm_printer *p, tm_text t);

/* "text" or 'r', escaped as Go does; `ascii`: without other characters. */
void tm_quote_text(tm_buf *out, tm_text t, bool ascii);
void tm_quote_rune(tm_buf *out, uint32_t rune, bool ascii);

#endif
