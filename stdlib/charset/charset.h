/* Charset: texts in other character sets than UTF-8, as the WHATWG's encodings read them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_CHARSET_CHARSET_H
#define TM_STDLIB_CHARSET_CHARSET_H

#include "base/buf.h"

/* How the bytes of a character set make characters. */
typedef enum tm_charset_way {
    TM_CHARSET_ASCII,
    TM_CHARSET_UTF8,
    TM_CHARSET_UTF16, /* a byte order mark says which; without one the larger byte is first */
    TM_CHARSET_UTF16LE,
    TM_CHARSET_UTF16BE,
    TM_CHARSET_LATIN10, /* ISO-8859-16, which ICU lacks */
    TM_CHARSET_SINGLE,  /* from here on by ICU: a byte each, the lower half is ASCII */
    TM_CHARSET_STRICT,  /* so, without the controls U+0080 to U+009F and what is for private use */
    TM_CHARSET_EBCDIC,
    TM_CHARSET_BIG5, /* from here on see charset_multi.c */
    TM_CHARSET_EUC_JP,
    TM_CHARSET_EUC_KR,
    TM_CHARSET_GB18030,
    TM_CHARSET_GBK,
    TM_CHARSET_HZ,
    TM_CHARSET_ISO_2022_JP,
    TM_CHARSET_SHIFT_JIS
} tm_charset_way;

typedef struct tm_charset {
    tm_charset_way way;
    const char *converter; /* ICU's; NULL: none is needed */
    const char *names;     /* in lower case, with spaces between */
} tm_charset;

/* The character set of an IANA name or alias, in any case. NULL: not known. */
const tm_charset *tm_charset_find(tm_text name);
/* This build can read it: a build WITHOUT=charset lacks those that need ICU. */
bool tm_charset_is_in(const tm_charset *charset);
unsigned tm_charset_count(void);

/* The name that one may have meant by another; empty: no idea. */
tm_text tm_charset_near(tm_arena *arena, tm_text name);

/* The bytes as UTF-8; what the character set, which is in this build, lacks becomes U+FFFD. */
tm_text tm_charset_decode(tm_arena *arena, const tm_charset *charset, tm_text bytes);

/* charset_icu.c, and charset_multi.c of it: the sets that need ICU, and those of them with
 * characters of several bytes. `out` has room for it all. False when ICU cannot be used for want of
 * memory. */
bool tm_charset_decode_by_icu(const tm_charset *charset, tm_text bytes, tm_buf *out);
bool tm_charset_decode_multi(const tm_charset *charset, tm_text bytes, tm_buf *out);

#endif
