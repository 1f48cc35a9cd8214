/* Arena: blocks in a list, a bump pointer in the newest.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <setjmp.h> /* nowhere else: tools/layers */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

/* Under the address sanitizer, bytes of a block that are not handed out are poisoned. */
#if TM_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { TM_ARENA_ALIGN = 16, TM_ARENA_FIRST_BYTES = 4096, TM_ARENA_MOST_BYTES = 1 << 20 };

typedef struct tm_arena_block {
    struct tm_arena_block *older;
    size_t size;
    alignas(TM_ARENA_ALIGN) char bytes[];
} tm_arena_block;

typedef struct tm_arena_cleaner {
    struct tm_arena_cleaner *older;
    void (*clean)(void *what);
    void *what;
} tm_arena_cleaner;

struct tm_arena {
    const tm_heap *heap;
    tm_arena_block *newest;
    tm_arena_block *spare; /* kept by a restore for the next block, or NULL */
    size_t at;             /* bytes of newest that are taken */
    size_t used;
    const char *left; /* where room was left last, or NULL */
    size_t left_room;
    tm_quota *quota; /* that its blocks count for, or NULL */
    tm_arena_cleaner *cleaners;
    jmp_buf *escape;   /* of the innermost tm_arena_try; NULL: none */
    tm_arena *follows; /* whose escape counts instead; NULL: its own */
    tm_secret secret;
    bool has_secret;
    tm_arena *keeper; /* or NULL */
};

tm_arena *tm_arena_new(const tm_heap *heap)
{
    tm_arena *arena = tm_heap_alloc(heap, sizeof *arena);
    if (arena)
        *arena = (tm_arena){.heap = heap};
    return arena;
}

static void run_cleaners(tm_arena *arena, const tm_arena_cleaner *end)
{
    while (arena->cleaners != end) {
        const tm_arena_cleaner *c = arena->cleaners;
        arena->cleaners = c->older;
        c->clean(c->what);
    }
}

static void free_blocks(tm_arena *arena, tm_arena_block *block)
{
    while (block) {
        tm_arena_block *older = block->older;
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size); /* the heap may look at it */
        if (arena->quota)
            arena->quota->held -= block->size;
        tm_heap_free(arena->heap, block);
        block = older;
    }
}

void tm_arena_free(tm_arena *arena)
{
    if (!arena)
        return;
    run_cleaners(arena, NULL);
    free_blocks(arena, arena->newest);
    free_blocks(arena, arena->spare);
    tm_heap_free(arena->heap, arena);
}

static tm_arena_block *take_spare(tm_arena *arena)
{
    tm_arena_block *spare = arena->spare;
    arena->spare = NULL;
    return spare;
}

static void push_block(tm_arena *arena, tm_arena_block *block)
{
    ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
    block->older = arena->newest;
    arena->newest = block;
    arena->at = 0;
}

void tm_arena_reset(tm_arena *arena)
{
    run_cleaners(arena, NULL);
    arena->left = NULL;
    arena->used = 0;
    arena->at = 0;
    if (arena->spare)
        push_block(arena, take_spare(arena));
    if (!arena->newest)
        return;
    tm_arena_block **largest = &arena->newest;
    for (tm_arena_block **b = &arena->newest; *b; b = &(*b)->older)
        if ((*b)->size > (*largest)->size)
            largest = b;
    tm_arena_block *kept = *largest;
    *largest = kept->older;
    free_blocks(arena, arena->newest);
    kept->older = NULL;
    arena->newest = kept;
    if (kept->size > TM_ARENA_MOST_BYTES) {
        free_blocks(arena, kept);
        arena->newest = NULL;
        return;
    }
    ASAN_POISON_MEMORY_REGION(kept->bytes, kept->size);
}

static tm_arena *leader_of(tm_arena *arena)
{
    while (arena->follows)
        arena = arena->follows;
    return arena;
}

bool tm_arena_try(tm_arena *arena, void (*fn)(void *argument), void *argument)
{
    tm_arena *leader = leader_of(arena);
    jmp_buf escape, *before = leader->escape;
    if (setjmp(escape)) {
        leader->escape = before;
        return false;
    }
    leader->escape = &escape;
    fn(argument);
    leader->escape = before;
    return true;
}

void tm_arena_finally(tm_arena *arena, void (*fn)(void *argument), void (*then)(void *argument),
                      void *argument)
{
    bool done = tm_arena_try(arena, fn, argument);
    then(argument);
    if (!done)
        tm_arena_out_of_memory(arena);
}

void tm_arena_follow(tm_arena *arena, tm_arena *of)
{
    arena->follows = of;
}

_Noreturn void tm_arena_out_of_memory(tm_arena *arena)
{
    tm_arena *leader = leader_of(arena);
    if (leader->escape)
        longjmp(*leader->escape, 1);
    fputs("tamis: out of memory\n", stderr);
    abort();
}

/* One more block: what if there are too many? */
static void count_block(tm_arena *arena, size_t size)
{
    tm_quota *q = arena->quota;
    if (!q->most || q->held + size <= q->most)
        return;
    q->over = true;
    if (q->work)
        tm_work_end(q->work);
    if (q->held + size > 2 * q->most)
        tm_arena_out_of_memory(arena);
}

/* A block that holds at least `size` bytes, twice as large as the one before it up to a limit, so
 * that a request of any size needs few of them. */
static void add_block(tm_arena *arena, size_t size)
{
    if (arena->spare && arena->spare->size >= size) {
        push_block(arena, take_spare(arena));
        return;
    }
    size_t want = arena->newest ? arena->newest->size * 2 : TM_ARENA_FIRST_BYTES;
    if (want > TM_ARENA_MOST_BYTES)
        want = TM_ARENA_MOST_BYTES;
    if (want < size)
        want = size;
    if (want > SIZE_MAX - sizeof(tm_arena_block))
        tm_arena_out_of_memory(arena);
    if (arena->quota)
        count_block(arena, want);
    tm_arena_block *block = tm_heap_alloc(arena->heap, sizeof *block + want);
    if (!block)
        tm_arena_out_of_memory(arena);
    block->size = want;
    if (arena->quota)
        arena->quota->held += want;
    push_block(arena, block);
}

void *tm_arena_alloc(tm_arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX - TM_ARENA_ALIGN)
        tm_arena_out_of_memory(arena);
    size_t size = (size_bytes + TM_ARENA_ALIGN - 1) & ~(size_t)(TM_ARENA_ALIGN - 1);
    if (size == 0)
        size = TM_ARENA_ALIGN;
    if (!arena->newest || arena->newest->size - arena->at < size)
        add_block(arena, size);
    char *p = arena->newest->bytes + arena->at;
    ASAN_UNPOISON_MEMORY_REGION(p, size_bytes);
    arena->at += size;
    arena->used += size;
    return p;
}

void *tm_arena_zero(tm_arena *arena, size_t count, size_t size_bytes)
{
    if (size_bytes && count > SIZE_MAX / size_bytes)
        tm_arena_out_of_memory(arena);
    void *p = tm_arena_alloc(arena, count * size_bytes);
    memset(p, 0, count * size_bytes);
    return p;
}

void *tm_arena_grow(tm_arena *arena, void *block, size_t old_bytes, size_t new_bytes)
{
    assert(new_bytes >= old_bytes);
    size_t old_size = (old_bytes + TM_ARENA_ALIGN - 1) & ~(size_t)(TM_ARENA_ALIGN - 1);
    size_t new_size = (new_bytes + TM_ARENA_ALIGN - 1) & ~(size_t)(TM_ARENA_ALIGN - 1);
    tm_arena_block *newest = arena->newest;
    bool last = block && newest && old_size && arena->at >= old_size &&
                (char *)block == newest->bytes + (arena->at - old_size);
    if (last && new_size >= old_size && newest->size - arena->at >= new_size - old_size) {
        arena->at += new_size - old_size;
        arena->used += new_size - old_size;
        ASAN_UNPOISON_MEMORY_REGION(block, new_bytes);
        return block;
    }
    void *p = tm_arena_alloc(arena, new_bytes);
    if (old_bytes)
        memcpy(p, block, old_bytes);
    return p;
}

tm_text tm_arena_copy(tm_arena *arena, tm_text text)
{
    char *p = tm_arena_alloc(arena, text.n + 1);
    if (text.n)
        memcpy(p, text.p, text.n);
    p[text.n] = 0;
    return tm_text_slice(p, text.n);
}

tm_text tm_arena_join(tm_arena *arena, tm_text a, tm_text b)
{
    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? b : a;
    char *p = tm_arena_alloc(arena, a.n + b.n);
    memcpy(p, a.p, a.n);
    memcpy(p + a.n, b.p, b.n);
    return tm_text_slice(p, a.n + b.n);
}

void tm_arena_leave(tm_arena *arena, const char *end, size_t room)
{
    arena->left = end;
    arena->left_room = room;
}

size_t tm_arena_take_over(tm_arena *arena, const char *end)
{
    if (!arena->left || end != arena->left)
        return 0;
    arena->left = NULL;
    return arena->left_room;
}

tm_text tm_arena_vprint(tm_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(n >= 0);
    char *p = tm_arena_alloc(arena, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, args);
    return tm_text_slice(p, (size_t)n);
}

tm_text tm_arena_print(tm_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tm_text t = tm_arena_vprint(arena, format, args);
    va_end(args);
    return t;
}

void tm_arena_cleanup(tm_arena *arena, void (*clean)(void *what), void *what)
{
    tm_arena_cleaner *c = tm_arena_alloc(arena, sizeof *c);
    *c = (tm_arena_cleaner){.older = arena->cleaners, .clean = clean, .what = what};
    arena->cleaners = c;
}

const tm_heap *tm_arena_heap(const tm_arena *arena)
{
    return arena->heap;
}

const tm_secret *tm_arena_secret(const tm_arena *arena)
{
    if (arena->keeper)
        return tm_arena_secret(arena->keeper);
    return arena->has_secret ? &arena->secret : NULL;
}

void tm_arena_set_secret(tm_arena *arena, tm_secret secret)
{
    arena->secret = secret;
    arena->has_secret = true;
}

tm_arena *tm_arena_keeper(tm_arena *arena)
{
    return arena->keeper ? arena->keeper : arena;
}

void tm_arena_set_keeper(tm_arena *arena, tm_arena *keeper)
{
    arena->keeper = keeper;
}

void tm_arena_share(tm_arena *arena, tm_quota *quota)
{
    arena->quota = quota;
    for (const tm_arena_block *b = arena->newest; b; b = b->older)
        quota->held += b->size;
    if (arena->spare)
        quota->held += arena->spare->size;
}

tm_arena_mark tm_arena_save(const tm_arena *arena)
{
    return (tm_arena_mark){arena->newest, arena->cleaners, arena->at, arena->used};
}

/* The largest block that goes stays for the next one that is needed, so that what saves and
 * restores again and again asks the heap for nothing. */
static __attribute__((noinline)) void restore_blocks(tm_arena *arena, const tm_arena_block *to)
{
    while (arena->newest != to) {
        tm_arena_block *block = arena->newest;
        arena->newest = block->older;
        block->older = NULL;
        if (arena->spare && arena->spare->size >= block->size) {
            free_blocks(arena, block);
        } else {
            free_blocks(arena, arena->spare);
            arena->spare = block;
            ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
        }
    }
}

void tm_arena_restore(tm_arena *arena, tm_arena_mark mark)
{
    if (arena->cleaners != mark.cleaner)
        run_cleaners(arena, mark.cleaner);
    if (arena->newest != mark.block)
        restore_blocks(arena, mark.block);
    arena->left = NULL; /* it may lie in what is taken back */
    arena->at = mark.at;
    arena->used = mark.used;
    if (arena->newest)
        ASAN_POISON_MEMORY_REGION(arena->newest->bytes + mark.at, arena->newest->size - mark.at);
}

size_t tm_arena_used(const tm_arena *arena)
{
    return arena->used;
}
