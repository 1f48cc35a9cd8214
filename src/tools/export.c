/* export: rule files as plain YAML of the Collector.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/export.h"

static const tm_option options[] = {
    {"to", 0, TM_OPTION_TEXT, NULL, "collector",
     "processors of the Collector, as they follow from rule files"},
    {"pipeline", 0, TM_OPTION_TEXT, "NAME", NULL, "that is to name the processors: traces"},
    {"include", 'I', TM_OPTION_LIST, "DIRECTORY", NULL, "where imports are looked for, too"},
    {"lambdas", 0, TM_OPTION_FLAG, NULL, NULL,
     "the Collector runs with the feature gate ottl.functions.enableLambda"},
    {0}};

const tm_command tm_command_export = {
    .name = "export",
    .operands = "FILE...",
    .least = 1,
    .most = 10000,
    .manual = "Prints rule files as processors of the Collector that decide alike",
    .options = options,
    .run = tm_export_collector};
