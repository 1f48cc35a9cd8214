/* File watch, places: entries of directories, and what inotify says of them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DAEMON_FILE_WATCH_PLACES_H
#define TM_DAEMON_FILE_WATCH_PLACES_H

#include "config/seen.h"

/* An entry of a directory that is watched. */
typedef struct tm_watched_place {
    int wd; /* of the directory */
    tm_text name;
    bool is_pattern;
    bool writing; /* somebody has it open, and has written to it */
} tm_watched_place;

typedef struct tm_watched_places {
    int fd; /* of inotify; -1: none */
    unsigned most_directories;
    tm_arena *arena; /* of the places; NULL: there are none */
    tm_watched_place *place;
    size_t count, room;
    int *wd; /* of the directories, each once */
    size_t directories, directory_room;
} tm_watched_places;

typedef enum tm_place_change {
    TM_PLACE_SAME,
    TM_PLACE_WRITTEN, /* some are being written, and may not be whole yet */
    TM_PLACE_CHANGED
} tm_place_change;

/* most_directories: 0: as many as the kernel allows. */
void tm_watched_places_init(tm_watched_places *places, unsigned most_directories);
void tm_watched_places_drop(tm_watched_places *places);

/* Watches the places of what was seen (NULL: none) and no others. False, and *why says why, when
 * the kernel does not tell of all of them. */
bool tm_watched_places_set(tm_watched_places *places, const tm_seen *seen, const char **why);

/* Readable when something has happened; -1: it never will. */
int tm_watched_places_fd(const tm_watched_places *places);

/* Reads what has happened to any place. */
tm_place_change tm_watched_places_read(tm_watched_places *places);

#endif
