/* Threads: VMs of several threads on one ruleset, and rulesets that are replaced meanwhile. What
 * they share is for ThreadSanitizer to watch (make tsan).
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 400 };

/* Two rulesets take turns: one drops each span, the other none, and both use what is shared:
 * patterns, searches, a function of the host's, a definition that is imported. */
static const char *const texts[] = {
    "import \"probes\"\n"
    "set(attributes[\"t\"], Tenant(name)) where not IsKubeProbe()\n"
    "set(attributes[\"i\"], UUID()) where IsMatch(name, \"^(GET|POST) /[a-z]+\")\n"
    "drop where name == \"none of this name\" or IsMatch(attributes[\"t\"], \"^nobody\")\n",
    "replace_pattern(name, \"[0-9]+\", \"*\")\n"
    "drop where IsMatch(attributes[\"user_agent\"], \"(?i)^kube-probe/\") or Tenant(name) == "
    "name\n"};

typedef struct shared {
    tamis_engine *engine;
    tamis_holder *holder;
    tamis_ruleset *explained;
    tamis_expression *expression;
    hosted_request in;
    _Atomic int asked; /* the host's function */
    _Atomic int odd;   /* answers that neither ruleset gives */
} shared;

static bool tenant(void *owner, tamis_call *call, const tamis_value *argument, size_t arguments,
                   tamis_value *result)
{
    (void)call, (void)arguments;
    ((shared *)owner)->asked++;
    *result = argument[0];
    return true;
}

static bool note_span(void *owner, size_t span, const tamis_value *value, const char *error)
{
    (void)span;
    *(size_t *)owner += !error && value->type == TAMIS_STRING;
    return true;
}

static void note_bytes(void *owner, const char *text, size_t size_bytes)
{
    (void)text;
    *(size_t *)owner += size_bytes;
}

static bool is_all_or_nothing(tamis_status status, uint32_t in, uint32_t out)
{
    return status == TAMIS_OK && (out == 0 || out == in);
}

/* As many spans of nothing but NIL as the request has. */
static bool filter_empty_table(tamis_vm *vm, tamis_ruleset *rules)
{
    static const uint32_t zeros[8];
    tamis_columns columns = {.size = sizeof columns};
    tamis_table_result result = {.size = sizeof result};
    if (tamis_ruleset_columns(rules, &columns) != TAMIS_OK)
        return false;
    tamis_cell *cells = calloc(8 * columns.span + 1, sizeof *cells);
    const tamis_table table = {.size = sizeof table,
                               .span = cells,
                               .resources = 1,
                               .scopes = 1,
                               .spans = 8,
                               .resource_of_scope = zeros,
                               .scope_of_span = zeros};
    const tamis_status status = tamis_filter_table(vm, rules, &table, &result);
    const bool sound = is_all_or_nothing(status, 8, result.spans_out);
    free(cells);
    return sound;
}

static void *work(void *argument)
{
    shared *s = argument;
    tamis_vm *vm = hosted_vm(s->engine, (tamis_vm_options){.verdicts = true});
    for (int i = 0; i < ROUNDS; i++) {
        tamis_ruleset *rules = tamis_holder_get(s->holder);
        tamis_result result = {.size = sizeof result};
        const tamis_status status = tamis_filter(vm, rules, &s->in.request, &result);
        size_t strings = 0, bytes = 0;
        s->odd += !is_all_or_nothing(status, 8, result.spans_out);
        s->odd += !filter_empty_table(vm, rules);
        s->odd +=
            tamis_evaluate(vm, s->expression, &s->in.request, note_span, &strings) != TAMIS_OK;
        s->odd += strings != 8;
        s->odd += i % 16 == 0 && tamis_explain(vm, s->explained, &s->in.request, (size_t)i % 8, 0,
                                               note_bytes, &bytes) != TAMIS_OK;
        s->odd += tamis_ruleset_listing(rules, 0, note_bytes, &bytes) != TAMIS_OK;
        tamis_ruleset_unref(rules);
    }
    tamis_vm_free(vm);
    return NULL;
}

static shared *start(void)
{
    shared *s = calloc(1, sizeof *s);
    const tamis_function function = {.size = sizeof function,
                                     .name = "Tenant",
                                     .signature = "string Tenant(name: string)",
                                     .run = tenant,
                                     .owner = s};
    const tamis_source source = {"rules.ottl", texts[0], strlen(texts[0])};
    const tamis_compile_options options = {
        .size = sizeof options, .source = &source, .sources = 1, .explained = true};
    s->engine = hosted_engine();
    hosted_read(&s->in);
    assert_int_equal(tamis_engine_add(s->engine, &function, NULL), TAMIS_OK);
    assert_int_equal(tamis_compile(s->engine, &options, &s->explained, NULL), TAMIS_OK);
    assert_int_equal(tamis_expression_new(s->engine, "Concat([Tenant(name), name], \"-\")",
                                          &s->expression, NULL),
                     TAMIS_OK);
    return s;
}

static void threads_share_rules_that_are_replaced(void **state)
{
    (void)state;
    shared *s = start();
    pthread_t thread[THREADS];
    tamis_ruleset *rules = hosted_rules(s->engine, texts[0], NULL);
    assert_int_equal(tamis_holder_new(s->engine, rules, &s->holder), TAMIS_OK);
    tamis_ruleset_unref(rules);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, work, s), 0);
    for (int i = 0; i < ROUNDS; i++) {
        rules = hosted_rules(s->engine, texts[i % 2], NULL);
        assert_non_null(rules);
        assert_int_equal(tamis_holder_set(s->holder, rules), TAMIS_OK);
        tamis_ruleset_unref(rules);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(s->odd, 0);
    assert_true(s->asked > ROUNDS);
    tamis_holder_free(s->holder);
    tamis_expression_unref(s->expression);
    tamis_ruleset_unref(s->explained);
    tamis_engine_unref(s->engine);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_share_rules_that_are_replaced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
