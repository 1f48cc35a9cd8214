/* Arena: memory that is freed all at once, with an owner that you can name.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BASE_ARENA_H
#define TM_BASE_ARENA_H

#include "base/hash.h"
#include "base/work.h"

#include <stdarg.h>

typedef struct tm_arena tm_arena;

/* Every heap block of the project comes from here, so that tests can count allocations and let the
 * n-th one fail. NULL means malloc, realloc and free of libc. */
typedef struct tm_heap {
    void *(*alloc)(void *owner, size_t size_bytes);
    void *(*grow)(void *owner, void *block, size_t size_bytes);
    void (*drop)(void *owner, void *block);
    void *owner;
} tm_heap;

void *tm_heap_alloc(const tm_heap *heap, size_t size_bytes); /* NULL when out of memory */
void *tm_heap_grow(const tm_heap *heap, void *block,
                   size_t size_bytes); /* NULL: block is still valid */
void tm_heap_free(const tm_heap *heap, void *block);

/* A new arena that takes blocks from `heap` (NULL: libc). NULL when out of memory. */
tm_arena *tm_arena_new(const tm_heap *heap);

/* Runs the registered cleanups, last first, then gives every block back. NULL is fine. */
void tm_arena_free(tm_arena *arena);

/* Runs the cleanups and forgets everything allocated, but keeps the largest block for what comes
 * next, so that a warm arena asks the heap for nothing; one of more than 1 MiB is given back. */
void tm_arena_reset(tm_arena *arena);

/* Runs fn(argument). False: an allocation from the arena, or from one that follows it, failed; what
 * ran was left there, without coming back to its callers, so nothing else may wait for them. The
 * public call that owns an arena does its work so; calls may be nested. Out of memory outside of
 * any call aborts, which only tests and main may let happen.
 *
 * fn may leave results in what `argument` points to, never in variables that it does not reach. */
bool tm_arena_try(tm_arena *arena, void (*fn)(void *argument), void *argument);

/* Runs fn(argument), then then(argument), which closes what fn may have left open, and lets out of
 * memory go on to the call around. */
void tm_arena_finally(tm_arena *arena, void (*fn)(void *argument), void (*then)(void *argument),
                      void *argument);

/* From now on out of memory in `arena` leaves as it does in `of`, which is to live as long as that
 * holds. NULL: by itself again. */
void tm_arena_follow(tm_arena *arena, tm_arena *of);

/* Leaves as an allocation that failed would. For foreign libraries that report out of memory on
 * their own. */
_Noreturn void tm_arena_out_of_memory(tm_arena *arena);

/* Never NULL. Aligned to 16 bytes, contents undefined. A size of 0 gives a unique pointer. */
void *tm_arena_alloc(tm_arena *arena, size_t size_bytes);

/* The same, zeroed; count * size_bytes that overflows is out of memory. */
void *tm_arena_zero(tm_arena *arena, size_t count, size_t size_bytes);

/* A larger block with the old contents; in place when `block` was the last one allocated. */
void *tm_arena_grow(tm_arena *arena, void *block, size_t old_bytes, size_t new_bytes);

/* A copy of the bytes, with a NUL behind them that the length does not count. */
tm_text tm_arena_copy(tm_arena *arena, tm_text text);

/* Both texts, one behind the other; the other one itself when one is empty. */
tm_text tm_arena_join(tm_arena *arena, tm_text a, tm_text b);

/* Room that was left behind a text, for a longer text that starts with it: who makes a text piece
 * by piece, each from the one before, then copies none. tm_arena_leave says that `room` bytes
 * behind `end` are nobody's; tm_arena_take_over gives the room behind `end` if that is where it was
 * left last (once: until it is left again there is none), else 0. */
void tm_arena_leave(tm_arena *arena, const char *end, size_t room);
size_t tm_arena_take_over(tm_arena *arena, const char *end);

/* printf into the arena; NUL-terminated. */
tm_text tm_arena_print(tm_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
tm_text tm_arena_vprint(tm_arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Calls clean(what) when the arena is reset or freed: for PCRE2 code and other foreign resources.
 */
void tm_arena_cleanup(tm_arena *arena, void (*clean)(void *what), void *what);

/* The heap the arena takes its blocks from (may be NULL: libc). */
const tm_heap *tm_arena_heap(const tm_arena *arena);

/* The secret of the hash tables that are built in the arena; it outlives resets. NULL: none was
 * set, and nothing that a client names may be hashed. */
const tm_secret *tm_arena_secret(const tm_arena *arena);
void tm_arena_set_secret(tm_arena *arena, tm_secret secret);

/* Where things belong that are made for what lives in the arena, but later than it and at any
 * moment, so that no restoring takes them back: an arena that is never restored and not reset
 * before this one, whose secret counts for this one too. Without one, the arena itself. */
tm_arena *tm_arena_keeper(tm_arena *arena);
void tm_arena_set_keeper(tm_arena *arena, tm_arena *keeper);

/* A moment in the life of an arena. Restoring it runs the cleanups registered since, last first,
 * and takes back what was allocated since, which nothing may use any more; what is older stays.
 * Marks are restored last first, and before the arena's next reset. */
typedef struct tm_arena_mark {
    void *block, *cleaner;
    size_t at, used;
} tm_arena_mark;
tm_arena_mark tm_arena_save(const tm_arena *arena);
void tm_arena_restore(tm_arena *arena, tm_arena_mark mark);

/* Bounds the bytes of the blocks that arenas take from the heap together. Above `most` (0: no
 * bound) the work is ended (tm_work_end), above twice as many it is as if memory ran out. */
typedef struct tm_quota {
    size_t held; /* bytes of their blocks */
    size_t most;
    bool over; /* there were more; its owner clears it */
    tm_work *work;
} tm_quota;

/* From now on the arena's blocks count, those that it has too; `quota` lives as long. Once. */
void tm_arena_share(tm_arena *arena, tm_quota *quota);

/* Bytes handed out since the last reset. */
size_t tm_arena_used(const tm_arena *arena);

/* Under the address sanitizer what was given back is poisoned, and is given back at once where it
 * else waits until it is worth it. */
#if defined(__SANITIZE_ADDRESS__)
#define TM_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TM_POISONS 1
#endif
#endif
#ifndef TM_POISONS
#define TM_POISONS 0
#endif

#define TM_NEW(arena, type) ((type *)tm_arena_zero((arena), 1, sizeof(type)))
#define TM_NEW_ARRAY(arena, count, type) ((type *)tm_arena_zero((arena), (count), sizeof(type)))

#endif
