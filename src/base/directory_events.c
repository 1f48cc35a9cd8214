/* Directory events: inotify.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/directory_events.h"

#include <sys/inotify.h>
#include <unistd.h>

enum {
    LOST = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT,
    WHOLE = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE,
    WRITING = IN_MODIFY | IN_CREATE,
    WANTED = WHOLE | WRITING | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
};

int tm_directory_events_open(void)
{
    return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

int tm_directory_events_add(int fd, const char *path)
{
    return inotify_add_watch(fd, path, WANTED);
}

void tm_directory_events_remove(int fd, int directory)
{
    inotify_rm_watch(fd, directory);
}

static tm_directory_event_kind kind_of(uint32_t mask)
{
    if (mask & IN_Q_OVERFLOW)
        return TM_EVENTS_LOST;
    if (mask & LOST)
        return TM_DIRECTORY_LOST;
    if (mask & WRITING && !(mask & IN_ISDIR))
        return TM_ENTRY_WRITING;
    return mask & WHOLE ? TM_ENTRY_WHOLE : TM_ENTRY_TOUCHED;
}

bool tm_directory_events_read(int fd, void (*fn)(void *owner, const tm_directory_event *event),
                              void *owner)
{
    _Alignas(struct inotify_event) char room[16384];
    bool any = false;
    for (ssize_t n; (n = read(fd, room, sizeof room)) > 0; any = true)
        for (ssize_t at = 0; fn && at < n;) {
            const struct inotify_event *e = (const void *)(room + at);
            fn(owner, &(tm_directory_event){.kind = kind_of(e->mask),
                                            .directory = e->wd,
                                            .name = e->len ? tm_text_of(e->name) : TM_TEXT("")});
            at += (ssize_t)(sizeof *e + e->len);
        }
    return any;
}
