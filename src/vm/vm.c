/* VM: what stands around the loop.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"

#include "base/clock.h"
#include "vm/interpret.h"

#include <assert.h>

enum { TM_REGISTERS_FIRST = 64, LAMBDA_STEPS = 4 };

/* Registers are not cleared: the verifier has seen that each is written before it is read. */
static void make_registers(tm_vm *vm, unsigned room)
{
    vm->r = tm_arena_alloc(vm->own, room * sizeof *vm->r);
    vm->registers_room = room;
}

/* One secret for all arenas of the VM. Where the system has no randomness, places in memory, which
 * it chooses at random, must do. */
static void take_secret(const tm_vm *vm)
{
    tm_secret secret;
    if (!vm->clock)
        return;
    if (!vm->clock->random || !tm_clock_random(vm->clock, &secret, sizeof secret))
        secret = (tm_secret){{(uintptr_t)vm->own * 0x9e3779b97f4a7c15, (uintptr_t)&secret}};
    tm_arena_set_secret(vm->arena, secret);
    tm_arena_set_secret(vm->own, secret);
}

void tm_vm_init(tm_vm *vm, tm_arena *own, tm_arena *request, const struct tm_clock *clock)
{
    *vm = (tm_vm){.arena = request, .keep = request, .own = own, .clock = clock};
    vm->matcher = tm_matcher_new(own);
    take_secret(vm);
    vm->work = TM_NEW(own, tm_work);
    tm_matcher_set_work(vm->matcher, vm->work);
    make_registers(vm, TM_REGISTERS_FIRST);
}

bool tm_vm_random(tm_vm *vm, void *bytes, size_t n)
{
    assert(n <= sizeof vm->random);
    if (vm->randoms < n && !tm_clock_random(vm->clock, vm->random, sizeof vm->random))
        return false;
    if (vm->randoms < n)
        vm->randoms = sizeof vm->random;
    uint8_t *at = vm->random + sizeof vm->random - vm->randoms;
    memcpy(bytes, at, n);
    memset(at, 0, n);
    vm->randoms -= (unsigned)n;
    return true;
}

bool tm_vm_fail(tm_vm *vm, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vm->error = tm_arena_vprint(vm->arena, format, args);
    va_end(args);
    return false;
}

bool tm_vm_spent(tm_vm *vm)
{
    return tm_vm_fail(vm, TM_SPENT);
}

static inline bool run(tm_vm *vm, uint32_t entry, tm_value *result)
{
    return vm->trace ? tm_trace_from(vm, entry, result) : tm_run_from(vm, entry, result);
}

static inline bool run_program(tm_vm *vm, const tm_program *program, tm_value *result)
{
    vm->program = program;
    vm->matched = false;
    vm->depth = 0;
    return run(vm, 0, result);
}

/* Apart, so that the way there of all other programs saves no registers. */
static __attribute__((noinline)) bool run_in_more(tm_vm *vm, const tm_program *program,
                                                  tm_value *result)
{
    make_registers(vm, program->registers * 2u);
    return run_program(vm, program, result);
}

bool tm_vm_run(tm_vm *vm, const tm_program *program, tm_value *result)
{
    if (program->registers > vm->registers_room)
        return run_in_more(vm, program, result);
    return run_program(vm, program, result);
}

bool tm_vm_call_lambda(tm_vm *vm, uint32_t index, const tm_value *args, unsigned n,
                       tm_value *result)
{
    assert(index < vm->program->lambdas);
    const tm_lambda *lambda = &vm->program->lambda[index];
    if (n != lambda->parameters)
        return tm_vm_fail(vm, "the lambda takes %u arguments, not %u", lambda->parameters, n);
    if (vm->depth == TM_LAMBDA_DEPTH_MOST)
        return tm_vm_fail(vm, "lambdas are nested more than %d deep", TM_LAMBDA_DEPTH_MOST);
    if (!tm_vm_charge(vm, LAMBDA_STEPS))
        return false;
    /* Work: parameters of the rule */
    for (unsigned i = 0; i < n; i++)
        tm_run_copy(&vm->r[lambda->first + i], &args[i]);
    vm->depth++;
    bool done = run(vm, lambda->entry, result);
    vm->depth--;
    return done;
}
