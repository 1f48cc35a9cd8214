/* Release: gives back what rules made on their way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"

enum { ASIDE_KEPT_BYTES = 256 << 10 };

/* A buffer outside of the arenas. */
struct tm_aside {
    const tm_heap *heap;
    char *p;
    size_t room;
};

static uint32_t opened(const tm_vm *vm)
{
    return vm->item[TM_EVENT] ? vm->item[TM_EVENT]->opened : 0;
}

tm_vm_mark tm_vm_save(const tm_vm *vm)
{
    return (tm_vm_mark){tm_arena_save(vm->arena), vm->held, opened(vm)};
}

/* Not while items open their maps in the same arena. */
static bool can_release(const tm_vm *vm, const tm_vm_mark *mark)
{
    return vm->arena != vm->keep && vm->held == mark->held;
}

static size_t made_since(const tm_vm *vm, const tm_vm_mark *mark)
{
    return tm_arena_used(vm->arena) - mark->arena.used;
}

bool tm_vm_release(tm_vm *vm, const tm_vm_mark *mark, size_t least_bytes)
{
    if (!can_release(vm, mark))
        return false;
    if (made_since(vm, mark) >= least_bytes)
        tm_arena_restore(vm->arena, mark->arena);
    return true;
}

bool tm_vm_release_step(tm_vm *vm, const tm_vm_mark *mark, size_t least_bytes)
{
    return opened(vm) == mark->opened && tm_vm_release(vm, mark, least_bytes);
}

static void drop_aside(void *what)
{
    struct tm_aside *aside = what;
    tm_heap_free(aside->heap, aside->p);
    aside->p = NULL;
    aside->room = 0;
}

static struct tm_aside *aside_of(tm_vm *vm, size_t bytes)
{
    if (!vm->aside) {
        vm->aside = TM_NEW(vm->own, struct tm_aside);
        vm->aside->heap = tm_arena_heap(vm->own);
        tm_arena_cleanup(vm->own, drop_aside, vm->aside);
    }
    struct tm_aside *aside = vm->aside;
    if (bytes <= aside->room)
        return aside;
    drop_aside(aside);
    aside->p = tm_heap_alloc(aside->heap, bytes);
    if (!aside->p)
        tm_arena_out_of_memory(vm->own);
    aside->room = bytes;
    return aside;
}

void tm_vm_release_much_but(tm_vm *vm, const tm_vm_mark *mark, tm_value *value)
{
    const bool is_text = value->type == TM_STRING || value->type == TM_BYTES;
    const size_t made = made_since(vm, mark);
    if ((is_text && made / 4 < value->n) || (!is_text && value->type > TM_DOUBLE) ||
        opened(vm) != mark->opened || !can_release(vm, mark))
        return;
    if (!is_text || !value->n) {
        tm_arena_restore(vm->arena, mark->arena);
        if (is_text)
            value->p = "";
        return;
    }
    struct tm_aside *aside = aside_of(vm, value->n);
    memcpy(aside->p, value->p, value->n);
    tm_arena_restore(vm->arena, mark->arena);
    char *p = tm_arena_alloc(vm->arena, value->n);
    memcpy(p, aside->p, value->n);
    value->p = p;
    if (aside->room > ASIDE_KEPT_BYTES)
        drop_aside(aside);
}
