/* Copy: settings of one component for those who outlive the configuration that they come from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/kinds.h"

#include "config/keys.h"

#include <assert.h>

static void copy_members(tm_arena *arena, const tm_keys *keys, char *settings);

/* Every array of the settings begins like this. */
typedef struct array {
    char *items;
    size_t count;
} array;

static void own_text(tm_arena *arena, void *member)
{
    tm_text *text = member;
    if (text->p)
        *text = tm_arena_copy(arena, *text);
}

static array *copy_array(tm_arena *arena, void *member, size_t size_bytes)
{
    array *list = member;
    if (!list->items)
        return list;
    char *items = tm_arena_zero(arena, list->count, size_bytes);
    if (list->count)
        memcpy(items, list->items, list->count * size_bytes);
    list->items = items;
    return list;
}

static void copy_texts(tm_arena *arena, const tm_key *key, void *member)
{
    (void)key;
    array *list = copy_array(arena, member, sizeof(tm_text));
    for (size_t i = 0; i < list->count; i++)
        own_text(arena, list->items + i * sizeof(tm_text));
}

static void copy_headers(tm_arena *arena, const tm_key *key, void *member)
{
    (void)key;
    array *list = copy_array(arena, member, sizeof(tm_header));
    tm_header *header = (tm_header *)(void *)list->items;
    for (size_t i = 0; i < list->count; i++) {
        own_text(arena, &header[i].key);
        own_text(arena, &header[i].value);
    }
}

static void copy_endpoint(tm_arena *arena, const tm_key *key, void *member)
{
    (void)key;
    tm_endpoint *endpoint = member;
    own_text(arena, &endpoint->text);
    own_text(arena, &endpoint->host);
    own_text(arena, &endpoint->path);
    endpoint->source = NULL;
}

static void copy_plain(tm_arena *arena, const tm_key *key, void *member)
{
    (void)arena, (void)key, (void)member; /* it came with its struct */
}

static void copy_text(tm_arena *arena, const tm_key *key, void *member)
{
    (void)key;
    own_text(arena, member);
}

static void copy_extension(tm_arena *arena, const tm_key *key, void *member)
{
    (void)key;
    tm_auth_settings *auth = member;
    own_text(arena, &auth->authenticator);
}

static void copy_map(tm_arena *arena, const tm_key *key, void *member)
{
    copy_members(arena, key->nested, member);
}

static void copy_option(tm_arena *arena, const tm_key *key, void *member)
{
    array one = {.count = 1};
    memcpy(&one.items, member, sizeof one.items);
    copy_array(arena, &one, key->nested->size_bytes);
    if (one.items)
        copy_members(arena, key->nested, one.items);
    memcpy(member, &one.items, sizeof one.items);
}

static void copy_maps(tm_arena *arena, const tm_key *key, void *member)
{
    array *list = copy_array(arena, member, key->nested->size_bytes);
    for (size_t i = 0; i < list->count; i++)
        copy_members(arena, key->nested, list->items + i * key->nested->size_bytes);
}

/* Rules and constants point into texts and nodes of their configuration: what compiles them copies
 * what it needs. */
static void copy_never(tm_arena *arena, const tm_key *key, void *member)
{
    (void)arena, (void)key, (void)member;
    assert(!"a receiver, exporter or extension with rules");
}

static void (*const COPIES[])(tm_arena *arena, const tm_key *key, void *member) = {
#define KIND(ID, MANUAL, READER, PRINTER, COPIER) [TM_KEY_##ID] = copy_##COPIER,
#include "config/keys/kinds.def"
#undef KIND
};

static void copy_members(tm_arena *arena, const tm_keys *keys, char *settings)
{
    for (size_t i = 0; i < keys->count; i++)
        COPIES[keys->rows[i].kind](arena, &keys->rows[i], settings + keys->rows[i].at);
}

/* ---- components ---------------------------------------------------------------------------- */

static void forget_place(void *owner, tm_tls_settings *tls)
{
    (void)owner;
    tls->doc = NULL;
}

/* With the extensions that it names itself. */
static void copy_named(void *owner, tm_auth_settings *auth)
{
    auth->doc = NULL;
    if (auth->extension)
        auth->extension = tm_extension_copy(owner, auth->extension);
}

tm_extension_settings *tm_extension_copy(tm_arena *arena, const tm_extension_settings *extension)
{
    tm_extension_settings *copy = TM_NEW(arena, tm_extension_settings);
    *copy = *extension;
    copy->source = NULL;
    copy->id = tm_arena_copy(arena, copy->id);
    copy_members(arena, tm_extension_keys(copy), (char *)&copy->health);
    tm_extension_each_auth(copy, copy_named, arena);
    tm_extension_each_tls(copy, forget_place, NULL);
    return copy;
}

tm_exporter_settings *tm_exporter_copy(tm_arena *arena, const tm_exporter_settings *exporter)
{
    tm_exporter_settings *copy = TM_NEW(arena, tm_exporter_settings);
    *copy = *exporter;
    copy->source = NULL;
    copy->id = tm_arena_copy(arena, copy->id);
    copy_members(arena, tm_exporter_keys(copy), (char *)&copy->otlp);
    tm_exporter_each_auth(copy, copy_named, arena);
    tm_exporter_each_tls(copy, forget_place, NULL);
    return copy;
}

tm_receiver_settings *tm_receiver_copy(tm_arena *arena, const tm_receiver_settings *receiver)
{
    tm_receiver_settings *copy = TM_NEW(arena, tm_receiver_settings);
    *copy = *receiver;
    copy->source = NULL;
    copy->id = tm_arena_copy(arena, copy->id);
    copy_members(arena, tm_receiver_keys(copy), (char *)&copy->otlp);
    tm_receiver_each_auth(copy, copy_named, arena);
    tm_receiver_each_tls(copy, forget_place, NULL);
    return copy;
}
