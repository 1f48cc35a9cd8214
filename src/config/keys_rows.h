/* Keys, rows: what the tables of keys/ are written in, for the files that include them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A row does not compile unless the member of the struct THIS has the type that its kind fills. */
#ifndef TM_CONFIG_KEYS_ROWS_H
#define TM_CONFIG_KEYS_ROWS_H

#include "config/checks.h"
#include "config/keys.h"

#define IS(type, member) _Generic(((THIS *)0)->member, type : 0)
#define FITS_BOOL(member) IS(bool, member)
#define FITS_INT(member) IS(int64_t, member)
#define FITS_DOUBLE(member) IS(double, member)
#define FITS_DURATION(member) IS(int64_t, member)
#define FITS_TEXT(member) IS(tm_text, member)
#define FITS_EXTENSION(member) IS(tm_auth_settings, member)
#define FITS_WORD(member) (sizeof(char[sizeof((THIS *)0)->member == sizeof(int) ? 1 : -1]) - 1)
#define FITS_LISTEN(member) IS(tm_endpoint, member)
#define FITS_TARGET(member) IS(tm_endpoint, member)
#define FITS_URL(member) IS(tm_endpoint, member)
#define FITS_TEXTS(member) IS(tm_texts, member)
#define FITS_HEADERS(member) IS(tm_headers, member)
#define FITS_SECRET(member) IS(tm_text, member)
#define FITS_SECRETS(member) IS(tm_texts, member)
#define FITS_RULE(member) IS(tm_rule_text, member)
#define FITS_RULES(member) IS(tm_rule_texts, member)
#define FITS_VALUE(member) IS(const tm_doc *, member)
#define FITS_MAP(member) 0
#define FITS_OPTION(member) 0
#define FITS_SWITCH(member) 0
#define FITS_MAPS(member) 0
#define FITS_GROUPS(member) 0

#define KEY(NAME, KIND, MEMBER, FALLBACK, LIMITS, STATE, MANUAL)                                   \
    {.name = NAME,                                                                                 \
     .kind = TM_KEY_##KIND,                                                                        \
     .at = offsetof(THIS, MEMBER) + FITS_##KIND(MEMBER),                                           \
     .fallback = FALLBACK,                                                                         \
     .state = TM_##STATE,                                                                          \
     .manual = MANUAL,                                                                             \
     LIMITS},
#define SECTION(NAME, MANUAL) {.name = NAME, .kind = TM_KEY_SECTION, .manual = MANUAL},
#define IDS(NAME, MANUAL)                                                                          \
    {.name = NAME, .kind = TM_KEY_SECTION, .type = "list of ids", .manual = MANUAL},
#define SOON(NAME, MANUAL)                                                                         \
    {.name = NAME, .kind = TM_KEY_NOTHING, .state = TM_SOON, .manual = MANUAL},
#define UNUSED(NAME, MANUAL)                                                                       \
    {.name = NAME, .kind = TM_KEY_NOTHING, .state = TM_UNUSED, .manual = MANUAL},

#define OPEN .least = INT64_MIN, .most = INT64_MAX
#define FROM(LEAST) .least = (LEAST), .most = INT64_MAX
#define RANGE(LEAST, MOST) .least = (LEAST), .most = (MOST)
#define WORDS(NAME) .word = tm_words_##NAME
#define TABLE(NAME) .nested = &NAME##_keys
#define GROUP(NAME, RULES, MIXED) .nested = &NAME##_keys, .bare = RULES, .mixed = MIXED
#define MUST .required = true,
#define ZERO_IS_DEFAULT .zero_is_default = true,

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* The table of NAME_rows, for other tables of the same file, or as tm_keys_NAME. */
#define TABLE_OF(NAME, CHECK, PART)                                                                \
    {                                                                                              \
        NAME##_rows, COUNT(NAME##_rows), sizeof(THIS), CHECK, PART                                 \
    }
#define KEYS(NAME, CHECK) PART_KEYS(NAME, CHECK, TM_PART_OWN)
#define PART_KEYS(NAME, CHECK, PART) static const tm_keys NAME##_keys = TABLE_OF(NAME, CHECK, PART)
#define COMPONENT_KEYS(NAME, CHECK)                                                                \
    const tm_keys tm_keys_##NAME = TABLE_OF(NAME, CHECK, TM_PART_OWN)

#endif
