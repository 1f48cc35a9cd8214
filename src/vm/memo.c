/* Memo: a table of rows, each where its call site or regex says.
 * Work: a few values a call, of which no more than 64 bytes each are read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/memo.h"

enum { ROWS = 64, ENTRY_BYTES = 16, SHORT_BYTES = 64 };

struct tm_memo {
    uint64_t epoch;
    tm_memo_row row[ROWS];
    tm_memo_row next; /* what is asked now, until it is kept */
};

void tm_memo_enable(tm_vm *vm, size_t least_bytes)
{
    vm->memo = TM_NEW(vm->own, struct tm_memo);
    vm->memo_least_bytes = least_bytes;
}

void tm_memo_forget(tm_vm *vm)
{
    vm->memo->epoch++;
}

/* How much there is to a value, but for what a list literal holds. */
static size_t weigh(tm_value v)
{
    switch ((tm_type)v.type) {
    case TM_STRING:
    case TM_BYTES:
        return v.n;
    case TM_MAP:
        return (size_t)v.map->n * ENTRY_BYTES;
    case TM_LIST:
        return (size_t)v.list->n * ENTRY_BYTES;
    default:
        return 0;
    }
}

static size_t weigh_all(const tm_value *value, unsigned n)
{
    size_t bytes = 0;
    /* Work: values of a call of the rule */
    for (unsigned i = 0; i < n; i++) {
        bytes += weigh(value[i]);
        if (value[i].type == TM_LIST && value[i].form == TM_LITERAL)
            bytes += weigh_all(value[i].list->item, value[i].list->n);
    }
    return bytes;
}

/* False: it cannot be told whether the value is the same as another. */
static bool add(tm_memo_row *row, tm_value v)
{
    if (row->values == TM_MEMO_VALUES || (v.type >= TM_EVENTS && v.type <= TM_STATUS) ||
        v.type == TM_TIME)
        return false;
    row->has_maps |= v.type == TM_MAP || v.type == TM_LIST;
    row->value[row->values++] = v;
    return true;
}

/* A list literal is made anew each time: its elements are what is asked. Of others the list itself
 * is. */
static bool add_list(tm_memo_row *row, tm_value v)
{
    if (v.form != TM_LITERAL)
        return add(row, v);
    bool told = add(row, (tm_value){.type = TM_LIST, .form = v.form, .integer = v.list->n});
    /* Work: elements of a literal list */
    for (uint32_t i = 0; i < v.list->n && told; i++)
        told = v.list->item[i].type != TM_LIST && add(row, v.list->item[i]);
    return told;
}

/* Short texts may lie elsewhere. */
static bool is_same_value(const tm_value *a, const tm_value *b)
{
    if (memcmp(a, b, sizeof *a) == 0)
        return true;
    return a->type == b->type && (a->type == TM_STRING || a->type == TM_BYTES) && a->n == b->n &&
           a->n <= SHORT_BYTES && memcmp(a->p, b->p, a->n) == 0;
}

static bool is_same(const tm_vm *vm, const tm_memo_row *kept, const tm_memo_row *next)
{
    if (kept->asked != next->asked || !kept->answered || kept->epoch != vm->memo->epoch ||
        kept->values != next->values || (kept->has_maps && kept->edits != vm->edits))
        return false;
    /* Work: values of a call of the rule */
    for (unsigned i = 0; i < next->values; i++)
        if (!is_same_value(&kept->value[i], &next->value[i]))
            return false;
    return true;
}

/* Of what short texts say, and of where the others lie. */
static uint64_t hash_of(const tm_memo_row *row)
{
    uint64_t h = (uint64_t)(uintptr_t)row->asked;
    /* Work: values of a call, at most SHORT_BYTES of each */
    for (unsigned i = 0; i < row->values; i++) {
        const tm_value *v = &row->value[i];
        const bool short_text =
            (v->type == TM_STRING || v->type == TM_BYTES) && v->n <= SHORT_BYTES;
        h = (h ^ v->type ^ (uint64_t)v->n << 8) * 0x9e3779b97f4a7c15u;
        for (uint32_t k = 0; short_text && k < v->n; k++)
            h = (h ^ (unsigned char)v->p[k]) * 0x100000001b3u;
        h ^= short_text ? 0 : (uint64_t)v->integer;
    }
    return h;
}

static unsigned place_of(const void *asked)
{
    return (unsigned)(((uintptr_t)asked >> 4) * 0x9e3779b97f4a7c15u >> 58);
}

_Static_assert(ROWS == 64, "as many as place_of has numbers");

static bool is_taken(const tm_vm *vm, const tm_memo_row *row)
{
    return row->latest && row->latest_epoch == vm->memo->epoch;
}

/* Each has two places, so that two that ask in turn do not take the row from each other. */
static tm_memo_row *row_of(const tm_vm *vm, const void *asked)
{
    const unsigned place = place_of(asked);
    tm_memo_row *first = &vm->memo->row[place], *second = &vm->memo->row[place ^ 1];
    if (is_taken(vm, first) && first->latest == asked)
        return first;
    if (is_taken(vm, second) && second->latest == asked)
        return second;
    return is_taken(vm, first) && !is_taken(vm, second) ? second : first;
}

tm_memo_row *tm_memo_find(tm_vm *vm, const void *asked, const tm_value *value, unsigned n,
                          bool *known)
{
    tm_memo_row *next = &vm->memo->next;
    if (vm->depth || weigh_all(value, n) < vm->memo_least_bytes)
        return NULL;
    next->values = 0;
    next->has_maps = false;
    /* Work: values of a call of the rule */
    for (unsigned i = 0; i < n; i++)
        if (!(value[i].type == TM_LIST ? add_list(next, value[i]) : add(next, value[i])))
            return NULL;
    next->asked = asked;
    tm_memo_row *row = row_of(vm, asked);
    *known = is_same(vm, row, next);
    if (*known)
        return row;
    const uint64_t seen = hash_of(next);
    const bool again = row->seen == seen || !vm->memo_least_bytes;
    next->latest = asked;
    next->latest_epoch = vm->memo->epoch;
    next->seen = seen;
    if (!again) {
        row->latest = asked;
        row->latest_epoch = vm->memo->epoch;
        row->seen = seen;
        return NULL;
    }
    *row = *next;
    row->epoch = vm->memo->epoch;
    row->edits = vm->edits;
    row->answered = false;
    return row;
}

void tm_memo_keep(tm_vm *vm, tm_memo_row *row, bool done, tm_value result)
{
    if (vm->work->over)
        return;
    row->answered = true;
    row->done = done;
    row->result = result;
    row->error = done ? (tm_text){0} : vm->error;
    vm->held++;
}
