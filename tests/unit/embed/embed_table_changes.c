/* Table changes: what rules wrote into rows, for the host.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted_table.h"

/* The change's text. */
static void expect_text(const tamis_change *change, tamis_context context, uint32_t row,
                        uint32_t column, const char *text)
{
    assert_int_equal(change->context, context);
    assert_int_equal(change->row, row);
    assert_int_equal(change->column, column);
    assert_int_equal(change->value.type, TAMIS_STRING);
    assert_int_equal(change->value.n, strlen(text));
    assert_memory_equal(change->value.as.text, text, change->value.n);
}

static void changes_stand_in_order_and_outlive_the_table(void **state)
{
    (void)state;
    const host h = open_host("drop where name == \"ping\"\n"
                             "set(attributes[\"b\"], name)\n"
                             "set(scope.name, name)\n"
                             "set(resource.attributes[\"r\"], [name, {\"k\": name}])\n"
                             "set(attributes[\"a\"], 8) where name == \"GET\"\n",
                             (tamis_vm_options){0});
    tamis_columns columns = {.size = sizeof columns};
    assert_int_equal(tamis_ruleset_columns(h.rules, &columns), TAMIS_OK);
    assert_int_equal(columns.resource + columns.scope, 2);
    assert_int_equal(columns.span, 3);
    static const uint32_t resource_of_scope[] = {0, 0}, scope_of_span[] = {0, 0, 1, 1};
    tamis_cell none[2] = {{.type = TAMIS_NIL}, {.type = TAMIS_NIL}};
    char *const text = strdup("GETPOST");
    small *s = calloc(1, sizeof *s);
    make_small(s);
    s->span[1][0] = (tamis_cell){.type = TAMIS_STRING, .n = 3, .as.text = text};
    s->span[3][0] = (tamis_cell){.type = TAMIS_STRING, .n = 4, .as.text = text + 3};
    s->span[3][1] = (tamis_cell){.type = TAMIS_STRING, .n = 4, .as.text = text + 3};
    tamis_table table = s->table;
    table.resource = table.scope = none;
    table.scopes = 2;
    table.resource_of_scope = resource_of_scope;
    table.scope_of_span = scope_of_span;
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &table, &r), TAMIS_OK);
    memset(text, '?', 7);
    free(text);
    free(s);
    assert_int_equal(r.changes, 5);
    const tamis_cell *list = &r.change[0].value;
    assert_int_equal(r.change[0].context, TAMIS_RESOURCE);
    assert_int_equal(list->type, TAMIS_LIST);
    assert_int_equal(list->n, 2);
    const tamis_cell *map = &r.member[list->as.at + 1].value;
    assert_memory_equal(r.member[list->as.at].value.as.text, "POST", 4);
    assert_int_equal(map->type, TAMIS_MAP);
    assert_memory_equal(r.member[map->as.at].key.as.text, "k", 1);
    assert_memory_equal(r.member[map->as.at].value.as.text, "POST", 4);
    expect_text(&r.change[1], TAMIS_SCOPE, 0, 0, "GET");
    expect_text(&r.change[2], TAMIS_SPAN, 1, 1, "GET");
    assert_int_equal(r.change[3].context, TAMIS_SPAN);
    assert_int_equal(r.change[3].column, 2);
    assert_int_equal(r.change[3].value.as.integer, 8);
    expect_text(&r.change[4], TAMIS_SCOPE, 1, 0, "POST");
    assert_int_equal(r.row[3].fate, TAMIS_EDITED); /* by a value that it had */
    close_host(&h);
}

/* It opens the whole map, which no row has. */
static void a_rule_that_writes_into_a_value_is_judged_as_bytes(void **state)
{
    (void)state;
    const host h = open_host("set(attributes[\"b\"], 1)\n"
                             "set(attributes[\"a\"][\"k\"], name) where name == \"GET\"\n"
                             "drop where attributes[\"b\"] == nil\n",
                             (tamis_vm_options){0});
    tamis_cell cells[ROWS][3] = {{{.type = TAMIS_NIL}}};
    for (unsigned i = 0; i < ROWS; i++)
        cells[i][0] = text_cell(i == 2 ? "GET" : "ping");
    small s;
    make_small(&s);
    s.table.span = cells[0];
    tamis_table_result r = {.size = sizeof r};
    assert_int_equal(tamis_filter_table(h.vm, h.rules, &s.table, &r), TAMIS_OK);
    assert_int_equal(r.spans_out, ROWS);
    assert_int_equal(r.changes, ROWS + 1);
    assert_int_equal(hosted_counts(h.vm, 0).matched, ROWS);
    close_host(&h);
}

static void what_leaves_is_bounded(void **state)
{
    (void)state;
    const tamis_bounds little = {
        .output_bytes = 2000, .output_factor = 1, .time_ns = TAMIS_NO_BOUND};
    for (unsigned i = 0; i < 2; i++) {
        const host h = open_host(i ? "set(attributes[\"b\"], Format(\"%5000d\", [1]))"
                                   : "set(attributes[\"b\"], Format(\"%50d\", [1]))",
                                 (tamis_vm_options){.bounds = little});
        tamis_cell cells[ROWS] = {{.type = TAMIS_NIL}};
        small s;
        make_small(&s);
        s.table.span = cells;
        tamis_table_result r = {.size = sizeof r};
        assert_int_equal(tamis_filter_table(h.vm, h.rules, &s.table, &r),
                         i ? TAMIS_TOO_COSTLY : TAMIS_OK);
        assert_int_equal(r.changes, i ? 0 : ROWS);
        assert_true(!i || strstr(r.reason, "what leaves would have"));
        close_host(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_stand_in_order_and_outlive_the_table),
        cmocka_unit_test(a_rule_that_writes_into_a_value_is_judged_as_bytes),
        cmocka_unit_test(what_leaves_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
