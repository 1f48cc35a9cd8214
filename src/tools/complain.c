/* Complain: texts for stderr.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/complain.h"

#include "base/exit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool tm_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("tamis: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

int tm_complain_stdout(int code)
{
    const bool flushed = fflush(stdout) == 0;
    if (flushed && !ferror(stdout))
        return code;
    tm_complain("cannot write to stdout%s%s", flushed ? "" : ": ", flushed ? "" : strerror(errno));
    return TM_EXIT_USAGE;
}

static bool is_coloured(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no && *no);
}

void tm_complain_diags(const tm_diags *diags)
{
    tm_buf out = {.arena = diags->arena};
    tm_diags_render(diags, is_coloured(), &out);
    if (out.n)
        fwrite(out.p, 1, out.n, stderr);
}
