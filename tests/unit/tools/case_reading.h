/* Case reading: what the tests of this module share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_TOOLS_CASE_READING_H
#define TM_TEST_TOOLS_CASE_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/yaml.h"

typedef struct reading {
    tm_arena *arena;
    tm_diags diags;
} reading;

static inline int reading_open(void **state)
{
    tm_arena *arena = tm_arena_new(NULL);
    reading *r = TM_NEW(arena, reading);
    *r = (reading){.arena = arena, .diags = {.arena = arena}};
    *state = r;
    return 0;
}

static inline int reading_close(void **state)
{
    tm_arena_free(((reading *)*state)->arena);
    return 0;
}

static inline const tm_source *source_of(reading *r, const char *text)
{
    tm_source *source = TM_NEW(r->arena, tm_source);
    *source = (tm_source){.name = TM_TEXT("file"), .text = tm_text_of(text)};
    return source;
}

static inline tm_doc *yaml_of(reading *r, const char *text)
{
    tm_doc *doc = tm_yaml_read(r->arena, &r->diags, source_of(r, text));
    if (!doc)
        fail_msg("%s", text);
    return doc;
}

static inline const char *cstring(const tm_buf *out)
{
    return tm_arena_copy(out->arena, tm_buf_text(out)).p;
}

/* "E0601 message (hint);" of each; forgets them. */
static inline const char *told(reading *r)
{
    tm_buf out = {.arena = r->arena};
    for (const tm_diag *d = r->diags.first; d; d = d->next) {
        tm_buf_print(&out, "%s %.*s", d->code, TM_PRI(d->message));
        tm_buf_print(&out, d->hint.n ? " (%.*s);" : "%.*s;", TM_PRI(d->hint));
    }
    r->diags = (tm_diags){.arena = r->arena};
    return cstring(&out);
}

#define CASE_TEST(name) cmocka_unit_test_setup_teardown(name, reading_open, reading_close)

#endif
