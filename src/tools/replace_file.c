/* Replace file: beside it, then rename(2).
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/replace_file.h"

#include "tools/complain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool tm_replace_file(tm_arena *arena, tm_text path, tm_text text)
{
    struct stat was;
    const char *name = tm_arena_copy(arena, path).p;
    char *beside = (char *)tm_arena_print(arena, "%s.XXXXXX", name).p;
    int file = stat(name, &was) == 0 ? mkstemp(beside) : -1;
    if (file < 0)
        return tm_complain("cannot write %s: %s", name, strerror(errno));
    FILE *out = fdopen(file, "w");
    bool done = out && fwrite(text.p, 1, text.n, out) == text.n;
    done = out && fflush(out) == 0 && fchmod(file, was.st_mode & 07777) == 0 && done;
    int why = errno;
    if (out)
        done = fclose(out) == 0 && done;
    else
        close(file);
    if (done && rename(beside, name) == 0)
        return true;
    why = done ? errno : why;
    unlink(beside);
    return tm_complain("cannot write %s: %s", name, strerror(why));
}
