/* lsp: a language server for editors, on stdin and stdout.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"
#include "tools/complain.h"
#include "tools/lsp/lsp_server.h"
#include "tools/lsp/lsp_textmate.h"

#include <stdio.h>
#include <unistd.h>

static int lsp(const tm_arguments *a)
{
    tm_buf out = {.arena = a->arena};
    if (!tm_arguments_text(a, "print", "").n && isatty(STDIN_FILENO))
        tm_complain("editors start this and talk JSON-RPC with it (docs/editors.md); control-C "
                    "ends it");
    if (!tm_arguments_text(a, "print", "").n)
        return tm_lsp_serve(STDIN_FILENO, STDOUT_FILENO);
    tm_lsp_textmate(&out);
    fwrite(out.p, 1, out.n, stdout);
    return TM_EXIT_OK;
}

static const tm_option options[] = {
    {"stdio", 0, TM_OPTION_FLAG, NULL, NULL, "talks on stdin and stdout, which it does anyway"},
    {"print", 0, TM_OPTION_TEXT, "WHAT", "textmate",
     "prints a TextMate grammar of .ottl files instead"},
    {0}};

const tm_command tm_command_lsp = {
    .name = "lsp",
    .operands = "",
    .manual = "A language server for rule files and configurations, which editors start",
    .options = options,
    .run = lsp};
