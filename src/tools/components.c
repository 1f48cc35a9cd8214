/* components: what a configuration may name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"

#include <stdio.h>

static int components(const tm_arguments *arguments)
{
    tm_buf out = {.arena = arguments->arena};
    tm_config_components(&out);
    fwrite(out.p, 1, out.n, stdout);
    return TM_EXIT_OK;
}

const tm_command tm_command_components = {
    .name = "components",
    .operands = "",
    .manual = "Lists receivers, processors, exporters and extensions with their state",
    .run = components};
