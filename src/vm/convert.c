/* Convert: coercions of single values (language.md 5.1, 5.2).
 * Work: each byte that is written once, charged behind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/convert.h"

#include "base/hex.h"
#include "vm/stored.h"

const char *tm_value_go_name(tm_value v)
{
    static const char *const names[TM_TYPE_COUNT] = {
        [TM_NIL] = "nil",
        [TM_BOOL] = "bool",
        [TM_INT] = "int64",
        [TM_DOUBLE] = "float64",
        [TM_STRING] = "string",
        [TM_BYTES] = "[]uint8",
        [TM_MAP] = "pcommon.Map",
        [TM_LIST] = "pcommon.Slice",
        [TM_TIME] = "time.Time",
        [TM_DURATION] = "time.Duration",
        [TM_TRACE_ID] = "pcommon.TraceID",
        [TM_SPAN_ID] = "pcommon.SpanID",
        [TM_EVENTS] = "ptrace.SpanEventSlice",
        [TM_LINKS] = "ptrace.SpanLinkSlice",
        [TM_STATUS] = "ptrace.Status",
        [TM_NATIVE_INT] = "int",
    };
    if (v.type == TM_MAP && v.form == TM_NATIVE)
        return "map[string]interface {}";
    if (v.type == TM_LIST && v.form != TM_DATA)
        return v.form == TM_STRINGS ? "[]string" : "[]interface {}";
    return names[v.type];
}

bool tm_value_is_storable(tm_value v)
{
    return v.type <= TM_LIST;
}

static bool unsupported(tm_vm *vm, tm_value v)
{
    return tm_vm_fail(vm, "unsupported type: %s", tm_value_go_name(v));
}

/* --- lenient getters --- */

static tm_text hex(tm_arena *arena, tm_text bytes)
{
    char *p = tm_arena_alloc(arena, 2 * bytes.n);
    tm_hex_put(p, bytes);
    return tm_text_slice(p, 2 * bytes.n);
}

bool tm_to_string(tm_vm *vm, tm_value v, tm_value *out)
{
    tm_text text;
    *out = v;
    if (v.type == TM_NIL || v.type == TM_STRING)
        return true;
    if (v.type == TM_BYTES)
        text = hex(vm->arena, tm_value_text(v));
    else if (!tm_value_json(vm->arena, v, true, &text))
        return tm_vm_fail(vm, "unsupported value: NaN, infinity or too deeply nested");
    *out = tm_string(text);
    return tm_vm_charge(vm, tm_work_bytes(text.n));
}

/* As the reference does on amd64: what does not fit an int64 is -2^63. */
static int64_t truncated(double d)
{
    return d >= -0x1p63 && d < 0x1p63 ? (int64_t)d : INT64_MIN;
}

bool tm_to_int(tm_vm *vm, tm_value v, tm_value *out)
{
    int64_t read;
    switch (v.type) {
    case TM_NIL:
    case TM_INT:
        *out = v;
        return true;
    case TM_BOOL:
        *out = tm_int(v.truth);
        return true;
    case TM_DOUBLE:
        *out = tm_int(truncated(v.number));
        return true;
    case TM_STRING:
        if (!tm_int_read(tm_value_text(v), &read))
            return tm_vm_fail(vm, "\"%.*s\" is not a decimal int", TM_PRI(tm_value_text(v)));
        *out = tm_int(read);
        return true;
    default:
        return unsupported(vm, v);
    }
}

bool tm_to_double(tm_vm *vm, tm_value v, tm_value *out)
{
    double read;
    switch (v.type) {
    case TM_NIL:
    case TM_DOUBLE:
        *out = v;
        return true;
    case TM_BOOL:
        *out = tm_double(v.truth);
        return true;
    case TM_INT:
        *out = tm_double((double)v.integer);
        return true;
    case TM_STRING:
        if (!tm_double_read(tm_value_text(v), &read))
            return tm_vm_fail(vm, "\"%.*s\" is not a number, or too large",
                              TM_PRI(tm_value_text(v)));
        *out = tm_double(read);
        return true;
    default:
        return unsupported(vm, v);
    }
}

static bool bool_read(tm_text t, bool *truth)
{
    static const char *const words[2][6] = {{"0", "f", "F", "FALSE", "false", "False"},
                                            {"1", "t", "T", "TRUE", "true", "True"}};
    /* Work: 12 words */
    for (unsigned i = 0; i < 12; i++)
        if (tm_text_is(t, words[i / 6][i % 6])) {
            *truth = i / 6;
            return true;
        }
    return false;
}

bool tm_to_bool(tm_vm *vm, tm_value v, tm_value *out)
{
    bool read;
    switch (v.type) {
    case TM_NIL:
    case TM_BOOL:
        *out = v;
        return true;
    case TM_INT:
        *out = tm_bool(v.integer != 0);
        return true;
    case TM_DOUBLE:
        *out = tm_bool(v.number != 0);
        return true;
    case TM_STRING:
        if (!bool_read(tm_value_text(v), &read))
            return tm_vm_fail(vm, "\"%.*s\" is not a bool", TM_PRI(tm_value_text(v)));
        *out = tm_bool(read);
        return true;
    default:
        return unsupported(vm, v);
    }
}

static tm_value big_endian(tm_arena *arena, uint64_t bits)
{
    char *p = tm_arena_alloc(arena, 8);
    /* Work: 8 bytes */
    for (int i = 0; i < 8; i++)
        p[i] = (char)(bits >> (56 - 8 * i));
    return tm_bytes_value(tm_text_slice(p, 8));
}

bool tm_to_bytes(tm_vm *vm, tm_value v, tm_value *out)
{
    uint64_t bits;
    switch (v.type) {
    case TM_NIL:
    case TM_BYTES:
        *out = v;
        return true;
    case TM_STRING:
        *out = tm_bytes_value(tm_value_text(v));
        return true;
    case TM_BOOL:
        *out = tm_bytes_value(v.truth ? TM_TEXT("\1") : TM_TEXT("\0"));
        return true;
    case TM_INT:
        *out = big_endian(vm->arena, (uint64_t)v.integer);
        return true;
    case TM_DOUBLE:
        memcpy(&bits, &v.number, sizeof bits);
        *out = big_endian(vm->arena, bits);
        return true;
    default:
        return unsupported(vm, v);
    }
}

/* --- arguments --- */

/* What messages call the type that a kind wants, and the type itself; kinds without a row take
 * anything. */
static const struct {
    tm_type type;
    const char *name;
} strict[TM_KIND_LIST_OF_LAZY + 1] = {
    [TM_KIND_STRING] = {TM_STRING, "string"},
    [TM_KIND_INT] = {TM_INT, "int64"},
    [TM_KIND_DOUBLE] = {TM_DOUBLE, "float64"},
    [TM_KIND_BOOL] = {TM_BOOL, "bool"},
    [TM_KIND_MAP] = {TM_MAP, "pcommon.Map"},
    [TM_KIND_LIST] = {TM_LIST, "pcommon.Slice"},
    [TM_KIND_TIME] = {TM_TIME, "time"},
    [TM_KIND_DURATION] = {TM_DURATION, "duration"},
    [TM_KIND_LITERAL_STRING] = {TM_STRING, "string"},
    [TM_KIND_LITERAL_INT] = {TM_INT, "int64"},
    [TM_KIND_LITERAL_DOUBLE] = {TM_DOUBLE, "float64"},
    [TM_KIND_LITERAL_BOOL] = {TM_BOOL, "bool"},
    [TM_KIND_LITERAL_STRINGS] = {TM_LIST, "[]string"},
    [TM_KIND_LIST_OF_ANY] = {TM_LIST, "list"},
    [TM_KIND_LIST_OF_STRING] = {TM_LIST, "list"},
    [TM_KIND_LIST_OF_TO_STRING] = {TM_LIST, "list"},
};

static tm_kind element_kind(tm_kind kind)
{
    switch (kind) {
    case TM_KIND_LITERAL_STRINGS:
    case TM_KIND_LIST_OF_STRING:
        return TM_KIND_STRING;
    case TM_KIND_LIST_OF_TO_STRING:
        return TM_KIND_TO_STRING;
    default:
        return TM_KIND_ANY;
    }
}

/* Fits each element. The list may be a constant, so what changes is a copy. */
static bool fit_elements(tm_vm *vm, tm_kind kind, tm_value *v)
{
    tm_value copy;
    if (!tm_literal_list(vm, v->list->item, v->list->n, &copy))
        return false;
    /* Work: elements of a literal list */
    for (uint32_t i = 0; i < copy.list->n; i++)
        if (!tm_value_fit(vm, kind, &copy.list->item[i]))
            return false;
    copy.form = v->form;
    *v = copy;
    return true;
}

bool tm_value_is_plain(tm_value v)
{
    if (v.type == TM_LIST && v.form == TM_LITERAL) {
        /* Work: elements, charged by who asks */
        for (uint32_t i = 0; i < v.list->n; i++)
            if (!tm_value_is_plain(v.list->item[i]))
                return false;
        return true;
    }
    if (v.type == TM_MAP)
        return v.form == TM_NATIVE;
    return v.type < TM_MAP || v.type == TM_NATIVE_INT;
}

/* A native list serves as data when its elements are plain. */
static bool fit_native(tm_vm *vm, const tm_list *list)
{
    /* Work: elements of a literal list */
    for (uint32_t i = 0; i < list->n; i++)
        if (!tm_value_is_plain(list->item[i]))
            return tm_vm_fail(vm, "a list with a %s in it is no pcommon.Slice",
                              tm_value_go_name(list->item[i]));
    return true;
}

bool tm_value_fit(tm_vm *vm, tm_kind kind, tm_value *v)
{
    switch (kind) {
    case TM_KIND_TO_STRING:
        return tm_to_string(vm, *v, v);
    case TM_KIND_TO_INT:
        return tm_to_int(vm, *v, v);
    case TM_KIND_TO_DOUBLE:
        return tm_to_double(vm, *v, v);
    case TM_KIND_TO_BOOL:
        return tm_to_bool(vm, *v, v);
    case TM_KIND_TO_BYTES:
        return tm_to_bytes(vm, *v, v);
    default:
        break;
    }
    if (strict[kind].name && v->type != strict[kind].type)
        return tm_vm_fail(vm, "expected %s but got %s", strict[kind].name, tm_value_go_name(*v));
    if (kind == TM_KIND_LIST && v->form == TM_LITERAL)
        return fit_native(vm, v->list);
    tm_kind inner = element_kind(kind);
    return inner == TM_KIND_ANY || fit_elements(vm, inner, v);
}
