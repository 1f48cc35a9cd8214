/* Agree: what starting refuses, `validate` refuses alike: every key of the tables with many values.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only what depends on the machine may come out when starting: ports and names to listen on, files
 * to write to. */
#define _GNU_SOURCE
#include "config/compiled.h"
#include "daemon/parts.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define tm_key tm_config_key /* programs have keys of that name, too */
#include "config/keys.h"

static const char BASE[] =
    "yaml:\n"
    "receivers:\n"
    "  otlp:\n"
    "    protocols:\n"
    "      grpc: {endpoint: '127.0.0.1:0', auth: {authenticator: basicauth}}\n"
    "      http: {endpoint: '127.0.0.1:0', auth: {authenticator: bearertokenauth}}\n"
    "processors:\n"
    "  filter: {traces: {span: ['name == \"x\"']}}\n"
    "  attributes: {actions: [{key: a, value: 1, action: insert}]}\n"
    "  resource: {attributes: [{key: a, value: 1, action: insert}]}\n"
    "  transform: {trace_statements: ['set(span.name, \"x\")']}\n"
    "  probabilistic_sampler: {sampling_percentage: 10}\n"
    "  batch:\n"
    "exporters:\n"
    "  debug:\n"
    "  nop:\n"
    "  file: {path: spans}\n"
    "  otlp: {endpoint: '127.0.0.1:1', tls: {insecure: true},\n"
    "         auth: {authenticator: bearertokenauth}}\n"
    "  otlp/basic: {endpoint: '127.0.0.1:1', tls: {insecure: true},\n"
    "               auth: {authenticator: basicauth/client}}\n"
    "extensions:\n"
    "  bearertokenauth: {token: a}\n"
    "  basicauth: {htpasswd: {inline: 'a:b'}}\n"
    "  basicauth/client: {client_auth: {username: a, password: b}}\n"
    "service:\n"
    "  workers: 1\n"
    "  extensions: [bearertokenauth, basicauth, basicauth/client]\n"
    "  telemetry: {metrics: {address: '127.0.0.1:0'}}\n"
    "  pipelines:\n"
    "    traces:\n"
    "      receivers: [otlp]\n"
    "      processors: [filter, attributes, resource, transform, probabilistic_sampler, batch]\n"
    "      exporters: [debug, nop, file, otlp, otlp/basic]\n";

static const char *const VALUES[] = {
    "",
    "\"\"",
    "0",
    "-1",
    "7",
    "1e400",
    "99999999999999999999",
    "true",
    "[]",
    "{}",
    "[a]",
    "[a, A]",
    "[[a]]",
    "[{a: b}]",
    "{a: b}",
    "{a b: c}",
    "{a: \"\\x01\"}",
    "{a: \"\\u00e9\"}",
    "{a-bin: \"\\u00e9\", te: x}",
    "x y",
    "\"\\u00e9\"",
    "\"\\x7f\"",
    "\"a,b\"",
    "\"[a\"",
    "a:b",
    "dns:///127.0.0.1:1",
    "127.0.0.1\u00e9:1",
    "1ns",
    "-5s",
    "\"127.0.0.1:0\"",
    "\" 127.0.0.1:0\"",
    "\"127.0.0.1:65536\"",
    "\"[::1]:0\"",
    "\"[::1:0\"",
    "\"::1:0\"",
    "\"127.0.0.1\"",
    "\"http://127.0.0.1:1\"",
    "\"http://127.0.0.1:1/a\"",
    "\"https://127.0.0.1:1\"",
    "\"unix:///none\"",
    "none/such",
    "bearertokenauth",
    "basicauth/client",
    "detailed",
    "regexp",
    "(",
};

/* One configuration, read and started. */
typedef struct trial {
    tm_arena *arena;
    tm_config_sources sources;
    tm_text configs[1], sets[1];
    int read_code, start_code;
    tm_text said, told; /* by reading, by starting */
} trial;

static void read_only(trial *t)
{
    tm_compiled compiled;
    tm_diags diags = {.arena = t->arena};
    tm_buf out = {.arena = t->arena};
    bool fine = tm_compiled_read(t->arena, &diags, &t->sources, &compiled);
    assert_int_equal(fine, !diags.errors);
    t->read_code = fine ? TM_EXIT_OK : tm_settings_exit(&compiled.settings);
    tm_compiled_drop(&compiled);
    tm_diags_render(&diags, false, &out);
    t->said = tm_buf_text(&out);
}

static void start(trial *t)
{
    tm_daemon daemon;
    int file = memfd_create("stderr", MFD_CLOEXEC), before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0);
    fflush(stderr);
    dup2(file, STDERR_FILENO);
    t->start_code = tm_daemon_build(&daemon, &t->sources);
    if (t->start_code == TM_EXIT_OK)
        t->start_code = tm_daemon_listen(&daemon);
    tm_daemon_drop(&daemon);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    off_t size = lseek(file, 0, SEEK_END);
    char *text = tm_arena_alloc(t->arena, (size_t)size);
    assert_int_equal(pread(file, text, (size_t)size, 0), size);
    close(file);
    t->told = tm_text_slice(text, (size_t)size);
}

/* The machine's part. */
static bool is_of_the_machine(tm_text told)
{
    static const char *const SENTENCES[] = {" cannot listen at ", "tamis: cannot write ",
                                            "tamis: cannot make the directories of "};
    for (size_t i = 0; i < sizeof SENTENCES / sizeof *SENTENCES; i++)
        if (tm_text_find(told, tm_text_of(SENTENCES[i])) >= 0)
            return true;
    return false;
}

static bool agree(const trial *t)
{
    if (t->read_code != TM_EXIT_OK)
        return t->start_code == t->read_code && tm_text_equal(t->said, t->told);
    return tm_text_starts(t->told, t->said) &&
           (t->start_code == TM_EXIT_OK || is_of_the_machine(t->told));
}

typedef struct count {
    unsigned trials, refused, disagreed;
} count;

static void try(count *c, const char *path, const char *value, const char *around, const char *end)
{
    trial t = {.arena = tm_arena_new(NULL)};
    t.configs[0] = tm_text_of(BASE);
    t.sets[0] = tm_arena_print(t.arena, "%s=%s%s%s", path, around, value, end);
    t.sources = (tm_config_sources){
        .configs = {t.configs, 1}, .sets = {t.sets, 1}, .world = tm_config_os()};
    read_only(&t);
    start(&t);
    c->trials++;
    c->refused += t.read_code != TM_EXIT_OK;
    if (!agree(&t)) {
        c->disagreed++;
        fprintf(stderr, "--set '%.*s': validate %d, start %d\n%.*s---\n%.*s\n", TM_PRI(t.sets[0]),
                t.read_code, t.start_code, TM_PRI(t.said), TM_PRI(t.told));
    }
    tm_arena_free(t.arena);
}

static void try_values(count *c, const char *path, const char *around, const char *end)
{
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++)
        try(c, path, VALUES[i], around, end);
}

static void try_keys(count *c, const char *path, const tm_keys *keys);

static void try_key(count *c, const char *path, const tm_key *key)
{
    char below[512], around[128];
    snprintf(below, sizeof below, "%s.%s", path, key->name);
    if (key->kind == TM_KEY_SECTION)
        return;
    try_values(c, below, "", "");
    if (key->state != TM_BUILT)
        return;
    if (key->kind == TM_KEY_MAP || key->kind == TM_KEY_OPTION || key->kind == TM_KEY_SWITCH)
        try_keys(c, below, key->nested);
    if (key->kind != TM_KEY_MAPS && key->kind != TM_KEY_GROUPS)
        return;
    for (size_t i = 0; i < key->nested->count; i++) {
        snprintf(around, sizeof around, "[{%s: ", key->nested->rows[i].name);
        try_values(c, below, around, "}]");
    }
}

static void try_keys(count *c, const char *path, const tm_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        try_key(c, path, &keys->rows[i]);
}

static void starting_refuses_what_validate_refuses(void **state)
{
    (void)state;
    count c = {0};
    size_t components;
    const tm_component *all = tm_components(&components);
    for (size_t i = 0; i < components; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s.%s", tm_section_name(all[i].section), all[i].name);
        if (all[i].keys && all[i].state == TM_BUILT)
            try_keys(&c, path, all[i].keys);
    }
    try_keys(&c, "exporters.otlp/basic", &tm_keys_exporter_otlp);
    try_keys(&c, "extensions.basicauth/client", &tm_keys_basic);
    try_keys(&c, "service", &tm_keys_service);
    try_values(&c, "service.extensions", "", "");
    try_values(&c, "service.pipelines.traces.receivers", "", "");
    try_values(&c, "service.pipelines.traces.processors", "", "");
    try_values(&c, "service.pipelines.traces.exporters", "", "");
    print_message("%u trials, %u refused, %u disagreed\n", c.trials, c.refused, c.disagreed);
    assert_int_equal(c.disagreed, 0);
    assert_true(c.refused > 1000 && c.trials > c.refused + 1000);
}

/* ---- a folder for what it writes ------------------------------------------------------------- */

static int drop_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static int enter_folder(void **state)
{
    static char folder[] = "/tmp/tamis-agree-XXXXXX";
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    return chdir("/") == 0 && nftw(*state, drop_one, 16, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        starting_refuses_what_validate_refuses, enter_folder, leave_folder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
