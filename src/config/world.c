/* World: environment and files of this process, for configurations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *read_env(void *owner, const char *name)
{
    (void)owner;
    return getenv(name);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* NULL, or why it failed. Pipes are read to their end. */
static const char *read_all(int file, tm_arena *arena, size_t most, tm_buf *out)
{
    struct stat before, after;
    *out = (tm_buf){.arena = arena};
    if (fstat(file, &before))
        return strerror(errno);
    for (;;) {
        enum { PIECE = 65536 };
        ssize_t n = read(file, tm_buf_reserve(out, PIECE), PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return strerror(errno);
        if (n == 0)
            break;
        out->n += (size_t)n;
        if (out->n > most)
            return "it is too large";
    }
    if (S_ISREG(before.st_mode) && (fstat(file, &after) || !same_file(&before, &after)))
        return "it changed while it was read";
    return NULL;
}

/* A file that is open while it is read. */
typedef struct open_file {
    int file;
    tm_arena *arena;
    size_t most;
    tm_buf *out;
    const char *error;
} open_file;

static void read_open(void *argument)
{
    open_file *f = argument;
    f->error = read_all(f->file, f->arena, f->most, f->out);
}

static void close_open(void *argument)
{
    close(((open_file *)argument)->file);
}

/* The same of a file by its path. */
static const char *read_path(const char *path, tm_arena *arena, size_t most, tm_buf *out)
{
    open_file f = {
        .file = open(path, O_RDONLY | O_CLOEXEC), .arena = arena, .most = most, .out = out};
    if (f.file < 0)
        return strerror(errno);
    tm_arena_finally(arena, read_open, close_open, &f);
    return f.error;
}

static bool read_file(void *owner, tm_arena *arena, tm_text path, size_t most, tm_text *bytes,
                      tm_text *why)
{
    (void)owner;
    tm_buf out;
    const char *error = read_path(tm_arena_copy(arena, path).p, arena, most, &out);
    if (error) {
        *why = tm_arena_copy(arena, tm_text_of(error));
        return false;
    }
    *bytes = tm_buf_text(&out);
    return true;
}

tm_config_world tm_config_os(void)
{
    return (tm_config_world){.env = read_env, .read = read_file};
}
