/* Table: a host's spans without protobuf. That rules answer as over bytes, tests/tables.c shows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/table_within.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        .type = TAMIS_STRING, .n = sizeof(literal) - 1, .as.text = (literal)                       \
    }
#define INT(value)                                                                                 \
    {                                                                                              \
        .type = TAMIS_INT, .as.integer = (value)                                                   \
    }
#define NONE                                                                                       \
    {                                                                                              \
        .type = TAMIS_NIL                                                                          \
    }

/* Columns: service.name of resources; name and kind, then cluster and code of spans. */
static const char rules_text[] =
    "drop where resource.attributes[\"service.name\"] == \"tempo\"\n"
    "drop where name == \"ping\" and kind == SPAN_KIND_SERVER\n"
    "set(attributes[\"cluster\"], \"c1\") where attributes[\"code\"] == 500\n"
    "delete_key(resource.attributes, \"service.name\") where name == \"pong\"\n";

static const tamis_member attributes[] = {{TEXT("service.name"), TEXT("tempo")},
                                          {TEXT("service.name"), TEXT("shop")},
                                          {TEXT("zone"), TEXT("eu")}};
static const tamis_cell resources[][2] = {{{.type = TAMIS_MAP, .n = 1, .as.at = 0}, NONE},
                                          {{.type = TAMIS_MAP, .n = 2, .as.at = 1}, NONE}};
static const tamis_cell spans[][4] = {{TEXT("GET"), INT(2), NONE, INT(500)},
                                      {TEXT("ping"), INT(2), NONE, INT(200)},
                                      {TEXT("ping"), INT(3), NONE, INT(200)},
                                      {TEXT("GET"), INT(2), TEXT("c0"), INT(500)},
                                      {TEXT("pong"), INT(2), NONE, NONE}};
static const uint32_t resource_of_scope[] = {0, 1, 1}, scope_of_span[] = {0, 1, 1, 2, 2};

static tamis_table whole_table(void)
{
    return (tamis_table){.size = sizeof(tamis_table),
                         .resource = resources[0],
                         .resources = 2,
                         .scopes = 3,
                         .span = spans[0],
                         .spans = 5,
                         .resource_of_scope = resource_of_scope,
                         .scope_of_span = scope_of_span,
                         .member = attributes,
                         .members = 3};
}

static void verdicts_and_changed_cells_come_back(void **state)
{
    (void)state;
    static const tamis_row rows[] = {{TAMIS_DROPPED, 0},
                                     {TAMIS_DROPPED, 1},
                                     {TAMIS_KEPT, UINT32_MAX},
                                     {TAMIS_EDITED, 2},
                                     {TAMIS_EDITED, 3}};
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, rules_text, NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    tamis_columns columns = {.size = sizeof columns};
    assert_int_equal(tamis_ruleset_columns(rules, &columns), TAMIS_OK);
    assert_int_equal(columns.resource, 2);
    assert_int_equal(columns.scope, 0);
    assert_int_equal(columns.span, 4);
    const tamis_table table = whole_table();
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(vm, rules, &table, &r), TAMIS_OK);
    assert_int_equal(r.spans_in, 5);
    assert_int_equal(r.spans_out, 3);
    assert_null(r.reason);
    assert_memory_equal(r.row, rows, sizeof rows);
    assert_int_equal(r.changes, 2);
    const tamis_change *resource = &r.change[0], *cluster = &r.change[1];
    assert_int_equal(resource->context, TAMIS_RESOURCE);
    assert_int_equal(resource->row, 1);
    assert_int_equal(resource->column, 0);
    assert_int_equal(resource->value.type, TAMIS_MAP);
    assert_int_equal(resource->value.n, 1);
    const tamis_member *left = &r.member[resource->value.as.at];
    assert_memory_equal(left->key.as.text, "zone", left->key.n);
    assert_memory_equal(left->value.as.text, "eu", left->value.n);
    assert_int_equal(cluster->context, TAMIS_SPAN);
    assert_int_equal(cluster->row, 3);
    assert_int_equal(cluster->column, 2);
    assert_int_equal(cluster->value.type, TAMIS_STRING);
    assert_int_equal(cluster->value.n, 2);
    assert_memory_equal(cluster->value.as.text, "c1", 2);
    assert_int_equal(hosted_counts(vm, 1).dropped_spans, 1);
    char untouched;
    assert_int_equal(tamis_vm_copy(vm, &untouched, 1), TAMIS_BAD_ARGUMENT);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void what_no_table_holds_needs_whole_spans(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "drop where Len(events) == 0",
        "set(links, nil)",
        "drop where spanevent.name == \"retry\"",
    };
    tamis_engine *engine = hosted_engine();
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    const tamis_table table = whole_table();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tamis_ruleset *rules = hosted_rules(engine, texts[i], NULL);
        assert_non_null(rules);
        tamis_columns columns = {.size = sizeof columns};
        assert_int_equal(tamis_ruleset_columns(rules, &columns), TAMIS_WHOLE_SPANS);
        assert_int_equal(tamis_filter_table(vm, rules, &table, NULL), TAMIS_WHOLE_SPANS);
        tamis_ruleset_unref(rules);
    }
    tamis_vm_free(vm);
    tamis_engine_unref(engine);
}

static void tables_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const uint32_t falling[] = {1, 0, 1}, beyond[] = {0, 1, 3, 3, 3};
    tamis_table t[11];
    for (size_t i = 0; i < 11; i++)
        t[i] = whole_table();
    t[0].size = 3;
    t[1].span = NULL;
    t[2].resource = NULL;
    t[3].scope_of_span = NULL;
    t[4].resource_of_scope = falling;
    t[5].scope_of_span = beyond;
    t[6].member = NULL;
    t[7].members = 2; /* a map goes beyond them */
    t[8].metadatas = 1;
    t[9].text = "short", t[9].text_bytes = 5; /* texts are places beyond it */
    t[10].resources = 0;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, rules_text, NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(tamis_filter_table(vm, rules, &t[i], NULL), TAMIS_BAD_ARGUMENT);
    const tamis_cell cells[] = {INT(1),
                                {.type = TAMIS_STRING, .n = 3, .as.text = NULL},
                                {.type = TAMIS_TRACE_ID, .n = 16, .as.text = "0123456789abcdef"},
                                {.type = 99}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        tamis_cell copy[5][4];
        memcpy(copy, spans, sizeof copy);
        copy[0][0] = cells[i]; /* name */
        tamis_table table = whole_table();
        table.span = copy[0];
        assert_int_equal(tamis_filter_table(vm, rules, &table, NULL), TAMIS_BAD_ARGUMENT);
    }
    assert_int_equal(tamis_filter_table(NULL, rules, &t[0], NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter_table(vm, NULL, &t[0], NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_filter_table(vm, rules, NULL, NULL), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_ruleset_columns(rules, NULL), TAMIS_BAD_ARGUMENT);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

/* A map that holds itself is no tree, and as deep as OTLP allows is deep enough. */
static void members_are_read_once_and_not_too_deep(void **state)
{
    (void)state;
    tamis_member member[40];
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, "drop where attributes[\"a\"] == nil", NULL);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    const uint32_t first[] = {0};
    tamis_cell cell = {.type = TAMIS_LIST, .n = 1};
    const tamis_table table = {.size = sizeof table,
                               .resources = 1,
                               .scopes = 1,
                               .spans = 1,
                               .span = &cell,
                               .resource_of_scope = first,
                               .scope_of_span = first,
                               .member = member,
                               .members = 40};
    member[0] = (tamis_member){.value = {.type = TAMIS_LIST, .n = 1, .as.at = 0}};
    assert_int_equal(tamis_filter_table(vm, rules, &table, NULL), TAMIS_BAD_ARGUMENT);
    for (unsigned deep = 30; deep < 40; deep++) {
        for (unsigned i = 0; i < deep; i++)
            member[i] = (tamis_member){.value = {.type = TAMIS_LIST, .n = 1, .as.at = i + 1}};
        member[deep - 1].value = (tamis_cell){.type = TAMIS_NIL};
        const tamis_status status = tamis_filter_table(vm, rules, &table, NULL);
        assert_int_equal(status, deep <= 31 ? TAMIS_OK : TAMIS_BAD_ARGUMENT);
    }
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static bool with_little_memory(void *owner, const tm_heap *given)
{
    (void)owner;
    const tamis_table table = whole_table();
    return table_within(given, rules_text, &table);
}

static void every_allocation_for_a_table_may_fail(void **state)
{
    (void)state;
    assert_true(short_heap_each(with_little_memory, NULL) > 40);
}

/* A lot of rows: lengths of all sizes. */
static void long_texts_and_many_rows_are_told_right(void **state)
{
    (void)state;
    enum { ROWS = 300, LONG = 40000 };
    char *text = malloc(LONG);
    memset(text, 'x', LONG);
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine,
                                        "drop where Len(attributes[\"a\"]) == 20000\n"
                                        "set(attributes[\"b\"], Len(name))\n",
                                        NULL);
    assert_non_null(rules);
    tamis_vm *vm = hosted_vm(engine, (tamis_vm_options){0});
    tamis_cell(*cell)[3] = calloc(ROWS, sizeof *cell);
    uint32_t *zeros = calloc(ROWS, sizeof *zeros);
    for (unsigned i = 0; i < ROWS; i++) {
        cell[i][0] = (tamis_cell){.type = TAMIS_STRING, .n = i, .as.text = text};
        cell[i][1] = (tamis_cell){.type = TAMIS_STRING, .n = i * 100, .as.text = text};
        cell[i][2] = (tamis_cell){.type = TAMIS_NIL};
    }
    const tamis_table table = {.size = sizeof table,
                               .resources = 1,
                               .scopes = 1,
                               .spans = ROWS,
                               .span = cell[0],
                               .resource_of_scope = zeros,
                               .scope_of_span = zeros};
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(vm, rules, &table, &r), TAMIS_OK);
    assert_int_equal(r.spans_out, ROWS - 1);
    assert_int_equal(r.row[200].fate, TAMIS_DROPPED);
    assert_int_equal(r.changes, ROWS - 1);
    for (unsigned i = 0; i < r.changes; i++) {
        assert_int_equal(r.change[i].column, 2);
        assert_int_equal(r.change[i].value.as.integer, r.change[i].row);
    }
    free(zeros);
    free(cell);
    free(text);
    tamis_vm_free(vm);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_and_changed_cells_come_back),
        cmocka_unit_test(what_no_table_holds_needs_whole_spans),
        cmocka_unit_test(tables_that_cannot_be_are_refused),
        cmocka_unit_test(members_are_read_once_and_not_too_deep),
        cmocka_unit_test(every_allocation_for_a_table_may_fail),
        cmocka_unit_test(long_texts_and_many_rows_are_told_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
