/* Input: files and stdin as recordings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/input.h"

#include "tools/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_stdin(tm_text name)
{
    return tm_text_is(name, "-");
}

static uint64_t total_bytes(const tm_texts *names)
{
    uint64_t total = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct stat s;
        int bad = is_stdin(names->items[i]) ? fstat(STDIN_FILENO, &s) : stat(names->items[i].p, &s);
        if (bad || !S_ISREG(s.st_mode))
            return 0;
        total += (uint64_t)s.st_size;
    }
    return total;
}

void tm_input_open_names(tm_input *in, const tm_texts *names)
{
    *in = (tm_input){.names = *names, .fd = -1};
    in->total_bytes = total_bytes(&in->names);
}

tm_texts tm_input_names(const tm_arguments *arguments)
{
    tm_texts names = *tm_arguments_list(arguments, "input");
    if (!names.count) {
        tm_text *name = TM_NEW(arguments->arena, tm_text);
        *name = TM_TEXT("-");
        if (isatty(STDIN_FILENO))
            tm_complain("spans are read from the terminal: -i names a recording");
        names = (tm_texts){name, 1};
    }
    return names;
}

void tm_input_open(tm_input *in, const tm_arguments *arguments)
{
    const tm_texts names = tm_input_names(arguments);
    tm_input_open_names(in, &names);
}

static void close_one(tm_input *in)
{
    if (in->recording)
        in->before += tm_recording_taken(in->recording);
    tm_recording_free(in->recording);
    in->recording = NULL;
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    in->fd = -1;
}

void tm_input_close(tm_input *in)
{
    close_one(in);
}

uint64_t tm_input_taken(const tm_input *in)
{
    return in->before + (in->recording ? tm_recording_taken(in->recording) : 0);
}

bool tm_input_would_wait(const tm_input *in)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    return in->recording && poll(&p, 1, 0) == 0;
}

static bool read_some(void *owner, char *at, size_t room, size_t *n)
{
    tm_input *in = owner;
    ssize_t got;
    do
        got = read(in->fd, at, room);
    while (got < 0 && errno == EINTR);
    in->failed = got < 0 ? errno : 0;
    *n = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

bool tm_input_tell(const char *name, uint64_t position, tm_text what)
{
    return tm_complain("%s: byte %llu: %.*s", name, (unsigned long long)position, TM_PRI(what));
}

static void tell(void *owner, uint64_t position, const char *what)
{
    tm_input *in = owner;
    in->fault = true;
    if (in->failed)
        tm_complain("%s: byte %llu: %s: %s", in->name, (unsigned long long)position, what,
                    strerror(in->failed));
    else
        tm_input_tell(in->name, position, tm_text_of(what));
}

static bool cannot_read(tm_input *in, int error)
{
    close_one(in);
    in->fault = true;
    return tm_complain("cannot read %s: %s", in->name, strerror(error));
}

static bool open_next(tm_input *in)
{
    tm_text name = in->names.items[in->next++];
    struct stat s;
    in->failed = 0;
    in->name = is_stdin(name) ? "stdin" : name.p;
    in->fd = is_stdin(name) ? STDIN_FILENO : open(name.p, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return cannot_read(in, errno);
    if (fstat(in->fd, &s) == 0 && S_ISDIR(s.st_mode))
        return cannot_read(in, EISDIR);
    in->recording = tm_recording_new(NULL, read_some, tell, in);
    return in->recording || cannot_read(in, ENOMEM);
}

bool tm_input_next(tm_input *in, tm_block *block)
{
    for (;;) {
        if (in->recording && tm_recording_next(in->recording, block))
            return true;
        close_one(in);
        if (in->next == in->names.count)
            return false;
        open_next(in);
    }
}
