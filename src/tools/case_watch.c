/* Case watch: inotify where there is some, else a look twice a second.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_watch.h"

#include "base/directory_events.h"
#include "tools/case_files.h"
#include "tools/complain.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    QUIET_MS = 20,   /* an editor writes, renames and sets times in less */
    QUIET_MOST = 50, /* so many times; then it is looked at all the same */
    LOOK_MS = 500,   /* without inotify */
    LOOK_ANYWAY_MS =
        2000, /* with it: what links lead to, and network file systems, it does not tell of */
    GRAIN_NS = 20000000 /* of the times that file systems keep */
};

/* ---- states ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = mix(h, (unsigned char)*text);
    return h;
}

/* Of the names in it that are of interest, whatever their order. */
static uint64_t print_of_directory(const char *path)
{
    DIR *directory = opendir(path);
    uint64_t sum = 1;
    if (!directory)
        return 0;
    for (const struct dirent *e; (e = readdir(directory)) != NULL;)
        if (tm_case_files_is_wanted(tm_text_of(e->d_name)) ||
            (e->d_type == DT_DIR && e->d_name[0] != '.'))
            sum += mix_text(2, e->d_name);
    closedir(directory);
    return sum;
}

static uint64_t print_of_file(const char *path, uint64_t *written_ns)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return 0;
    *written_ns = (uint64_t)s.st_mtim.tv_sec * 1000000000u + (uint64_t)s.st_mtim.tv_nsec;
    return mix(mix(mix(mix(3, (uint64_t)s.st_ino), (uint64_t)s.st_size), *written_ns),
               (uint64_t)s.st_mode) |
           1;
}

static uint64_t print_of(const tm_case_state *state, uint64_t *written_ns)
{
    *written_ns = 0;
    return state->directory ? print_of_directory(state->path.p)
                            : print_of_file(state->path.p, written_ns);
}

/* ---- watching -------------------------------------------------------------------------------- */

void tm_case_watch_open(tm_case_watch *w)
{
    *w = (tm_case_watch){.arena = tm_arena_new(NULL), .fd = -1};
}

static void close_inotify(tm_case_watch *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

void tm_case_watch_close(tm_case_watch *w)
{
    close_inotify(w);
    tm_arena_free(w->arena);
}

static void look_instead(tm_case_watch *w)
{
    const char *why = strerror(errno);
    close_inotify(w);
    if (!w->told)
        tm_complain("inotify is not to be had (%s): files are looked at twice a second", why);
    w->told = true;
}

/* The directory, or the nearest one above it that is there. */
static void watch_directory(tm_case_watch *w, tm_text path)
{
    while (w->fd >= 0 && tm_directory_events_add(w->fd, path.p) < 0) {
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
            look_instead(w);
            return;
        }
        if (tm_text_is(path, ".") || tm_text_is(path, "/"))
            return;
        path = tm_case_path_directory(w->arena, path);
    }
}

static void add(tm_case_watch *w, tm_text path, bool directory)
{
    uint64_t written_ns;
    for (size_t i = 0; i < w->count; i++)
        if (w->state[i].directory == directory && tm_text_equal(w->state[i].path, path))
            return;
    if (w->count == w->room) {
        const size_t room = 2 * w->room + 16;
        w->state =
            tm_arena_grow(w->arena, w->state, w->count * sizeof *w->state, room * sizeof *w->state);
        w->room = room;
    }
    tm_case_state *s = &w->state[w->count++];
    *s = (tm_case_state){.path = tm_arena_copy(w->arena, path), .directory = directory};
    if (directory)
        watch_directory(w, s->path);
    s->print = print_of(s, &written_ns);
    if (written_ns > w->latest_ns)
        w->latest_ns = written_ns;
}

bool tm_case_watch_set(tm_case_watch *w, const tm_texts *files, const tm_texts *directories,
                       uint64_t began_ns)
{
    close_inotify(w);
    tm_arena_reset(w->arena);
    w->state = NULL;
    w->count = w->room = 0;
    w->latest_ns = 0;
    w->fd = w->told ? -1 : tm_directory_events_open();
    if (w->fd < 0 && !w->told)
        look_instead(w);
    for (size_t i = 0; i < directories->count; i++)
        add(w, directories->items[i], true);
    for (size_t i = 0; i < files->count; i++) {
        add(w, tm_case_path_directory(w->arena, files->items[i]), true);
        add(w, files->items[i], false);
    }
    return !w->latest_ns || w->latest_ns + GRAIN_NS < began_ns;
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* Until something may have happened, and then no more for a moment. */
static void wait_for_events(const tm_case_watch *w)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};
    if (w->fd < 0) {
        poll(NULL, 0, LOOK_MS);
        return;
    }
    poll(&p, 1, LOOK_ANYWAY_MS);
    tm_directory_events_read(w->fd, NULL, NULL);
    for (unsigned i = 0; i < QUIET_MOST && poll(&p, 1, QUIET_MS) > 0; i++)
        tm_directory_events_read(w->fd, NULL, NULL);
}

static const tm_case_state *changed(const tm_case_watch *w)
{
    uint64_t written_ns;
    for (size_t i = 0; i < w->count; i++)
        if (print_of(&w->state[i], &written_ns) != w->state[i].print)
            return &w->state[i];
    return NULL;
}

tm_text tm_case_watch_wait(tm_case_watch *w)
{
    const tm_case_state *s;
    while (!(s = changed(w)))
        wait_for_events(w);
    return s->path;
}
