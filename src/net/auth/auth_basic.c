/* Auth by names and passwords, as htpasswd keeps them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/auth/auth.h"

#include "base/base64.h"
#include "net/auth/hashing.h"

#include <crypt.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

typedef struct user {
    tm_text name, hash;
} user;

/* What one htpasswd says, counted by those who look at it. */
typedef struct user_list {
    tm_arena *arena; /* in which it lies itself */
    _Atomic uint32_t references;
    tm_text htpasswd;
    user *users;
    size_t count;
    /* Of this list in this process: what is remembered tells nobody else, and is worth nothing when
     * another list has come. */
    unsigned char secret[TM_HASHING_KEY];
} user_list;

typedef struct basic {
    tm_auth auth;
    const tm_clock *clock;
    tm_hashing *hashing; /* of hashes that are meant to be slow */
    pthread_mutex_t lock;
    user_list *list; /* under the lock */
} basic;

static void unref_list(user_list *list)
{
    if (list && atomic_fetch_sub_explicit(&list->references, 1, memory_order_acq_rel) == 1)
        tm_arena_free(list->arena);
}

/* The list of now, with a reference. */
static user_list *take_list(basic *b)
{
    pthread_mutex_lock(&b->lock);
    user_list *list = b->list;
    atomic_fetch_add_explicit(&list->references, 1, memory_order_relaxed);
    pthread_mutex_unlock(&b->lock);
    return list;
}

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

/* A hash to be made and compared. */
typedef struct fitting {
    tm_arena *arena;
    tm_text password, hash;
    bool fits;
} fitting;

static void fit_crypt(void *argument)
{
    fitting *f = argument;
    f->fits = fits_crypt(f->arena, f->password, f->hash);
}

static tm_auth_verdict fits_slow(tm_text password, tm_text hash)
{
    fitting f = {.password = password, .hash = hash};
    if (memchr(password.p, '\0', password.n))
        return TM_AUTH_NO;
    f.arena = tm_arena_new(NULL);
    bool done = f.arena && tm_arena_try(f.arena, fit_crypt, &f);
    tm_arena_free(f.arena);
    return !done ? TM_AUTH_UNABLE : f.fits ? TM_AUTH_YES : TM_AUTH_NO;
}

static bool is_slow(tm_text hash)
{
    return tm_text_starts(hash, TM_TEXT("$"));
}

static bool fits_fast(tm_arena *arena, tm_text password, tm_text hash)
{
    const tm_text sha = TM_TEXT("{SHA}");
    if (tm_text_starts(hash, sha))
        return fits_sha(arena, password, tm_text_skip(hash, sha.n));
    return tm_auth_equal(password, hash);
}

/* ---- requests -------------------------------------------------------------------------------- */

static const user *find_user(const user_list *list, tm_text name)
{
    for (size_t i = list->count; i > 0; i--)
        if (tm_text_equal(list->users[i - 1].name, name))
            return &list->users[i - 1];
    return NULL;
}

/* What a request brings. */
typedef struct asking {
    basic *b;
    const user_list *list;
    tm_arena *arena;
    tm_auth_question *question; /* NULL: who asks has the time */
    const char *why;
} asking;

static tm_auth_verdict refuse(asking *a, const char *why)
{
    a->why = why;
    return TM_AUTH_NO;
}

static tm_auth_verdict judge_slow(asking *a, tm_text pair, tm_text password, tm_text hash)
{
    static const char wrong[] = "invalid credentials";
    unsigned char key[TM_HASHING_KEY];
    basic *b = a->b;
    if (!HMAC(EVP_sha256(), a->list->secret, sizeof a->list->secret, (const unsigned char *)pair.p,
              pair.n, key, NULL)) {
        a->why = "out of memory";
        return TM_AUTH_UNABLE;
    }
    tm_auth_verdict verdict =
        a->question ? tm_hashing_ask(b->hashing, key, password, hash, wrong, a->question)
                    : tm_hashing_wait(b->hashing, key, password, hash);
    if (verdict == TM_AUTH_UNABLE)
        a->why = "too many passwords are being checked";
    return verdict == TM_AUTH_NO ? refuse(a, wrong) : verdict;
}

static tm_auth_verdict judge_pair(asking *a, tm_text encoded)
{
    tm_buf pair = {.arena = a->arena};
    tm_text name, password;
    if (!tm_base64_decode(&pair, encoded, 0))
        return refuse(a, "invalid authorization format");
    password = tm_buf_text(&pair);
    tm_text_next(&password, ':', &name);
    if (!password.p)
        return refuse(a, "invalid authorization format");
    const user *found = find_user(a->list, name);
    if (found && is_slow(found->hash))
        return judge_slow(a, tm_buf_text(&pair), password, found->hash);
    if (!found || !fits_fast(a->arena, password, found->hash))
        return refuse(a, "invalid credentials");
    return TM_AUTH_YES;
}

/* A pair of name and password to be judged. */
typedef struct judging {
    asking *a;
    tm_text encoded;
    tm_auth_verdict verdict;
} judging;

static void judge_in_arena(void *argument)
{
    judging *j = argument;
    j->verdict = judge_pair(j->a, j->encoded);
}

static tm_auth_verdict judge(asking *a, tm_text encoded)
{
    judging j = {.a = a, .encoded = encoded};
    user_list *list = take_list(a->b);
    a->list = list;
    a->why = "out of memory";
    a->arena = tm_arena_new(NULL);
    if (!a->arena || !tm_arena_try(a->arena, judge_in_arena, &j))
        j.verdict = TM_AUTH_UNABLE;
    tm_arena_free(a->arena);
    unref_list(list);
    return j.verdict;
}

static const tm_text scheme = {"Basic ", 6};

static tm_auth_verdict ask(tm_auth *auth, bool given, tm_text value, tm_auth_question *question,
                           const char **why)
{
    asking a = {.b = (basic *)auth, .question = question};
    tm_auth_verdict verdict;
    if (!given || !value.n)
        verdict = refuse(&a, "no basic auth provided");
    else if (value.n < scheme.n || !tm_text_same_word(tm_text_slice(value.p, scheme.n), scheme))
        verdict = refuse(&a, "invalid authorization scheme prefix");
    else
        verdict = judge(&a, tm_text_skip(value, scheme.n));
    *why = a.why;
    return verdict;
}

static bool admits(tm_auth *auth, bool given, tm_text value, const char **why)
{
    return ask(auth, given, value, NULL, why) == TM_AUTH_YES;
}

/* As the Collector names them. */
static unsigned find_attributes(tm_arena *arena, tm_text value,
                                tm_auth_attribute attributes[TM_AUTH_ATTRIBUTES])
{
    tm_buf pair = {.arena = arena};
    const tm_text raw = tm_text_skip(value, scheme.n);
    tm_text rest, name;
    if (!tm_base64_decode(&pair, raw, 0))
        return 0;
    rest = tm_buf_text(&pair);
    tm_text_next(&rest, ':', &name);
    attributes[0] = (tm_auth_attribute){TM_TEXT("username"), name};
    attributes[1] = (tm_auth_attribute){TM_TEXT("raw"), raw};
    return 2;
}

/* ---- lists of users -------------------------------------------------------------------------- */

/* NULL, or what is wrong with the line. */
static const char *add_line(user_list *list, tm_text line)
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
    list->users[list->count++] = (user){name, line};
    return NULL;
}

static user_list *read_list(tm_arena *arena, tm_text htpasswd, char *error, size_t error_bytes)
{
    user_list *list = TM_NEW(arena, user_list);
    tm_text rest = tm_arena_copy(arena, htpasswd), line;
    size_t lines = 1, number = 0;
    for (size_t i = 0; i < rest.n; i++)
        lines += rest.p[i] == '\n';
    *list = (user_list){.arena = arena, .htpasswd = rest};
    atomic_init(&list->references, 1);
    list->users = TM_NEW_ARRAY(arena, lines, user);
    while (tm_text_next(&rest, '\n', &line)) {
        const char *wrong = add_line(list, line);
        number++;
        if (!wrong)
            continue;
        snprintf(error, error_bytes, "line %zu: %s", number, wrong);
        return NULL;
    }
    return list;
}

/* One call of new_list. */
typedef struct listing {
    tm_arena *arena;
    tm_text htpasswd;
    char *error;
    size_t error_bytes;
    user_list *list;
} listing;

static void list_all(void *argument)
{
    listing *l = argument;
    l->list = read_list(l->arena, l->htpasswd, l->error, l->error_bytes);
}

/* NULL with a sentence in `error`. */
static user_list *new_list(tm_text htpasswd, const tm_clock *clock, char *error, size_t error_bytes)
{
    listing l = {tm_arena_new(NULL), htpasswd, error, error_bytes, NULL};
    snprintf(error, error_bytes, "out of memory");
    bool done = l.arena && tm_arena_try(l.arena, list_all, &l);
    if (done && l.list) {
        if (tm_clock_random(clock, l.list->secret, sizeof l.list->secret))
            return l.list;
        snprintf(error, error_bytes, "the system has no random numbers");
    }
    tm_arena_free(l.arena);
    return NULL;
}

bool tm_auth_basic_set(tm_auth *auth, tm_text htpasswd, char *error, size_t error_bytes)
{
    basic *b = (basic *)auth;
    user_list *list = take_list(b);
    const bool same = tm_text_equal(list->htpasswd, htpasswd);
    unref_list(list);
    if (same)
        return true;
    list = new_list(htpasswd, b->clock, error, error_bytes);
    if (!list)
        return false;
    pthread_mutex_lock(&b->lock);
    user_list *old = b->list;
    b->list = list;
    pthread_mutex_unlock(&b->lock);
    unref_list(old);
    return true;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void free_basic(tm_auth *auth)
{
    basic *b = (basic *)auth;
    tm_hashing_free(b->hashing);
    unref_list(b->list);
    pthread_mutex_destroy(&b->lock);
    tm_heap_free(NULL, b);
}

tm_auth *tm_auth_basic(tm_text htpasswd, const tm_clock *clock, char *error, size_t error_bytes)
{
    static char header[] = "authorization";
    basic *b = tm_heap_alloc(NULL, sizeof *b);
    snprintf(error, error_bytes, "out of memory");
    if (!b)
        return NULL;
    *b = (basic){.auth = {.header = header,
                          .admits = admits,
                          .ask = ask,
                          .attributes = find_attributes,
                          .free = free_basic},
                 .clock = clock};
    pthread_mutex_init(&b->lock, NULL);
    b->hashing = tm_hashing_new(clock, fits_slow);
    b->list = b->hashing ? new_list(htpasswd, clock, error, error_bytes) : NULL;
    if (b->list)
        return &b->auth;
    free_basic(&b->auth);
    return NULL;
}
