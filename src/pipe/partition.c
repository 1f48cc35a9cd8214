/* Partition: keys of headers, and a sorted list of those that were seen.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/partition.h"

#include "base/ascii.h"

#include <stdio.h>

/* "5:value" */
static bool add_value(tm_bytes *key, tm_text value)
{
    char size[24];
    int n = snprintf(size, sizeof size, "%zu:", value.n);
    return tm_bytes_add(key, tm_text_slice(size, (size_t)n)) && tm_bytes_add(key, value);
}

/* "8:x-tenant4:blue5:green;4:zone;@8:username3:bob;" */
bool tm_partition_key(const tm_partition_names *names, const tm_client *client, tm_bytes *key)
{
    bool fits = true;
    for (size_t i = 0; i < names->headers.count; i++) {
        fits = fits && add_value(key, names->headers.items[i]);
        for (unsigned k = 0; k < client->headers; k++)
            if (tm_text_same_word(client->header[k].name, names->headers.items[i]))
                fits = fits && add_value(key, client->header[k].value);
        fits = fits && tm_bytes_add(key, TM_TEXT(";"));
    }
    for (size_t i = 0; i < names->attributes.count; i++) {
        fits =
            fits && tm_bytes_add(key, TM_TEXT("@")) && add_value(key, names->attributes.items[i]);
        for (unsigned k = 0; k < client->attributes; k++)
            if (tm_text_equal(client->attribute[k].name, names->attributes.items[i]))
                fits = fits && add_value(key, client->attribute[k].value);
        fits = fits && tm_bytes_add(key, TM_TEXT(";"));
    }
    return fits;
}

/* Takes "5:value" off the front; false where there is none. */
static bool take_value(tm_text *rest, tm_text *value)
{
    size_t n = 0, i = 0;
    for (; i < rest->n && tm_ascii_is_digit(rest->p[i]); i++)
        n = n * 10 + (size_t)(rest->p[i] - '0');
    if (!i || i == rest->n || rest->p[i] != ':' || n > rest->n - i - 1)
        return false;
    *value = tm_text_slice(rest->p + i + 1, n);
    *rest = tm_text_skip(*rest, i + 1 + n);
    return true;
}

static bool find_value(tm_text key, bool attribute, tm_text name, tm_text *value)
{
    tm_text found, its;
    for (bool marked;; key = tm_text_skip(key, 1)) {
        marked = tm_text_starts(key, TM_TEXT("@"));
        key = tm_text_skip(key, marked);
        if (!take_value(&key, &found))
            return false;
        const bool same = attribute ? tm_text_equal(found, name) : tm_text_same_word(found, name);
        if (marked == attribute && same && take_value(&key, value))
            return true;
        while (take_value(&key, &its))
            ;
        if (!tm_text_starts(key, TM_TEXT(";")))
            return false;
    }
}

bool tm_partition_value(tm_text key, tm_text name, tm_text *value)
{
    return find_value(key, false, name, value);
}

bool tm_partition_attribute(tm_text key, tm_text name, tm_text *value)
{
    return find_value(key, true, name, value);
}

void tm_partitions_init(tm_partitions *p, uint64_t most)
{
    *p = (tm_partitions){.count = 0};
    atomic_init(&p->most, most);
    pthread_mutex_init(&p->lock, NULL);
}

/* What its gauge holds of ours. */
static uint64_t worth(const tm_partitions *p)
{
    return p->parts ? p->count : 1;
}

void tm_partitions_settle(tm_partitions *p, uint64_t most, bool parts, tm_series *counted)
{
    pthread_mutex_lock(&p->lock);
    if (p->counted)
        tm_series_add(p->counted, -worth(p)); /* a gauge, which is signed */
    atomic_store_explicit(&p->most, most, memory_order_relaxed);
    p->parts = parts;
    p->counted = counted;
    if (counted)
        tm_series_add(counted, worth(p));
    pthread_mutex_unlock(&p->lock);
}

void tm_partitions_drop(tm_partitions *p)
{
    for (size_t i = 0; i < p->count; i++)
        tm_heap_free(NULL, (char *)p->key[i].p);
    tm_heap_free(NULL, p->key);
    pthread_mutex_destroy(&p->lock);
}

/* Where the key is, or would be. */
static size_t place_of(const tm_partitions *p, tm_text key)
{
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tm_text_compare(p->key[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert(tm_partitions *p, size_t at, tm_text key)
{
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 16;
        tm_text *grown = tm_heap_grow(NULL, p->key, room * sizeof *grown);
        if (!grown)
            return false;
        p->key = grown;
        p->room = room;
    }
    char *copy = tm_heap_alloc(NULL, key.n);
    if (!copy)
        return false;
    memcpy(copy, key.p, key.n);
    memmove(&p->key[at + 1], &p->key[at], (p->count - at) * sizeof *p->key);
    p->key[at] = tm_text_slice(copy, key.n);
    p->count++;
    if (p->counted && p->parts)
        tm_series_add(p->counted, 1);
    return true;
}

bool tm_partitions_admit(tm_partitions *p, tm_text key)
{
    const uint64_t most = atomic_load_explicit(&p->most, memory_order_relaxed);
    if (!most)
        return true;
    pthread_mutex_lock(&p->lock);
    size_t at = place_of(p, key);
    bool known = at < p->count && tm_text_equal(p->key[at], key);
    bool admitted = known || (p->count < most && insert(p, at, key));
    pthread_mutex_unlock(&p->lock);
    return admitted;
}
