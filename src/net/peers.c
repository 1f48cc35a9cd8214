/* Peers: an open hash table, keyed so that nobody can choose addresses that collide.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/peers.h"

#include "net/server.h"

#include <assert.h>
#include <sys/random.h>

bool tm_peers_open(tm_listener *listener)
{
    const tm_heap *heap = tm_server_heap(listener->server);
    size_t rooms = 16;
    while (rooms < 2 * (size_t)listener->options.max_connections)
        rooms *= 2;
    listener->peers = tm_heap_alloc(heap, rooms * sizeof *listener->peers);
    if (!listener->peers)
        return false;
    memset(listener->peers, 0, rooms * sizeof *listener->peers);
    listener->peer_rooms = rooms;
    if (getrandom(&listener->seed, sizeof listener->seed, GRND_NONBLOCK) < 0)
        listener->seed = (uintptr_t)listener; /* too early in the boot: the layout must do */
    return true;
}

/* What counts as one peer: an IPv4 address, or the network half of an IPv6 address. */
static void key_of(const uint8_t address[16], uint8_t key[16])
{
    bool mapped = memcmp(address, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    memset(key, 0, 16);
    memcpy(key, address, mapped ? 16 : 8);
}

static size_t home_of(const tm_listener *listener, const uint8_t key[16])
{
    uint64_t half[2], h = listener->seed;
    memcpy(half, key, sizeof half);
    for (int i = 0; i < 2; i++) {
        h = (h ^ half[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return h & (listener->peer_rooms - 1);
}

/* The row of the key, or the free one where it would be. */
static size_t find_row(const tm_listener *listener, const uint8_t key[16])
{
    size_t i = home_of(listener, key);
    while (listener->peers[i].count && memcmp(listener->peers[i].address, key, 16) != 0)
        i = (i + 1) & (listener->peer_rooms - 1);
    return i;
}

/* Frees row i, and moves up those behind it that were pushed off their home. */
static void free_row(tm_listener *listener, size_t i)
{
    size_t mask = listener->peer_rooms - 1;
    listener->peers[i].count = 0;
    for (size_t j = (i + 1) & mask; listener->peers[j].count; j = (j + 1) & mask) {
        size_t home = home_of(listener, listener->peers[j].address);
        if (((j - home) & mask) < ((j - i) & mask))
            continue; /* it would stand before its home */
        listener->peers[i] = listener->peers[j];
        listener->peers[j].count = 0;
        i = j;
    }
}

bool tm_peers_add(tm_listener *listener, const uint8_t address[16])
{
    uint8_t key[16];
    key_of(address, key);
    pthread_mutex_lock(&listener->lock);
    tm_peer_row *row = &listener->peers[find_row(listener, key)];
    bool welcome = row->count < listener->options.max_connections_per_ip;
    if (welcome) {
        memcpy(row->address, key, sizeof key);
        row->count++;
    }
    pthread_mutex_unlock(&listener->lock);
    return welcome;
}

void tm_peers_remove(tm_listener *listener, const uint8_t address[16])
{
    uint8_t key[16];
    key_of(address, key);
    pthread_mutex_lock(&listener->lock);
    size_t i = find_row(listener, key);
    assert(listener->peers[i].count > 0);
    if (--listener->peers[i].count == 0)
        free_row(listener, i);
    pthread_mutex_unlock(&listener->lock);
}
