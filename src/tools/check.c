/* check: are rule files right, down to every rule?
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/rule_files.h"
#include "lang/rule_unit.h"
#include "tools/arguments.h"
#include "tools/complain.h"

/* The files that the operands name, read. False when one cannot be. */
static bool read_files(const tm_arguments *a, const tm_rule_files *files,
                       const tm_source ***sources, size_t *count)
{
    bool ok = true;
    *sources = NULL;
    *count = 0;
    for (size_t i = 0; i < a->operands.count; i++) {
        tm_texts paths = tm_rule_files_match(a->arena, a->operands.items[i]);
        if (!paths.count)
            ok = tm_complain("no file matches %.*s", TM_PRI(a->operands.items[i]));
        *sources = tm_arena_grow(a->arena, *sources, *count * sizeof **sources,
                                 (*count + paths.count) * sizeof **sources);
        for (size_t k = 0; k < paths.count; k++) {
            tm_text why;
            const tm_source *source = tm_rule_files_open(files, a->arena, paths.items[k], &why);
            if (source)
                (*sources)[(*count)++] = source;
            else
                ok = tm_complain("cannot read %.*s: %.*s", TM_PRI(paths.items[k]), TM_PRI(why));
        }
    }
    return ok;
}

static void compile_all(tm_arena *arena, tm_diags *diags, const tm_rule_unit *unit)
{
    tm_need_table needs = {.arena = arena};
    tm_compiler compiler = {.arena = arena,
                            .diags = diags,
                            .needs = &needs,
                            .transform = true,
                            .definitions = &unit->definitions};
    for (const tm_unit_rule *r = unit->first_rule; r; r = r->next)
        tm_unit_rule_compile(&compiler, r, r->level);
}

static int check(const tm_arguments *a)
{
    tm_config_world world = tm_config_os();
    const tm_texts *directories = tm_arguments_list(a, "include");
    tm_rule_files files = {
        .world = &world, .directory = directories->items, .directories = directories->count};
    tm_rule_importer importer = {.open = tm_rule_files_import, .owner = &files};
    tm_diags diags = {.arena = a->arena};
    const tm_source **sources;
    tm_rule_unit unit;
    size_t n;
    bool read = read_files(a, &files, &sources, &n);
    tm_rule_unit_read(a->arena, &diags, &importer, sources, n, &unit);
    compile_all(a->arena, &diags, &unit);
    tm_diags_order(&diags);
    tm_complain_diags(&diags);
    if (!read)
        return TM_EXIT_USAGE;
    if (diags.errors)
        return TM_EXIT_CONFIG;
    if (diags.warnings && tm_arguments_flag(a, "strict")) {
        tm_complain("--strict takes warnings for errors");
        return TM_EXIT_CONFIG;
    }
    return TM_EXIT_OK;
}

static const tm_option options[] = {
    {"include", 'I', TM_OPTION_LIST, "DIRECTORY", NULL, "where imports are looked for, too"},
    {"strict", 0, TM_OPTION_FLAG, NULL, NULL, "a warning is an error"},
    {0}};

const tm_command tm_command_check = {
    .name = "check",
    .operands = "FILE...",
    .least = 1,
    .most = 10000,
    .manual = "Reads rule files and compiles every rule; says what is wrong",
    .options = options,
    .run = check};
