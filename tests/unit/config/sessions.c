/* Golden texts: tests/sessions/config/NAME.yaml gives NAME.out (print-config) and NAME.err.
 * SPDX-License-Identifier: Apache-2.0
 *
 * With TAMIS_UPDATE=1 in the environment the golden texts are written anew. */
#include "config/settings.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char DIRECTORY[] = "tests/sessions/config/";

static tm_text load(tm_arena *arena, const char *path)
{
    tm_text bytes, why;
    tm_config_world world = tm_config_os();
    if (!world.read(world.owner, arena, tm_text_of(path), 1 << 20, &bytes, &why))
        return TM_TEXT("");
    return bytes;
}

static const char *env(void *owner, const char *name)
{
    (void)owner;
    return !strcmp(name, "TENANT") ? "blue" : !strcmp(name, "SIZE") ? "512" : NULL;
}

/* The session's file under its bare name, so that messages do not depend on where the tests run. */
static bool read_session(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                         tm_text *why)
{
    (void)owner;
    tm_config_world world = tm_config_os();
    tm_text whole = tm_arena_print(arena, "%s%.*s", DIRECTORY, TM_PRI(path));
    return world.read(world.owner, arena, whole, most, bytes, why);
}

/* Compares with the golden text, or writes it. An empty text needs no file. */
static bool same(tm_arena *arena, tm_text name, const char *suffix, tm_text text)
{
    const char *path = tm_arena_print(arena, "%s%.*s%s", DIRECTORY, TM_PRI(name), suffix).p;
    if (getenv("TAMIS_UPDATE")) {
        remove(path);
        FILE *file = text.n ? fopen(path, "w") : NULL;
        if (file) {
            fwrite(text.p, 1, text.n, file);
            fclose(file);
        }
        return true;
    }
    if (tm_text_equal(load(arena, path), text))
        return true;
    fprintf(stderr, "%s differs from:\n%.*s\n", path, TM_PRI(text));
    return false;
}

static bool read_settings(tm_diags *diags, tm_text uri, tm_settings *settings)
{
    tm_config_sources sources = {.configs = {&uri, 1}, .world = {.env = env, .read = read_session}};
    bool fine = tm_settings_read(diags->arena, diags, &sources, settings);
    tm_diags_order(diags);
    assert_int_equal(fine, !diags->errors);
    return fine;
}

/* What print-config prints must mean the same: read again, it prints the same. */
static bool reads_back(tm_arena *arena, const tm_settings *settings)
{
    tm_settings again;
    tm_diags diags = {.arena = arena};
    tm_buf once = {.arena = arena}, twice = {.arena = arena};
    tm_buf_add(&once, TM_TEXT("yaml:"));
    tm_settings_print(settings, true, &once);
    if (read_settings(&diags, tm_buf_text(&once), &again))
        tm_settings_print(&again, true, &twice);
    else
        tm_diags_render(&diags, false, &twice);
    if (tm_text_equal(tm_text_skip(tm_buf_text(&once), 5), tm_buf_text(&twice)))
        return true;
    fprintf(stderr, "printed:\n%.*s\nread back:\n%.*s\n", TM_PRI(once), TM_PRI(twice));
    return false;
}

static bool session_holds(const char *file)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_text name = tm_text_slice(file, strlen(file) - 5), uri = tm_text_of(file);
    tm_diags diags = {.arena = arena};
    tm_settings settings;
    tm_buf messages = {.arena = arena}, out = {.arena = arena};
    bool backs = true;
    if (read_settings(&diags, uri, &settings)) {
        tm_settings_print(&settings, false, &out);
        backs = reads_back(arena, &settings);
    }
    tm_diags_render(&diags, false, &messages);
    bool holds = same(arena, name, ".err", tm_buf_text(&messages)) && backs;
    holds = same(arena, name, ".out", tm_buf_text(&out)) && holds;
    tm_arena_free(arena);
    return holds;
}

static void every_configuration_gives_its_golden_texts(void **state)
{
    (void)state;
    unsigned sessions = 0, broken = 0;
    DIR *directory = opendir(DIRECTORY);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!tm_text_ends(tm_text_of(entry->d_name), TM_TEXT(".yaml")))
            continue;
        sessions++;
        broken += !session_holds(entry->d_name);
    }
    closedir(directory);
    assert_int_equal(broken, 0);
    assert_true(sessions >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_configuration_gives_its_golden_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
