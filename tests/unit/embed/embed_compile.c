/* Compile: rules of a host's, and what is told of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/embed/hosted.h"
#include "tests/unit/short_heap.h"

static tamis_message message_at(const tamis_messages *messages, size_t i)
{
    tamis_message message = {.size = sizeof message};
    assert_int_equal(tamis_message_at(messages, i, &message), TAMIS_OK);
    return message;
}

static void all_errors_come_with_their_places_and_hints(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_messages *messages;
    assert_null(hosted_rules(engine,
                             "drop where nmae == \"x\"\n"
                             "drop where kind == \"server\"\n"
                             "drop where IsMacth(name, \"x\")\n",
                             &messages));
    const tamis_message first = message_at(messages, 0);
    assert_string_equal(first.code, "E0201");
    assert_string_equal(first.file, "rules.ottl");
    assert_int_equal(first.line, 1);
    assert_int_equal(first.column, 12);
    assert_false(first.warning);
    assert_non_null(strstr(first.drawn, "rules.ottl:1:12: error[E0201]"));
    size_t hints = 0;
    tamis_message m = {.size = sizeof m};
    for (size_t i = 0; tamis_message_at(messages, i, &m) == TAMIS_OK; i++)
        hints += strcmp(m.hint, "did you mean IsMatch?") == 0 && m.line == 3;
    assert_int_equal(hints, 1);
    tamis_messages_free(messages);
    tamis_engine_unref(engine);
}

static void warnings_come_with_the_ruleset(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_messages *messages;
    tamis_ruleset *rules = hosted_rules(engine, "drop where kind == \"server\"", &messages);
    assert_non_null(rules);
    assert_true(message_at(messages, 0).warning);
    assert_string_equal(message_at(messages, 0).code, "W0107");
    tamis_messages_free(messages);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static bool resolve(void *owner, const char *name, const char *from, tamis_source *found,
                    const char **why)
{
    static const char shared[] = "def IsSlow() = name == \"slow\"\n";
    ++*(int *)owner;
    if (strcmp(name, "shared.ottl") != 0) {
        *why = "the host knows no other file";
        return false;
    }
    assert_string_equal(from, "rules.ottl");
    *found = (tamis_source){"shared.ottl", shared, sizeof shared - 1};
    return true;
}

static tamis_status compile_importing(tamis_engine *engine, const char *text, int *asked,
                                      tamis_ruleset **ruleset, tamis_messages **messages)
{
    const tamis_source source = {"rules.ottl", text, strlen(text)};
    const tamis_compile_options options = {.size = sizeof options,
                                           .source = &source,
                                           .sources = 1,
                                           .resolve = resolve,
                                           .owner = asked};
    return tamis_compile(engine, &options, ruleset, messages);
}

static void imports_are_asked_of_the_host_before_what_tamis_brings_along(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules;
    tamis_messages *messages;
    int asked = 0;
    assert_int_equal(
        compile_importing(
            engine,
            "import \"shared.ottl\"\nimport \"probes\"\ndrop where IsSlow() or IsKubeProbe()\n",
            &asked, &rules, &messages),
        TAMIS_OK);
    assert_null(messages);
    assert_int_equal(asked, 2); /* the host may have probes of its own */
    assert_int_equal(tamis_ruleset_rules(rules), 1);
    tamis_ruleset_unref(rules);
    assert_int_equal(
        compile_importing(engine, "import \"other.ottl\"\n", &asked, &rules, &messages),
        TAMIS_BAD_RULES);
    assert_non_null(strstr(message_at(messages, 0).text, "the host knows no other file"));
    tamis_messages_free(messages);
    tamis_engine_unref(engine);
}

static void a_ruleset_tells_its_rules_needs_and_code(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules =
        hosted_rules(engine,
                     "noise: drop where attributes[\"http.route\"] == \"/livez\"\n"
                     "set(resource.attributes[\"env\"], \"x\") where name == \"y\"\n",
                     NULL);
    tamis_rule rule = {.size = sizeof rule};
    assert_int_equal(tamis_ruleset_rules(rules), 2);
    assert_int_equal(tamis_ruleset_rule(rules, 0, &rule), TAMIS_OK);
    assert_string_equal(rule.name, "noise");
    assert_string_equal(rule.file, "rules.ottl:1");
    assert_true(rule.drops);
    assert_int_equal(tamis_ruleset_rule(rules, 1, &rule), TAMIS_OK);
    assert_string_equal(rule.file, "rules.ottl:2");
    assert_false(rule.drops);
    assert_int_equal(tamis_ruleset_rule(rules, 2, &rule), TAMIS_NO_SUCH);
    bool route = false, env = false, name = false;
    tamis_need need = {.size = sizeof need};
    for (size_t i = 0; tamis_ruleset_need(rules, i, &need) == TAMIS_OK; i++) {
        const tamis_slice key = need.key;
        route |= need.context == TAMIS_SPAN && key.size_bytes == 10 &&
                 memcmp(key.bytes, "http.route", 10) == 0;
        env |= need.context == TAMIS_RESOURCE && key.size_bytes == 3 &&
               memcmp(key.bytes, "env", 3) == 0;
        name |= need.context == TAMIS_SPAN && need.field == 5;
    }
    assert_true(route && env && name);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

static void append(void *owner, const char *text, size_t size_bytes)
{
    strncat(owner, text, size_bytes);
}

static void a_listing_shows_rule_place_and_bytecode(void **state)
{
    (void)state;
    tamis_engine *engine = hosted_engine();
    tamis_ruleset *rules = hosted_rules(engine, "noise: drop where name == \"a\"", NULL);
    char out[1024] = "";
    assert_int_equal(tamis_ruleset_listing(rules, 0, append, out), TAMIS_OK);
    assert_non_null(strstr(out, "noise  rules.ottl:1"));
    assert_non_null(strstr(out, "RETURN"));
    assert_int_equal(tamis_ruleset_listing(rules, 1, append, out), TAMIS_NO_SUCH);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
}

/* A warning first, then rules for which memory may not be enough. */
static bool compile_with_little_memory(void *owner, const tm_heap *given)
{
    const tamis_heap heap = {given->alloc, given->grow, given->drop, given->owner};
    const tamis_engine_options options = {.size = sizeof options, .heap = &heap};
    const tamis_source source = {"r.ottl", owner, strlen(owner)};
    const tamis_compile_options compile = {.size = sizeof compile, .source = &source, .sources = 1};
    tamis_engine *engine;
    tamis_ruleset *rules = NULL;
    tamis_messages *messages = NULL;
    tamis_message message = {.size = sizeof message};
    tamis_status status = tamis_engine_new(&options, &engine);
    if (status == TAMIS_OK)
        status = tamis_compile(engine, &compile, &rules, &messages);
    assert_true(status == TAMIS_OK || status == TAMIS_OUT_OF_MEMORY);
    const bool told = tamis_message_at(messages, 0, &message) == TAMIS_OK;
    assert_true(!told || strstr(message.drawn, "kind == \"server\"") != NULL);
    tamis_messages_free(messages);
    tamis_ruleset_unref(rules);
    tamis_engine_unref(engine);
    return status == TAMIS_OK && told;
}

static void what_was_told_before_memory_ran_out_is_forgotten(void **state)
{
    (void)state;
    static char text[1 << 14] = "drop where kind == \"server\"\n";
    for (int i = 0; i < 100; i++)
        sprintf(text + strlen(text), "drop where IsMatch(attributes[\"key %d\"], \"^a\")\n", i);
    assert_true(short_heap_each(compile_with_little_memory, text) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_errors_come_with_their_places_and_hints),
        cmocka_unit_test(warnings_come_with_the_ruleset),
        cmocka_unit_test(imports_are_asked_of_the_host_before_what_tamis_brings_along),
        cmocka_unit_test(a_ruleset_tells_its_rules_needs_and_code),
        cmocka_unit_test(a_listing_shows_rule_place_and_bytecode),
        cmocka_unit_test(what_was_told_before_memory_ran_out_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
