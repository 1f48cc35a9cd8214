/* Charset: texts in other character sets than UTF-8.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STDLIB_CHARSET_H
#define TM_STDLIB_CHARSET_H

#include "base/arena.h"

typedef struct tm_charset tm_charset;

/* The character set of an IANA name or alias, in any case. NULL: not known. */
const tm_charset *tm_charset_find(tm_text name);

/* The bytes as UTF-8; what the character set lacks becomes U+FFFD. */
tm_text tm_charset_decode(tm_arena *arena, const tm_charset *charset, tm_text bytes);

#endif
