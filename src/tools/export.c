/* export: rule files as YAML of the Collector, and the other way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/export.h"

static int export(const tm_arguments *a)
{
    return tm_text_is(tm_arguments_text(a, "to", "collector"), "ottl") ? tm_export_ottl(a)
                                                                       : tm_export_collector(a);
}

static const tm_option options[] = {
    {"to", 0, TM_OPTION_TEXT, NULL, "collector|ottl",
     "processors from rule files, the default, or a rule file from a configuration"},
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
