/* Hosted table: a table of four spans, and rules for it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TEST_HOSTED_TABLE_H
#define TM_TEST_HOSTED_TABLE_H

#include "tests/unit/embed/hosted.h"

enum { ROWS = 4 };

static const uint32_t zeros[ROWS] = {0};

static inline tamis_cell text_cell(const char *text)
{
    return (tamis_cell){.type = TAMIS_STRING, .n = (uint32_t)strlen(text), .as.text = text};
}

static inline tamis_cell number_cell(tamis_type type, int64_t number)
{
    return (tamis_cell){.type = type, .as.integer = number};
}

/* A table of one resource and its cells, which a test may change. */
typedef struct small {
    tamis_cell resource;
    tamis_cell span[ROWS][3];
    tamis_table table;
} small;

static inline void make_small(small *s)
{
    *s = (small){.resource = text_cell("shop"),
                 .span = {{text_cell("ping")},
                          {text_cell("GET"), {.type = TAMIS_NIL}, number_cell(TAMIS_INT, 7)},
                          {text_cell("ping"), number_cell(TAMIS_BOOL, 1)},
                          {text_cell("GET"), {.type = TAMIS_NIL}, {.type = TAMIS_NIL, .n = 1}}}};
    s->table = (tamis_table){.size = sizeof s->table,
                             .resource = &s->resource,
                             .resources = 1,
                             .scopes = 1,
                             .span = s->span[0],
                             .spans = ROWS,
                             .resource_of_scope = zeros,
                             .scope_of_span = zeros};
}

typedef struct host {
    tamis_engine *engine;
    tamis_ruleset *rules;
    tamis_vm *vm;
} host;

static inline host open_host(const char *text, tamis_vm_options options)
{
    host h = {.engine = hosted_engine()};
    h.rules = hosted_rules(h.engine, text, NULL);
    assert_non_null(h.rules);
    h.vm = hosted_vm(h.engine, options);
    return h;
}

static inline void close_host(const host *h)
{
    tamis_vm_free(h->vm);
    tamis_ruleset_unref(h->rules);
    tamis_engine_unref(h->engine);
}

#endif
