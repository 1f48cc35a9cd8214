/* Auth by bearer tokens.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/auth/auth.h"

#include "base/ascii.h"

#include <pthread.h>

/* Values of the header that let in, with the arena that they lie in. */
typedef struct value_list {
    tm_arena *arena;
    tm_texts texts;
} value_list;

typedef struct bearer {
    tm_auth auth;
    tm_arena *arena;
    const char *missing;
    pthread_mutex_t lock;
    value_list *values; /* under the lock */
} bearer;

bool tm_auth_equal(tm_text a, tm_text b)
{
    volatile unsigned char differ = 0; /* volatile: no early end is made of it */
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        differ |= (unsigned char)(a.p[i] ^ b.p[i]);
    return !differ;
}

static bool admits(tm_auth *auth, bool given, tm_text value, const char **why)
{
    bearer *b = (bearer *)auth;
    bool admitted = false;
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; given && i < b->values->texts.count; i++)
        admitted |= tm_auth_equal(value, b->values->texts.items[i]);
    pthread_mutex_unlock(&b->lock);
    *why = given ? "scheme or token does not match" : b->missing;
    return admitted;
}

/* ---- making ---------------------------------------------------------------------------------- */

static value_list *list_values(tm_arena *arena, tm_text scheme, const tm_texts *tokens)
{
    value_list *list = TM_NEW(arena, value_list);
    *list = (value_list){.arena = arena};
    list->texts.items = TM_NEW_ARRAY(arena, tokens->count, tm_text);
    for (size_t i = 0; i < tokens->count; i++)
        list->texts.items[list->texts.count++] = tm_arena_print(
            arena, "%.*s%s%.*s", TM_PRI(scheme), scheme.n ? " " : "", TM_PRI(tokens->items[i]));
    return list;
}

/* One call of new_values. */
typedef struct listing {
    tm_arena *arena;
    tm_text scheme;
    const tm_texts *tokens;
    value_list *list;
} listing;

static void list_all(void *argument)
{
    listing *l = argument;
    l->list = list_values(l->arena, l->scheme, l->tokens);
}

/* NULL when out of memory. */
static value_list *new_values(tm_text scheme, const tm_texts *tokens)
{
    listing l = {.arena = tm_arena_new(NULL), .scheme = scheme, .tokens = tokens};
    if (l.arena && tm_arena_try(l.arena, list_all, &l))
        return l.list;
    tm_arena_free(l.arena);
    return NULL;
}

bool tm_auth_bearer_set(tm_auth *auth, tm_text scheme, const tm_texts *tokens)
{
    bearer *b = (bearer *)auth;
    value_list *values = new_values(scheme, tokens);
    if (!values)
        return false;
    pthread_mutex_lock(&b->lock);
    value_list *old = b->values;
    b->values = values;
    pthread_mutex_unlock(&b->lock);
    tm_arena_free(old->arena);
    return true;
}

static void free_bearer(tm_auth *auth)
{
    bearer *b = (bearer *)auth;
    if (b->values)
        tm_arena_free(b->values->arena);
    pthread_mutex_destroy(&b->lock);
    tm_arena_free(b->arena); /* in which it lies itself */
}

static bearer *make(tm_arena *arena, tm_text header)
{
    bearer *b = TM_NEW(arena, bearer);
    char *name = tm_arena_alloc(arena, header.n + 1);
    tm_ascii_lower_to(name, header);
    name[header.n] = '\0';
    *b = (bearer){.auth = {.header = name, .admits = admits, .free = free_bearer}, .arena = arena};
    b->missing =
        tm_arena_print(arena, "missing or empty authorization header: %.*s", TM_PRI(header)).p;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

/* A bearer in the making. */
typedef struct making {
    tm_arena *arena;
    tm_text header;
    bearer *made;
} making;

static void make_in_arena(void *argument)
{
    making *m = argument;
    m->made = make(m->arena, m->header);
}

tm_auth *tm_auth_bearer(tm_text header, tm_text scheme, const tm_texts *tokens)
{
    making m = {.arena = tm_arena_new(NULL), .header = header};
    if (!m.arena || !tm_arena_try(m.arena, make_in_arena, &m)) {
        tm_arena_free(m.arena);
        return NULL;
    }
    bearer *b = m.made;
    b->values = new_values(scheme, tokens);
    if (b->values)
        return &b->auth;
    free_bearer(&b->auth);
    return NULL;
}
