/* Fuzzes the whole way from a YAML text to settings and back to YAML: nothing may crash or leak,
 * and what print-config prints must read back without an error.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *read_env(void *owner, const char *name)
{
    (void)owner;
    static const struct {
        char name;
        const char *value;
    } variables[] = {{'X', "[x: $$ {"},
                     {'L', "[otlp, '${env:M}', \"${env:X}\"]"},
                     {'M', "{k: [&a [1, ''], *a], l: ${env:N:-}}"},
                     {'R', "- ${env:R}\n- ${env:R}${env:M}\n"}};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (variables[i].name == name[0])
            return variables[i].value;
    return NULL;
}

/* The only file there is holds the input. */
static bool read_file(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                      tm_text *why)
{
    (void)arena, (void)most;
    *why = TM_TEXT("no such file");
    *bytes = *(tm_text *)owner;
    return tm_text_is(path, "f");
}

static bool read_settings(tm_arena *arena, tm_diags *diags, tm_text text, tm_settings *settings)
{
    tm_text uri = TM_TEXT("f");
    tm_config_sources sources = {.configs = {&uri, 1}, .world = {&text, read_env, read_file}};
    bool fine = tm_settings_read(arena, diags, &sources, settings);
    if (fine != !diags->errors)
        abort();
    return fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_diags diags = {.arena = arena};
    tm_settings settings;
    tm_buf out = {.arena = arena}, messages = {.arena = arena};
    if (read_settings(arena, &diags, tm_text_slice(bytes, size), &settings)) {
        tm_settings_print(&settings, true, &out);
        if (!read_settings(arena, &diags, tm_buf_text(&out), &settings)) {
            tm_diags_render(&diags, false, &messages);
            fprintf(stderr, "%.*s\n%.*s", TM_PRI(out), TM_PRI(messages));
            abort();
        }
    }
    tm_diags_render(&diags, false, &messages);
    tm_arena_free(arena);
    return 0;
}
