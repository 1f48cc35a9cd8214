/* Replace file: beside it, then rename(2).
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/replace_file.h"

#include "tools/complain.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file itself where the path is a symbolic link to it: the link stays. */
static const char *resolve(tm_arena *arena, const char *path)
{
    char real[PATH_MAX];
    return realpath(path, real) ? tm_arena_copy(arena, tm_text_of(real)).p : path;
}

bool tm_replace_file(tm_arena *arena, tm_text path, tm_text text)
{
    struct stat was;
    const char *name = tm_arena_copy(arena, path).p, *target = resolve(arena, name);
    char *beside = (char *)tm_arena_print(arena, "%s.XXXXXX", target).p;
    int file = stat(target, &was) == 0 ? mkstemp(beside) : -1;
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
    if (done && rename(beside, target) == 0)
        return true;
    why = done ? errno : why;
    unlink(beside);
    return tm_complain("cannot write %s: %s", name, strerror(why));
}
