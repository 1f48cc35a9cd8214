/* Path client: otelcol.* - what the receiver knows of the client.
 * Work: once each header that the receiver has kept, of which there are as many as it allows, and
 * each attribute of its authentication. SPDX-License-Identifier: Apache-2.0 */
#include "vm/path/path_client.h"

#include "vm/path/path_keys.h"

/* The list under a header's name, made at its first row. */
static tm_list *list_of(tm_vm *vm, tm_map *map, tm_text name)
{
    tm_entry *entry = tm_map_find(map, name);
    if (!entry)
        entry =
            tm_map_append(vm->arena, map, name, tm_list_value(tm_list_new(vm->arena, 1), TM_DATA));
    return entry->value.list;
}

/* The headers as a map of lists of strings. With `only`, those of that name, whatever its case. */
static tm_map *headers(tm_vm *vm, bool grpc, const tm_text *only)
{
    tm_map *map = tm_map_new(vm->arena, 0);
    const tm_client *client = vm->client;
    if (!client)
        return map;
    unsigned count = grpc ? client->grpc_headers : client->headers;
    /* Work: headers that the receiver keeps */
    for (unsigned i = 0; i < count; i++) {
        const tm_metadata *h = grpc ? &client->grpc_header[i] : &client->header[i];
        if (!only || tm_text_same_word(h->name, *only))
            tm_list_append(vm->arena, list_of(vm, map, only ? *only : h->name),
                           tm_string(h->value));
    }
    return map;
}

static bool metadata(tm_vm *vm, const tm_target *t, bool grpc, tm_value *value)
{
    tm_text name;
    if (t->keys && !tm_keys_text(vm, &t->key[0], &name))
        return false;
    tm_value map = tm_map_value(headers(vm, grpc, t->keys ? &name : NULL), TM_DATA);
    return tm_keys_get(vm, map, t->key, t->keys, value);
}

/* What the authenticator says. */
static tm_map *attributes(tm_vm *vm)
{
    tm_map *map = tm_map_new(vm->arena, 0);
    /* Work: two at most, as authenticators have */
    for (unsigned i = 0; vm->client && i < vm->client->attributes; i++)
        tm_map_append(vm->arena, map, vm->client->attribute[i].name,
                      tm_string(vm->client->attribute[i].value));
    return map;
}

static tm_value address(const tm_client *client)
{
    return client && client->address.n ? tm_string(client->address) : tm_nil();
}

bool tm_client_get(tm_vm *vm, const tm_target *t, tm_value *value)
{
    switch (t->path->access) {
    case TM_ACCESS_CLIENT_ADDRESS:
        *value = address(vm->client);
        return true;
    case TM_ACCESS_CLIENT_METADATA:
        return metadata(vm, t, false, value);
    case TM_ACCESS_GRPC_METADATA:
        return metadata(vm, t, true, value);
    default:
        return tm_keys_get(vm, tm_map_value(attributes(vm), TM_DATA), t->key, t->keys, value);
    }
}
