/* Actions: insert, update, upsert, delete, hash, extract and convert.
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/actions.h"

#include "otlp/wire.h"
#include "stdlib/digest.h"
#include "stdlib/optional.h"
#include "vm/convert.h"

#include <math.h>

/* --- building --- */

tm_value tm_doc_value(tm_arena *arena, const tm_doc *doc)
{
    switch (doc->type) {
    case TM_DOC_BOOL:
        return tm_bool(doc->truth);
    case TM_DOC_INT:
        return tm_int(doc->integer);
    case TM_DOC_DOUBLE:
        return tm_double(doc->number);
    case TM_DOC_STRING:
        return tm_string(tm_arena_copy(arena, doc->text));
    case TM_DOC_LIST: {
        tm_list *list = tm_list_new(arena, 0);
        for (const tm_doc *d = doc->first; d; d = d->next)
            tm_list_append(arena, list, tm_doc_value(arena, d));
        return tm_list_value(list, TM_DATA);
    }
    case TM_DOC_MAP: {
        tm_map *map = tm_map_new(arena, 0);
        for (const tm_doc *d = doc->first; d; d = d->next)
            tm_map_append(arena, map, tm_arena_copy(arena, d->key), tm_doc_value(arena, d));
        return tm_map_value(map, TM_DATA);
    }
    default:
        return tm_nil();
    }
}

tm_regex *tm_build_regex(tm_build *b, const tm_rule_text *pattern)
{
    tm_text error;
    size_t at;
    tm_regex *regex = tm_regex_new(b->arena, pattern->source.text, &error, &at);
    if (!regex) {
        tm_source *source = TM_NEW(b->diags->arena, tm_source);
        *source = pattern->source;
        tm_place place = {.at = (uint32_t)at, .n = at < source->text.n};
        tm_diag_error(b->diags, source, place, "E0402", "bad regular expression: %.*s",
                      TM_PRI(error));
    }
    return regex;
}

static int32_t slot_of(tm_build *b, tm_level level, tm_text key)
{
    return key.n ? (int32_t)tm_need_slot(&b->needs, level, tm_arena_copy(b->arena, key)) : -1;
}

static bool build_action(tm_build *b, tm_level level, const tm_action_settings *s,
                         tm_action_program *out)
{
    *out = (tm_action_program){.action = s->action,
                               .slot = slot_of(b, level, s->key),
                               .from_slot = slot_of(b, level, s->from_attribute),
                               .key = tm_arena_copy(b->arena, s->key),
                               .from_context = tm_arena_copy(b->arena, s->from_context),
                               .has_value = s->value != NULL,
                               .has_fallback = s->default_value != NULL,
                               .convert = s->converted_type};
    if (s->action == TM_ACTION_HASH && !tm_optional_is_in(TM_OPTIONAL_CRYPTO))
        return tm_diag_error(b->diags, s->source, s->place, "E0292",
                             "the action hash is not in this build: built WITHOUT=%s",
                             tm_optional_word(TM_OPTIONAL_CRYPTO));
    if (s->value) {
        out->value = tm_doc_value(b->arena, s->value);
        out->encoded =
            tm_attribute_field(b->arena, level, &(tm_entry){.key = out->key, .value = out->value});
    }
    if (s->default_value)
        out->fallback = tm_doc_value(b->arena, s->default_value);
    if (s->pattern.source.text.n == 0)
        return true;
    out->pattern = tm_build_regex(b, &s->pattern);
    if (!out->pattern || s->action != TM_ACTION_EXTRACT)
        return out->pattern != NULL;
    unsigned groups = tm_regex_groups(out->pattern);
    bool named = groups > 0;
    for (unsigned i = 1; i <= groups; i++)
        named &= tm_regex_group_name(out->pattern, i).n > 0;
    if (!named)
        return tm_diag_error(
            b->diags, s->source, s->place, "E0403",
            "extract needs a pattern whose capturing groups, at least one, are all "
            "named, as in (?P<name>...)");
    return true;
}

tm_text tm_action_verb(tm_action action)
{
    static const char *const verbs[] = {
        [TM_ACTION_INSERT] = "insert",   [TM_ACTION_UPDATE] = "update",
        [TM_ACTION_UPSERT] = "upsert",   [TM_ACTION_DELETE] = "delete",
        [TM_ACTION_HASH] = "hash",       [TM_ACTION_EXTRACT] = "extract",
        [TM_ACTION_CONVERT] = "convert",
    };
    return tm_text_of(verbs[action]);
}

static tm_text action_text(tm_arena *arena, const tm_action_settings *s)
{
    return tm_arena_print(arena, "%.*s %.*s", TM_PRI(tm_action_verb(s->action)),
                          TM_PRI(s->key.n ? s->key : s->pattern.source.text));
}

static bool build_actions(tm_build *b, const tm_actions *actions, tm_level level,
                          const tm_match_settings *include, const tm_match_settings *exclude)
{
    bool ok = true;
    tm_step *step = tm_build_step(b, TM_STEP_ACTIONS, level, TM_MODE_IGNORE);
    step->reads = step->writes = (uint8_t)(1u << level);
    step->action = TM_NEW_ARRAY(b->arena, actions->count, tm_action_program);
    step->actions = (uint32_t)actions->count;
    step->action_rule = TM_NEW_ARRAY(b->arena, actions->count, tm_rule);
    for (size_t i = 0; i < actions->count; i++) {
        const tm_action_settings *s = &actions->items[i];
        tm_build_rule(b, &step->action_rule[i], s->name, s->source, s->place);
        step->action_rule[i].text = action_text(b->arena, s);
        ok &= build_action(b, level, s, &step->action[i]);
    }
    ok &= tm_build_matcher(b, step, include, &step->include);
    return tm_build_matcher(b, step, exclude, &step->exclude) && ok;
}

bool tm_build_attributes(tm_build *b, const tm_processor_settings *p)
{
    return build_actions(b, &p->attributes.actions, TM_SPAN, p->attributes.include,
                         p->attributes.exclude);
}

bool tm_build_resource(tm_build *b, const tm_processor_settings *p)
{
    return build_actions(b, &p->resource.actions, TM_RESOURCE, NULL, NULL);
}

/* --- running --- */

/* Values of a header joined with ';'; false when the client sent none. */
static bool header_value(tm_vm *vm, tm_text name, tm_value *value)
{
    tm_buf joined = {.arena = vm->arena};
    bool any = false;
    for (unsigned i = 0; vm->client && i < vm->client->headers; i++) {
        const tm_metadata *h = &vm->client->header[i];
        if (!tm_text_same_word(h->name, name))
            continue;
        if (any)
            tm_buf_add_char(&joined, ';');
        tm_buf_add(&joined, h->value);
        any = true;
    }
    *value = tm_string(tm_buf_text(&joined));
    return any;
}

/* That the client's authenticator gave. */
static bool attribute_value(tm_vm *vm, tm_text name, tm_value *value)
{
    for (unsigned i = 0; vm->client && i < vm->client->attributes; i++)
        if (tm_text_equal(vm->client->attribute[i].name, name)) {
            *value = tm_string(vm->client->attribute[i].value);
            return true;
        }
    return false;
}

static bool context_value(tm_vm *vm, tm_text name, tm_value *value)
{
    const tm_text metadata = TM_TEXT("metadata."), auth = TM_TEXT("auth.");
    if (tm_text_is(name, "client.address")) {
        *value = tm_string(vm->client ? vm->client->address : TM_TEXT(""));
        return true;
    }
    if (tm_text_starts(name, auth))
        return attribute_value(vm, tm_text_skip(name, auth.n), value);
    return header_value(vm, tm_text_starts(name, metadata) ? tm_text_skip(name, metadata.n) : name,
                        value);
}

/* The value that insert, update and upsert put; false: there is none, the action is skipped. */
static bool source_value(const tm_action_program *a, tm_vm *vm, tm_item *item, tm_value *value)
{
    bool found = a->has_value;
    *value = a->value;
    if (a->from_slot >= 0) {
        *value = tm_item_attribute_found(item, (unsigned)a->from_slot, &found);
        *value = tm_value_copy(vm->arena, *value);
    } else if (a->from_context.n) {
        found = context_value(vm, a->from_context, value);
    }
    if (!found && a->has_fallback) {
        *value = a->fallback;
        return true;
    }
    return found;
}

static void put(const tm_action_program *a, tm_vm *vm, tm_item *item)
{
    bool found = false;
    tm_value value;
    if (a->action != TM_ACTION_UPSERT) {
        tm_item_attribute_found(item, (unsigned)a->slot, &found);
        if (found != (a->action == TM_ACTION_UPDATE))
            return;
    }
    if (a->has_value && a->from_slot < 0 && a->from_context.n == 0)
        tm_item_put_constant(item, (unsigned)a->slot, a->value, &a->encoded);
    else if (source_value(a, vm, item, &value))
        tm_item_put_attribute(item, (unsigned)a->slot, value);
}

static tm_value hashed(tm_vm *vm, tm_value v)
{
    char bytes[8];
    tm_text input;
    switch (v.type) {
    case TM_STRING:
        input = tm_value_text(v);
        break;
    case TM_BOOL:
        bytes[0] = v.truth;
        input = tm_text_slice(bytes, 1);
        break;
    case TM_INT:
    case TM_DOUBLE:
        tm_wire_put_fixed64(bytes, (uint64_t)v.integer);
        input = tm_text_slice(bytes, 8);
        break;
    default:
        return tm_string(TM_TEXT(""));
    }
#if TM_WITH_crypto
    return tm_string(tm_digest_hex(vm->arena, TM_SHA256, input));
#else
    (void)vm, (void)input; /* build_action refused it */
    return v;
#endif
}

static void convert(const tm_action_program *a, tm_vm *vm, tm_item *item)
{
    bool found;
    tm_value v = tm_item_attribute_found(item, (unsigned)a->slot, &found), out = v;
    if (!found)
        return;
    if (a->convert == TM_CONVERT_STRING) {
        out = tm_string(tm_data_text(vm->arena, v));
    } else if (a->convert == TM_CONVERT_INT) {
        if (v.type == TM_STRING && tm_int_read(tm_value_text(v), &out.integer))
            out = tm_int(out.integer);
        else if (v.type == TM_BOOL || v.type == TM_DOUBLE)
            (void)tm_to_int(vm, v, &out);
    } else {
        double d;
        if (v.type == TM_STRING && tm_double_read(tm_value_text(v), &d))
            out = tm_double(d);
        else if (v.type == TM_BOOL || v.type == TM_INT)
            (void)tm_to_double(vm, v, &out);
    }
    if (out.type != v.type)
        tm_item_put_attribute(item, (unsigned)a->slot, out);
}

static bool extract(const tm_action_program *a, tm_vm *vm, tm_item *item)
{
    tm_value v = tm_item_attribute(item, (unsigned)a->slot);
    if (v.type != TM_STRING)
        return true;
    unsigned groups = tm_regex_groups(a->pattern) + 1;
    size_t *group = tm_arena_alloc(vm->arena, 2u * groups * sizeof *group);
    tm_match m =
        tm_regex_search(a->pattern, vm->matcher, vm->arena, tm_value_text(v), 0, group, groups);
    if (m != TM_MATCH)
        return m == TM_NO_MATCH || tm_vm_spent(vm);
    tm_map *map = tm_item_change_attributes(item);
    for (unsigned i = 1; i < groups; i++) {
        tm_text part = TM_TEXT("");
        if (group[2 * i] != SIZE_MAX)
            part = tm_text_slice(v.p + group[2 * i], group[2 * i + 1] - group[2 * i]);
        tm_map_put(vm->arena, map, tm_regex_group_name(a->pattern, i), tm_string(part));
    }
    return true;
}

/* delete and hash by pattern: every key that matches. */
static bool by_pattern(const tm_action_program *a, tm_vm *vm, tm_item *item)
{
    tm_map *map = tm_item_attributes(item);
    uint32_t kept = 0;
    bool ok = true, changed = false;
    for (uint32_t i = 0; i < map->n; i++) {
        tm_match m = tm_regex_test(a->pattern, vm->matcher, vm->arena, map->entry[i].key);
        tm_entry entry = map->entry[i];
        ok &= m != TM_MATCH_BUDGET;
        changed |= m == TM_MATCH;
        if (m == TM_MATCH && a->action == TM_ACTION_DELETE)
            continue;
        if (m == TM_MATCH)
            entry = (tm_entry){.key = entry.key, .value = hashed(vm, entry.value)};
        map->entry[kept++] = entry;
    }
    tm_map_settle(map, kept);
    if (changed)
        tm_item_change_attributes(item);
    return ok || tm_vm_spent(vm);
}

static bool run_action(const tm_action_program *a, tm_vm *vm, tm_item *item)
{
    bool found;
    switch (a->action) {
    case TM_ACTION_INSERT:
    case TM_ACTION_UPDATE:
    case TM_ACTION_UPSERT:
        put(a, vm, item);
        return true;
    case TM_ACTION_DELETE:
        if (a->slot >= 0)
            tm_item_remove_attribute(item, (unsigned)a->slot);
        return !a->pattern || by_pattern(a, vm, item);
    case TM_ACTION_HASH:
        if (a->slot >= 0) {
            tm_value v = tm_item_attribute_found(item, (unsigned)a->slot, &found);
            if (found)
                tm_item_put_attribute(item, (unsigned)a->slot, hashed(vm, v));
        }
        return !a->pattern || by_pattern(a, vm, item);
    case TM_ACTION_EXTRACT:
        return extract(a, vm, item);
    default:
        convert(a, vm, item);
        return true;
    }
}

bool tm_action_run(const tm_action_program *action, tm_vm *vm, tm_item *item)
{
    return run_action(action, vm, item);
}

bool tm_actions_run(const tm_step *step, tm_vm *vm, tm_item *item)
{
    bool ok = true;
    for (uint32_t i = 0; i < step->actions; i++)
        ok &= run_action(&step->action[i], vm, item);
    return ok;
}
