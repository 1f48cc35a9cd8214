/* Rule input: operands to sources.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/rule_input.h"

#include "tools/case_files.h"
#include "tools/complain.h"

#include <sys/stat.h>

static void add(tm_rule_input *in, tm_arena *arena, const tm_source *source)
{
    in->source = tm_arena_grow(arena, in->source, in->count * sizeof *in->source,
                               (in->count + 1) * sizeof *in->source);
    in->source[in->count++] = source;
}

static bool read_path(tm_rule_input *in, tm_arena *arena, tm_text path)
{
    tm_text why;
    if (tm_text_ends(path, TM_TEXT(".yaml")) || tm_text_ends(path, TM_TEXT(".yml")))
        return tm_complain("%.*s is a configuration, not a rule file: tamis validate --config=%.*s",
                           TM_PRI(path), TM_PRI(path));
    bool standard = tm_text_is(path, "-");
    const tm_source *source =
        tm_rule_files_open(&in->files, arena, standard ? TM_TEXT("/dev/stdin") : path, &why);
    if (!source)
        return tm_complain("cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
    if (standard) {
        tm_source *named = TM_NEW(arena, tm_source);
        *named = (tm_source){.name = TM_TEXT("-"), .text = source->text};
        source = named;
    }
    add(in, arena, source);
    return true;
}

bool tm_rule_input_is_directory(tm_text path)
{
    struct stat s;
    return stat(path.p, &s) == 0 && S_ISDIR(s.st_mode);
}

/* As `tamis test` finds them; *ok is false then where something is told. */
static tm_texts rule_files_below(tm_arena *arena, tm_text directory, bool *ok)
{
    tm_case_files files;
    tm_texts paths = {0};
    tm_case_files_find(arena, &(tm_texts){&directory, 1}, &files);
    for (size_t i = 0; i < files.paths.count; i++)
        if (tm_case_files_is_rules(files.paths.items[i]))
            files.paths.items[paths.count++] = files.paths.items[i];
    paths.items = files.paths.items;
    if (!paths.count && !files.missing)
        tm_complain("no file in %.*s ends in .ottl", TM_PRI(directory));
    *ok &= paths.count && !files.missing;
    return paths;
}

bool tm_rule_input_read(tm_rule_input *in, const tm_arguments *a)
{
    bool ok = true;
    *in = (tm_rule_input){.world = tm_config_os()};
    in->files.world = &in->world;
    for (const tm_option *o = a->command->options; o && o->name; o++)
        if (strcmp(o->name, "include") == 0) {
            const tm_texts *directories = tm_arguments_list(a, "include");
            in->files.directory = directories->items;
            in->files.directories = directories->count;
        }
    for (size_t i = 0; i < a->operands.count; i++) {
        tm_texts paths = tm_rule_files_match(a->arena, a->operands.items[i]);
        const bool directory = paths.count == 1 && tm_rule_input_is_directory(paths.items[0]);
        if (directory)
            paths = rule_files_below(a->arena, paths.items[0], &ok);
        else if (!paths.count)
            ok = tm_complain("no file matches %.*s", TM_PRI(a->operands.items[i]));
        for (size_t k = 0; k < paths.count; k++)
            ok &= read_path(in, a->arena, paths.items[k]);
    }
    return ok;
}

void tm_rule_input_compile(tm_rule_input *input, tm_diags *diags, tm_rule_unit *unit)
{
    const tm_rule_importer importer = {.open = tm_rule_files_import, .owner = &input->files};
    tm_need_table needs = {.arena = diags->arena};
    tm_compiler compiler = {.arena = diags->arena,
                            .diags = diags,
                            .needs = &needs,
                            .transform = true,
                            .definitions = &unit->definitions};
    tm_rule_unit_read(diags->arena, diags, &importer, input->source, input->count, unit);
    for (const tm_unit_rule *r = unit->first_rule; r; r = r->next)
        tm_unit_rule_compile(&compiler, r, r->level);
}
