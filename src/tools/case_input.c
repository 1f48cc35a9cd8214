/* Case input: a recording to requests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_input.h"

#include "recording/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct input {
    tm_arena *arena;
    int fd;
    tm_texts *requests;
    tm_text why; /* p NULL: nothing is wrong so far */
    tm_recording *recording;
    tm_block block;
    tm_unit_reader reader;
} input;

void tm_case_input_add(tm_arena *arena, tm_texts *requests, tm_text request)
{
    requests->items =
        tm_arena_grow(arena, requests->items, requests->count * sizeof *requests->items,
                      (requests->count + 1) * sizeof *requests->items);
    requests->items[requests->count++] = request;
}

static bool read_some(void *owner, char *at, size_t room, size_t *n)
{
    const input *in = owner;
    ssize_t got;
    do
        got = read(in->fd, at, room);
    while (got < 0 && errno == EINTR);
    *n = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

static void wrong(input *in, uint64_t position, tm_text what)
{
    if (!in->why.p)
        in->why = tm_arena_print(in->arena, "byte %llu: %.*s", (unsigned long long)position,
                                 TM_PRI(what));
}

static void tell(void *owner, uint64_t position, const char *what)
{
    wrong(owner, position, tm_text_of(what));
}

static void read_all(void *argument)
{
    input *in = argument;
    while (tm_recording_next(in->recording, &in->block))
        for (size_t i = 0; i < in->block.units; i++) {
            const tm_unit *unit = &in->block.unit[i];
            tm_text request, error;
            if (tm_unit_read(&in->reader, &in->block, unit, &request, &error))
                tm_case_input_add(in->arena, in->requests, tm_arena_copy(in->arena, request));
            else
                wrong(in, unit->position, error);
        }
}

static void close_all(void *argument)
{
    input *in = argument;
    tm_recording_free(in->recording);
    tm_unit_reader_free(&in->reader);
    tm_bytes_free(&in->block.bytes);
    close(in->fd);
}

bool tm_case_input_read(tm_arena *arena, tm_text path, tm_texts *requests, tm_text *why)
{
    struct stat s;
    input *in = TM_NEW(arena, input);
    in->arena = arena;
    in->requests = requests;
    in->fd = open(tm_arena_copy(arena, path).p, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0) {
        *why = tm_text_of(strerror(errno));
        return false;
    }
    if (fstat(in->fd, &s) == 0 && S_ISDIR(s.st_mode))
        in->why = tm_text_of(strerror(EISDIR));
    in->recording = tm_recording_new(NULL, read_some, tell, in);
    if (!tm_unit_reader_init(&in->reader, NULL, arena) || !in->recording)
        in->why = TM_TEXT("out of memory");
    if (in->why.p)
        close_all(in);
    else
        tm_arena_finally(arena, read_all, close_all, in);
    *why = in->why;
    return !in->why.p;
}
