/* export: rule files as YAML of the Collector, and the other way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/export.h"

#include "tools/complain.h"

/* The first of the files that has one of the ends, or NULL. */
static const tm_text *find_file(const tm_texts *files, const char *end, const char *other)
{
    for (size_t i = 0; i < files->count; i++)
        if (tm_text_ends(files->items[i], tm_text_of(end)) ||
            tm_text_ends(files->items[i], tm_text_of(other)))
            return &files->items[i];
    return NULL;
}

static int export(const tm_arguments *a)
{
    const tm_text *yaml = find_file(&a->operands, ".yaml", ".yml");
    const tm_text *rules = find_file(&a->operands, ".ottl", ".ottl");
    const bool ottl = tm_text_is(tm_arguments_text(a, "to", yaml ? "ottl" : "collector"), "ottl");
    if (ottl ? rules != NULL : yaml != NULL) {
        tm_complain("%.*s is a %s: it cannot be exported --to=%s", TM_PRI(*(ottl ? rules : yaml)),
                    ottl ? "rule file" : "configuration", ottl ? "ottl" : "collector");
        return TM_EXIT_USAGE;
    }
    return ottl ? tm_export_ottl(a) : tm_export_collector(a);
}

static const tm_option options[] = {
    {"to", 0, TM_OPTION_TEXT, NULL, "collector|ottl",
     "processors from rule files, or a rule file from a configuration: the default for .yaml"},
    {"pipeline", 0, TM_OPTION_TEXT, "NAME", NULL,
     "that names the processors: traces, or the only one of the configuration"},
    {"include", 'I', TM_OPTION_LIST, "DIRECTORY", NULL, "where imports are looked for, too"},
    {"lambdas", 0, TM_OPTION_FLAG, NULL, NULL,
     "the Collector runs with the feature gate ottl.functions.enableLambda"},
    {0}};

const tm_command tm_command_export = {
    .name = "export",
    .operands = "FILE...",
    .least = 1,
    .most = 10000,
    .manual = "Prints rule files as processors of the Collector that decide alike, or the reverse",
    .options = options,
    .run = export};
