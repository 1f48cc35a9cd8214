/* Auth by names and passwords, as htpasswd keeps them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/auth.h"

#include "base/base64.h"

#include <crypt.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>

/* Hashes that are meant to be slow are made once for each good pair of name and password: what was
 * found good is remembered by its digest. */
enum { REMEMBERED = 64 };

typedef struct user {
    tm_text name, hash;
} user;

typedef struct basic {
    tm_auth auth;
    tm_arena *arena;
    user *users;
    size_t count;
    pthread_mutex_t lock;
    unsigned char good[REMEMBERED][SHA256_DIGEST_LENGTH]; /* under the lock */
    size_t goods;                                         /* how many ever */
} basic;

/* ---- hashes ---------------------------------------------------------------------------------- */

/* "$2y$...", "$6$...": what crypt(3) knows. */
static bool fits_crypt(tm_arena *arena, tm_text password, tm_text hash)
{
    struct crypt_data *data = tm_arena_zero(arena, 1, sizeof *data);
    const char *made =
        crypt_r(tm_arena_copy(arena, password).p, tm_arena_copy(arena, hash).p, data);
    return made && *made != '*' && tm_auth_equal(tm_text_of(made), hash);
}

static bool fits_sha(tm_arena *arena, tm_text password, tm_text base64)
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    tm_buf out = {.arena = arena};
    SHA1((const unsigned char *)password.p, password.n, digest);
    tm_base64_encode(&out, tm_text_slice(digest, sizeof digest), 0);
    return tm_auth_equal(tm_buf_text(&out), base64);
}

static bool fits(tm_arena *arena, tm_text password, tm_text hash)
{
    const tm_text sha = TM_TEXT("{SHA}");
    if (tm_text_starts(hash, TM_TEXT("$")))
        return !memchr(password.p, '\0', password.n) && fits_crypt(arena, password, hash);
    if (tm_text_starts(hash, sha))
        return fits_sha(arena, password, tm_text_skip(hash, sha.n));
    return tm_auth_equal(password, hash);
}

/* ---- what was found good --------------------------------------------------------------------- */

static bool is_known(basic *b, const unsigned char *digest)
{
    bool known = false;
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < b->goods && i < REMEMBERED; i++)
        known |= tm_auth_equal(tm_text_slice(b->good[i], SHA256_DIGEST_LENGTH),
                               tm_text_slice(digest, SHA256_DIGEST_LENGTH));
    pthread_mutex_unlock(&b->lock);
    return known;
}

static void remember(basic *b, const unsigned char *digest)
{
    pthread_mutex_lock(&b->lock);
    memcpy(b->good[b->goods++ % REMEMBERED], digest, SHA256_DIGEST_LENGTH);
    pthread_mutex_unlock(&b->lock);
}

/* ---- requests -------------------------------------------------------------------------------- */

static const user *find_user(const basic *b, tm_text name)
{
    for (size_t i = b->count; i > 0; i--)
        if (tm_text_equal(b->users[i - 1].name, name))
            return &b->users[i - 1];
    return NULL;
}

/* NULL when the pair is good, or why not. */
static const char *judge_pair(basic *b, tm_arena *arena, tm_text encoded)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    tm_buf pair = {.arena = arena};
    tm_text name, password;
    if (!tm_base64_decode(&pair, encoded, 0))
        return "invalid authorization format";
    password = tm_buf_text(&pair);
    tm_text_next(&password, ':', &name);
    if (!password.p)
        return "invalid authorization format";
    SHA256((const unsigned char *)pair.p, pair.n, digest);
    if (is_known(b, digest))
        return NULL;
    const user *found = find_user(b, name);
    if (!found || !fits(arena, password, found->hash))
        return "invalid credentials";
    remember(b, digest);
    return NULL;
}

/* A pair of name and password to be judged. */
typedef struct judging {
    basic *by;
    tm_arena *arena;
    tm_text encoded;
    const char *why;
} judging;

static void judge_in_arena(void *argument)
{
    judging *j = argument;
    j->why = judge_pair(j->by, j->arena, j->encoded);
}

static const char *judge(basic *b, tm_text encoded)
{
    judging j = {.by = b, .arena = tm_arena_new(NULL), .encoded = encoded};
    if (!j.arena || !tm_arena_try(j.arena, judge_in_arena, &j))
        j.why = "out of memory";
    tm_arena_free(j.arena);
    return j.why;
}

static bool admits(tm_auth *auth, bool given, tm_text value, const char **why)
{
    const tm_text scheme = TM_TEXT("Basic ");
    *why = NULL;
    if (!given || !value.n)
        *why = "no basic auth provided";
    else if (value.n < scheme.n || !tm_text_same_word(tm_text_slice(value.p, scheme.n), scheme))
        *why = "invalid authorization scheme prefix";
    else
        *why = judge((basic *)auth, tm_text_skip(value, scheme.n));
    return !*why;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void free_basic(tm_auth *auth)
{
    basic *b = (basic *)auth;
    pthread_mutex_destroy(&b->lock);
    tm_arena_free(b->arena); /* in which it lies itself */
}

/* NULL, or what is wrong with the line. */
static const char *add_line(basic *b, tm_text line)
{
    tm_text name;
    line = tm_text_trim(line);
    if (!line.n || line.p[0] == '#')
        return NULL;
    tm_text_next(&line, ':', &name);
    if (!line.p)
        return "it is not USER:HASH";
    if (tm_text_starts(line, TM_TEXT("$apr1$")) || tm_text_starts(line, TM_TEXT("{SSHA}")))
        return "hashes of this kind are not supported yet";
    b->users[b->count++] = (user){name, line};
    return NULL;
}

static basic *make(tm_arena *arena, tm_text htpasswd, char *error, size_t error_bytes)
{
    static char header[] = "authorization";
    basic *b = TM_NEW(arena, basic);
    tm_text rest = tm_arena_copy(arena, htpasswd), line;
    size_t lines = 1, number = 0;
    for (size_t i = 0; i < rest.n; i++)
        lines += rest.p[i] == '\n';
    *b = (basic){.auth = {.header = header, .admits = admits, .free = free_basic}, .arena = arena};
    b->users = TM_NEW_ARRAY(arena, lines, user);
    while (tm_text_next(&rest, '\n', &line)) {
        const char *wrong = add_line(b, line);
        number++;
        if (!wrong)
            continue;
        snprintf(error, error_bytes, "line %zu: %s", number, wrong);
        return NULL;
    }
    return b;
}

/* One call of tm_auth_basic. */
typedef struct making {
    tm_arena *arena;
    tm_text htpasswd;
    char *error;
    size_t error_bytes;
    basic *made;
} making;

static void make_in_arena(void *argument)
{
    making *m = argument;
    m->made = make(m->arena, m->htpasswd, m->error, m->error_bytes);
}

tm_auth *tm_auth_basic(tm_text htpasswd, char *error, size_t error_bytes)
{
    making m = {tm_arena_new(NULL), htpasswd, error, error_bytes, NULL};
    snprintf(error, error_bytes, "out of memory");
    bool done = m.arena && tm_arena_try(m.arena, make_in_arena, &m);
    basic *b = m.made;
    if (!done || !b) {
        tm_arena_free(m.arena);
        return NULL;
    }
    pthread_mutex_init(&b->lock, NULL);
    return &b->auth;
}
