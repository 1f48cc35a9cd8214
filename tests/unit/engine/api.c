/* API: the library through the header that embedders read, and nothing else.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "tamis/tamis.h"
#include "tests/unit/short_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { REQUEST_MOST = 1 << 16 };

typedef struct request {
    char bytes[REQUEST_MOST];
    size_t size;
} request;

static void read_request(request *r)
{
    FILE *file = fopen("examples/spans.pb", "rb");
    assert_non_null(file);
    r->size = fread(r->bytes, 1, sizeof r->bytes, file);
    fclose(file);
    assert_true(r->size > 1000);
}

static tamis_step drop(const char *const *rule, size_t rules)
{
    return (tamis_step){"noise", TAMIS_DROP, TAMIS_SPAN, TAMIS_IGNORE, rule, rules};
}

static bool contains(const char *bytes, size_t size, const char *part)
{
    return memmem(bytes, size, part, strlen(part)) != NULL;
}

static void what_a_condition_holds_for_leaves_no_trace(void **state)
{
    (void)state;
    static const char *const noise[] = {"name == \"nothing\"",
                                        "name == \"OperationHandler.handle\""};
    tamis_step step = drop(noise, 2);
    char *messages;
    tamis_rules *rules = tamis_rules_compile(NULL, &step, 1, &messages);
    assert_null(messages);
    tamis_judge *judge = tamis_judge_new(NULL);
    request *in = calloc(1, sizeof *in);
    char *out = calloc(1, REQUEST_MOST);
    read_request(in);
    tamis_verdict verdict;
    assert_int_equal(tamis_judge_request(judge, rules, in->bytes, in->size, &verdict),
                     TAMIS_JUDGED);
    assert_null(verdict.reason);
    assert_int_equal(verdict.spans_in, 8);
    assert_int_equal(verdict.spans_out, 7);
    assert_true(verdict.size_bytes < in->size);
    tamis_judge_copy(judge, out);
    assert_true(contains(in->bytes, in->size, "OperationHandler.handle"));
    assert_false(contains(out, verdict.size_bytes, "OperationHandler.handle"));
    assert_true(contains(out, verdict.size_bytes, "GET /entries/{id}"));
    assert_int_equal(tamis_judge_counts(judge, 0).dropped_spans, 0);
    assert_int_equal(tamis_judge_counts(judge, 1).dropped_spans, 1);
    assert_int_equal(tamis_judge_counts(judge, 99).matched, 0);
    tamis_judge_free(judge);
    tamis_rules_unref(rules);
    free(in);
    free(out);
}

static void statements_edit_and_rules_outlive_the_first_owner(void **state)
{
    (void)state;
    static const char *const edits[] = {"set(span.attributes[\"cluster\"], \"tap-sandbox\")"};
    tamis_step step = {"cluster", TAMIS_EDIT, TAMIS_INFER, TAMIS_PROPAGATE, edits, 1};
    tamis_rules *rules = tamis_rules_compile(NULL, &step, 1, NULL);
    assert_non_null(rules);
    assert_int_equal(tamis_rules_count(rules), 1);
    assert_string_equal(tamis_rules_name(rules, 0), "cluster[0]");
    tamis_rules_ref(rules);
    tamis_rules_unref(rules);
    tamis_judge *judge = tamis_judge_new(NULL);
    request *in = calloc(1, sizeof *in);
    char *out = calloc(1, REQUEST_MOST);
    read_request(in);
    tamis_verdict verdict;
    assert_int_equal(tamis_judge_request(judge, rules, in->bytes, in->size, &verdict),
                     TAMIS_JUDGED);
    tamis_judge_copy(judge, out);
    assert_true(contains(out, verdict.size_bytes, "tap-sandbox"));
    assert_int_equal(tamis_judge_counts(judge, 0).matched, 8);
    tamis_judge_free(judge);
    tamis_rules_unref(rules);
    free(in);
    free(out);
}

static void all_errors_come_with_their_places(void **state)
{
    (void)state;
    static const char *const noise[] = {"nmae == \"x\"", "kind == \"server\"",
                                        "IsMacth(name, \"x\")"};
    tamis_step step = drop(noise, 3);
    char *messages;
    assert_null(tamis_rules_compile(NULL, &step, 1, &messages));
    assert_non_null(messages);
    assert_non_null(strstr(messages, "noise[0]:1:1: error[E0201]"));
    assert_non_null(strstr(messages, "did you mean IsMatch?"));
    assert_non_null(strstr(messages, "noise[1]:1:9: warning[W0107]"));
    tamis_messages_free(NULL, messages);
}

static void remember(void *owner, const char *rule_name, const char *message)
{
    snprintf(owner, 256, "%s: %s", rule_name, message);
}

static void a_rule_that_fails_is_told_or_refuses(void **state)
{
    (void)state;
    static const char *const noise[] = {"Int(attributes[\"http.status_code\"]) / 0 == 1"};
    tamis_step step = drop(noise, 1);
    tamis_rules *ignoring = tamis_rules_compile(NULL, &step, 1, NULL);
    step.error_mode = TAMIS_PROPAGATE;
    tamis_rules *propagating = tamis_rules_compile(NULL, &step, 1, NULL);
    char said[256] = "";
    tamis_judge_options options = {.failed = remember, .owner = said};
    tamis_judge *judge = tamis_judge_new(&options);
    request *in = calloc(1, sizeof *in);
    read_request(in);
    tamis_verdict verdict;
    assert_int_equal(tamis_judge_request(judge, ignoring, in->bytes, in->size, &verdict),
                     TAMIS_JUDGED);
    assert_int_equal(verdict.spans_out, 8);
    assert_true(tamis_judge_counts(judge, 0).errors > 0);
    assert_memory_equal(said, "noise[0]: ", 10);
    assert_int_equal(tamis_judge_request(judge, propagating, in->bytes, in->size, &verdict),
                     TAMIS_RULE_FAILED);
    assert_non_null(verdict.reason);
    assert_true(tamis_judge_counts(judge, 0).errors > 0); /* what it did until then */
    char untouched = 'x';
    tamis_judge_copy(judge, &untouched);
    assert_int_equal(untouched, 'x');
    tamis_judge_free(judge);
    tamis_rules_unref(ignoring);
    tamis_rules_unref(propagating);
    free(in);
}

static void what_is_no_request_is_refused_with_a_reason(void **state)
{
    (void)state;
    tamis_rules *rules = tamis_rules_compile(NULL, NULL, 0, NULL);
    tamis_judge *judge = tamis_judge_new(NULL);
    tamis_verdict verdict;
    assert_int_equal(tamis_judge_request(judge, rules, "{}", 2, &verdict), TAMIS_MALFORMED);
    assert_non_null(verdict.reason);
    assert_int_equal(verdict.size_bytes, 0);
    assert_int_equal(tamis_judge_request(judge, rules, "", 0, &verdict), TAMIS_JUDGED);
    assert_int_equal(verdict.size_bytes, 0);
    tamis_judge_free(judge);
    tamis_rules_unref(rules);
}

/* --- what no host should give, and no host should end of --- */

static void refuses_step(const tamis_step *step, size_t steps, const char *why)
{
    char *messages;
    assert_null(tamis_rules_compile(NULL, step, steps, &messages));
    assert_non_null(messages);
    if (!strstr(messages, why))
        fail_msg("%s: %s", why, messages);
    tamis_messages_free(NULL, messages);
    assert_null(tamis_rules_compile(NULL, step, steps, NULL));
}

static void steps_that_cannot_be_are_refused_with_a_message(void **state)
{
    (void)state;
    static const char *const rule[] = {"name == \"x\"", NULL};
    const tamis_step good = drop(rule, 1);
    tamis_step step[2] = {good, good};
    refuses_step(NULL, 1, "step 0: it is NULL");
    step[1].name = NULL;
    refuses_step(step, 2, "step 1: it has no name");
    step[1] = good, step[1].kind = (tamis_step_kind)2;
    refuses_step(step, 2, "step 1: its kind");
    step[1] = good, step[1].context = (tamis_context)-1;
    refuses_step(step, 2, "step 1: its context");
    step[1] = good, step[1].error_mode = (tamis_error_mode)77;
    refuses_step(step, 2, "step 1: its error mode");
    step[1] = good, step[1].rules = 2;
    refuses_step(step, 2, "step 1: one of its rules is NULL");
    step[1] = good, step[1].rule = NULL;
    refuses_step(step, 2, "step 1: one of its rules is NULL");
    step[1].rules = 0;
    tamis_rules *rules = tamis_rules_compile(NULL, step, 2, NULL);
    assert_int_equal(tamis_rules_count(rules), 1);
    tamis_rules_unref(rules);
}

static void numbers_out_of_range_and_nulls_are_nothing(void **state)
{
    (void)state;
    static const char *const rule[] = {"name == \"x\""};
    const tamis_step step = drop(rule, 1);
    tamis_rules *rules = tamis_rules_compile(NULL, &step, 1, NULL);
    tamis_judge *judge = tamis_judge_new(NULL);
    tamis_verdict verdict = {.size_bytes = 1};
    assert_string_equal(tamis_rules_name(rules, 0), "noise[0]");
    assert_null(tamis_rules_name(rules, 1));
    assert_null(tamis_rules_name(rules, SIZE_MAX));
    assert_null(tamis_rules_name(NULL, 0));
    assert_int_equal(tamis_rules_count(NULL), 0);
    tamis_rules_ref(NULL);
    tamis_rules_unref(NULL);
    assert_int_equal(tamis_judge_request(NULL, rules, "", 0, &verdict), TAMIS_BAD_ARGUMENT);
    assert_true(verdict.reason && verdict.size_bytes == 0);
    assert_int_equal(tamis_judge_request(judge, NULL, "", 0, &verdict), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_judge_request(judge, rules, NULL, 1, &verdict), TAMIS_BAD_ARGUMENT);
    assert_int_equal(tamis_judge_request(judge, rules, NULL, 0, NULL), TAMIS_JUDGED);
    tamis_judge_copy(judge, NULL);
    tamis_judge_copy(NULL, &verdict);
    assert_int_equal(tamis_judge_counts(judge, SIZE_MAX).matched, 0);
    assert_int_equal(tamis_judge_counts(NULL, 0).matched, 0);
    tamis_judge_free(NULL);
    tamis_judge_free(judge);
    tamis_rules_unref(rules);
}

static void options_and_heaps_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const tamis_heap heap = {.owner = NULL};
    char *messages;
    assert_null(tamis_judge_new(&(tamis_judge_options){.utf8 = (tamis_utf8)3}));
    assert_null(tamis_judge_new(&(tamis_judge_options){.heap = &heap}));
    assert_null(tamis_rules_compile(&heap, NULL, 0, &messages));
    assert_null(messages);
    tamis_messages_free(&heap, NULL);
}

/* --- memory --- */

static void what_takes_too_much_is_refused_unless_there_is_no_bound(void **state)
{
    (void)state;
    static const char *const edits[] = {"set(attributes[\"more\"], Concat([attributes, attributes, "
                                        "attributes, attributes, attributes, attributes], name))"};
    tamis_step step = {"more", TAMIS_EDIT, TAMIS_SPAN, TAMIS_IGNORE, edits, 1};
    tamis_rules *rules = tamis_rules_compile(NULL, &step, 1, NULL);
    assert_non_null(rules);
    request *in = calloc(1, sizeof *in);
    read_request(in);
    tamis_verdict verdict;
    const struct {
        tamis_bounds bounds;
        tamis_status status;
    } rows[] = {
        {{0}, TAMIS_JUDGED},
        {{.output_bytes = 1, .output_factor = 1}, TAMIS_TOO_COSTLY},
        {{.output_bytes = 1, .output_factor = 100}, TAMIS_JUDGED},
        {{.output_bytes = TAMIS_NO_BOUND, .output_factor = 1}, TAMIS_JUDGED},
        {{.memory_bytes = 1, .memory_factor = 1}, TAMIS_TOO_COSTLY},
        {{.memory_bytes = TAMIS_NO_BOUND, .memory_factor = 1}, TAMIS_JUDGED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tamis_judge_options options = {.bounds = rows[i].bounds};
        tamis_judge *judge = tamis_judge_new(&options);
        assert_int_equal(tamis_judge_request(judge, rules, in->bytes, in->size, &verdict),
                         rows[i].status);
        assert_int_equal(verdict.reason != NULL, rows[i].status != TAMIS_JUDGED);
        assert_int_equal(verdict.spans_rejected, 0);
        tamis_judge_free(judge);
    }
    tamis_rules_unref(rules);
    free(in);
}

/* Compiles and judges with whatever memory there is. True: there was enough for all of it. */
static bool all_of_it(const tamis_heap *heap, const request *in)
{
    static const char *const noise[] = {
        "IsMatch(attributes[\"upstream_cluster\"], \"^grafana/.*\")", "nmae == 1"};
    static const char *const edits[] = {"set(attributes[\"a\"], Concat([name, name], \"-\"))"};
    const tamis_step steps[] = {drop(noise, 1),
                                {"e", TAMIS_EDIT, TAMIS_SPAN, TAMIS_IGNORE, edits, 1}};
    tamis_step broken = drop(noise, 2);
    char *messages;
    assert_null(tamis_rules_compile(heap, &broken, 1, &messages));
    bool enough = messages != NULL;
    tamis_messages_free(heap, messages);
    tamis_rules *rules = tamis_rules_compile(heap, steps, 2, NULL);
    tamis_judge *judge = tamis_judge_new(&(tamis_judge_options){.heap = heap});
    tamis_verdict verdict;
    tamis_status status = rules && judge
                              ? tamis_judge_request(judge, rules, in->bytes, in->size, &verdict)
                              : TAMIS_OUT_OF_MEMORY;
    assert_true(status == TAMIS_JUDGED || status == TAMIS_OUT_OF_MEMORY);
    tamis_judge_free(judge);
    tamis_rules_unref(rules);
    return enough && status == TAMIS_JUDGED;
}

/* The same of a heap in the library's own words. */
static bool all_on(void *owner, const tm_heap *heap)
{
    const tamis_heap own = {heap->alloc, heap->grow, heap->drop, heap->owner};
    return all_of_it(&own, owner);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    request *in = calloc(1, sizeof *in);
    read_request(in);
    assert_true(short_heap_each(all_on, in) > 20);
    free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_condition_holds_for_leaves_no_trace),
        cmocka_unit_test(statements_edit_and_rules_outlive_the_first_owner),
        cmocka_unit_test(all_errors_come_with_their_places),
        cmocka_unit_test(a_rule_that_fails_is_told_or_refuses),
        cmocka_unit_test(what_is_no_request_is_refused_with_a_reason),
        cmocka_unit_test(steps_that_cannot_be_are_refused_with_a_message),
        cmocka_unit_test(numbers_out_of_range_and_nulls_are_nothing),
        cmocka_unit_test(options_and_heaps_that_cannot_be_are_refused),
        cmocka_unit_test(what_takes_too_much_is_refused_unless_there_is_no_bound),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
