/* Suites: the rows of suites.def.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tls/suites.h"

typedef struct suite {
    const char *name, *known_as; /* NULL: one of TLS 1.3 */
    bool ready;
} suite;

static const suite SUITES[] = {
#define SUITE(NAME, KNOWN_AS, READY) {NAME, KNOWN_AS, READY},
#include "tls/suites.def"
#undef SUITE
};

typedef struct curve {
    const char *name, *known_as;
} curve;

static const curve CURVES[] = {
#define CURVE(NAME, KNOWN_AS) {NAME, KNOWN_AS},
#include "tls/suites.def"
#undef CURVE
};

enum { SUITE_COUNT = sizeof SUITES / sizeof *SUITES, CURVE_COUNT = sizeof CURVES / sizeof *CURVES };

const char *tm_tls_suite_name(size_t number)
{
    return number < SUITE_COUNT ? SUITES[number].name : NULL;
}

const char *tm_tls_curve_name(size_t number)
{
    return number < CURVE_COUNT ? CURVES[number].name : NULL;
}

static void add(tm_buf *out, const suite *s)
{
    if (s->known_as)
        tm_buf_print(out, "%s%s", out->n ? ":" : "", s->known_as);
}

void tm_tls_suites_print(const tm_texts *names, tm_buf *out)
{
    for (size_t k = 0; k < SUITE_COUNT && !names->count; k++)
        if (SUITES[k].ready)
            add(out, &SUITES[k]);
    for (size_t i = 0; i < names->count; i++)
        for (size_t k = 0; k < SUITE_COUNT; k++)
            if (tm_text_is(names->items[i], SUITES[k].name))
                add(out, &SUITES[k]);
}

const char *tm_tls_curve_find(tm_text name)
{
    for (size_t k = 0; k < CURVE_COUNT; k++)
        if (tm_text_is(name, CURVES[k].name))
            return CURVES[k].known_as;
    return NULL;
}
