/* Path fields: the fields of spans, events, scopes and resources.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/path/path_fields.h"

#include "base/hex.h"
#include "otlp/enums.h"
#include "vm/convert.h"
#include "vm/path/path_keys.h"
#include "vm/path/path_state.h"

#include <assert.h>

enum { TM_NANOSECONDS = 1000000000 };

static tm_value field_of(const tm_vm *vm, const tm_target *t)
{
    return tm_item_field(tm_target_item(vm, t), t->path->field);
}

static bool set_field(const tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_item_set_field(tm_target_item(vm, t), t->path->field, value);
    return true;
}

bool tm_field_get(tm_vm *vm, const tm_target *t, tm_value *value)
{
    *value = field_of(vm, t);
    return true;
}

bool tm_field_set(tm_vm *vm, const tm_target *t, tm_value value)
{
    return set_field(vm, t, value);
}

/* --- numbers --- */

bool tm_field_set_int32(tm_vm *vm, const tm_target *t, tm_value value)
{
    return set_field(vm, t, tm_int((int32_t)(uint32_t)value.integer));
}

bool tm_field_set_uint32(tm_vm *vm, const tm_target *t, tm_value value)
{
    return set_field(vm, t, tm_int((uint32_t)value.integer));
}

bool tm_field_set_flags(tm_vm *vm, const tm_target *t, tm_value value)
{
    if (value.integer < 0 || value.integer > UINT32_MAX)
        return tm_vm_fail(vm, "value %lld is out of range for uint32", (long long)value.integer);
    return set_field(vm, t, value);
}

/* --- times --- */

bool tm_field_get_time(tm_vm *vm, const tm_target *t, tm_value *value)
{
    int64_t nanoseconds = field_of(vm, t).integer;
    tm_time *time = TM_NEW(vm->arena, tm_time);
    *time = (tm_time){.seconds = nanoseconds / TM_NANOSECONDS,
                      .nanoseconds = (int32_t)(nanoseconds % TM_NANOSECONDS),
                      .zone = TM_TEXT("UTC")};
    if (time->nanoseconds < 0) {
        time->nanoseconds += TM_NANOSECONDS;
        time->seconds--;
    }
    *value = (tm_value){.type = TM_TIME, .time = time};
    return true;
}

/* What does not fit 64 bits wraps, as in the reference. */
bool tm_field_set_time(tm_vm *vm, const tm_target *t, tm_value value)
{
    uint64_t nanoseconds =
        (uint64_t)value.time->seconds * TM_NANOSECONDS + (uint64_t)(int64_t)value.time->nanoseconds;
    return set_field(vm, t, tm_int((int64_t)nanoseconds));
}

/* --- ids as hex --- */

bool tm_field_get_hex(tm_vm *vm, const tm_target *t, tm_value *value)
{
    tm_value id = field_of(vm, t);
    return tm_to_string(vm, tm_bytes_value(tm_value_text(id)), value);
}

bool tm_field_set_hex(tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_value id = field_of(vm, t);
    char *p = tm_arena_alloc(vm->arena, id.n);
    if (value.n != 2 * id.n || !tm_hex_read(p, tm_value_text(value)))
        return tm_vm_fail(vm, "%s ids must be %u hex characters", id.n == 16 ? "trace" : "span",
                          2 * id.n);
    id.p = p;
    return set_field(vm, t, id);
}

/* --- span kinds --- */

/* Empty for a number that is no kind. */
static tm_text kind_name(const tm_target *t, int64_t kind)
{
    tm_enum_row row = tm_enum_row_of(TM_ENUM_SPAN_KIND, kind);
    return t->path->access == TM_ACCESS_KIND_OLD ? row.symbol : row.word;
}

bool tm_field_get_kind(tm_vm *vm, const tm_target *t, tm_value *value)
{
    *value = tm_string(kind_name(t, field_of(vm, t).integer));
    return true;
}

bool tm_field_set_kind(tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_text name;
    /* Work: kinds of spans */
    for (int64_t kind = 0; (name = kind_name(t, kind)).n; kind++)
        if (tm_text_equal(name, tm_value_text(value)))
            return set_field(vm, t, tm_int(kind));
    return tm_vm_fail(vm, "unknown span kind \"%.*s\"", TM_PRI(tm_value_text(value)));
}

/* --- trace state --- */

/* The key must be written as a string, not reckoned. */
static bool state_key(tm_vm *vm, const tm_target *t, tm_text *key)
{
    *key = tm_value_text(t->key[0].value);
    return (!t->key[0].dynamic && t->key[0].value.type == TM_STRING) ||
           tm_vm_fail(vm, "trace_state indexing type must be a string");
}

bool tm_field_get_state(tm_vm *vm, const tm_target *t, tm_value *value)
{
    tm_text key, header = tm_value_text(field_of(vm, t));
    *value = tm_string(header);
    if (t->keys == 0)
        return true;
    *value = tm_nil();
    if (!tm_vm_charge(vm, 2 * tm_work_bytes(header.n)))
        return false;
    if (!tm_state_valid(header))
        return true;
    if (!state_key(vm, t, &key))
        return false;
    *value = tm_string(tm_state_get(header, key));
    return true;
}

bool tm_field_set_state(tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_text key, header = tm_value_text(field_of(vm, t));
    if (t->keys == 0)
        return set_field(vm, t, value);
    if (!tm_vm_charge(vm, 2 * tm_work_bytes(header.n)))
        return false;
    if (!tm_state_valid(header))
        return true;
    if (!state_key(vm, t, &key))
        return false;
    tm_text changed = tm_state_put(vm->arena, header, key, tm_value_text(value));
    return !changed.p || set_field(vm, t, tm_string(changed));
}

/* --- status, events, links --- */

bool tm_field_get_object(tm_vm *vm, const tm_target *t, tm_value *value)
{
    *value = (tm_value){.type = (uint8_t)t->path->type, .object = tm_target_item(vm, t)};
    return true;
}

/* A program sees one span, so it can only be its own status. */
bool tm_field_set_status(tm_vm *vm, const tm_target *t, tm_value value)
{
    assert(value.object == tm_target_item(vm, t));
    return true;
}

/* Events and links: nil removes them; else they can only be the span's own. */
bool tm_field_set_children(tm_vm *vm, const tm_target *t, tm_value value)
{
    tm_item *span = tm_target_item(vm, t);
    const tm_value wanted = {.type = (uint8_t)t->path->type};
    if (value.type == wanted.type)
        return true;
    if (value.type != TM_NIL)
        return tm_vm_fail(vm, "expects %s but got %s", tm_value_go_name(wanted),
                          tm_value_go_name(value));
    if (wanted.type == TM_EVENTS)
        tm_item_clear_events(span);
    else
        tm_item_clear_links(span);
    return true;
}
