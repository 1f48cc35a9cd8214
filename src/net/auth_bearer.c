/* Auth by bearer tokens.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/auth.h"

#include <stdio.h>

typedef struct bearer {
    tm_auth auth;
    tm_arena *arena;
    tm_texts values; /* of the header */
    const char *missing;
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
    for (size_t i = 0; given && i < b->values.count; i++)
        admitted |= tm_auth_equal(value, b->values.items[i]);
    *why = given ? "scheme or token does not match" : b->missing;
    return admitted;
}

static void free_bearer(tm_auth *auth)
{
    tm_arena_free(((bearer *)auth)->arena); /* in which it lies itself */
}

static bearer *make(tm_arena *arena, tm_text header, tm_text scheme, const tm_texts *tokens)
{
    bearer *b = TM_NEW(arena, bearer);
    char *name = tm_arena_alloc(arena, header.n + 1);
    for (size_t i = 0; i < header.n; i++)
        name[i] =
            (char)(header.p[i] >= 'A' && header.p[i] <= 'Z' ? header.p[i] | 0x20 : header.p[i]);
    name[header.n] = '\0';
    *b = (bearer){.auth = {.header = name, .admits = admits, .free = free_bearer}, .arena = arena};
    b->missing =
        tm_arena_print(arena, "missing or empty authorization header: %.*s", TM_PRI(header)).p;
    b->values.items = TM_NEW_ARRAY(arena, tokens->count, tm_text);
    for (size_t i = 0; i < tokens->count; i++)
        b->values.items[b->values.count++] = tm_arena_print(
            arena, "%.*s%s%.*s", TM_PRI(scheme), scheme.n ? " " : "", TM_PRI(tokens->items[i]));
    return b;
}

tm_auth *tm_auth_bearer(tm_text header, tm_text scheme, const tm_texts *tokens)
{
    jmp_buf escape;
    tm_arena *arena = tm_arena_new(NULL);
    if (!arena)
        return NULL;
    if (setjmp(escape)) {
        tm_arena_free(arena);
        return NULL;
    }
    tm_arena_escape(arena, &escape);
    bearer *b = make(arena, header, scheme, tokens);
    tm_arena_escape(arena, NULL);
    return &b->auth;
}
