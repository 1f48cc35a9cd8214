/* Rule input: operands to sources.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/rule_input.h"

#include "tools/complain.h"

static void add(tm_rule_input *in, tm_arena *arena, const tm_source *source)
{
    in->source = tm_arena_grow(arena, in->source, in->count * sizeof *in->source,
                               (in->count + 1) * sizeof *in->source);
    in->source[in->count++] = source;
}

static bool read_path(tm_rule_input *in, tm_arena *arena, tm_text path)
{
    tm_text why;
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
        if (!paths.count)
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
