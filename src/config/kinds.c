/* Kinds: what the rows of components say of settings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/kinds.h"

#include "config/keys.h"

/* ---- rows ---------------------------------------------------------------------------------- */

typedef struct exporter_kind {
    const tm_keys *keys;
    unsigned traits;
} exporter_kind;

static const exporter_kind EXPORTERS[] = {
#define EXPORTER(ID, MEMBER, NAME, STATE, TRAITS, MANUAL)                                          \
    [TM_EXPORTER_##ID] = {&tm_keys_exporter_##MEMBER, TRAITS},
#include "config/keys/exporters.def"
#undef EXPORTER
};

static const tm_keys *const RECEIVERS[] = {
#define RECEIVER(ID, MEMBER, ...) [TM_RECEIVER_##ID] = &tm_keys_receiver_##MEMBER,
#include "config/keys/receivers.def"
#undef RECEIVER
};

static const tm_keys *const EXTENSIONS[] = {
#define EXTENSION(ID, MEMBER, ...) [TM_EXTENSION_##ID] = &tm_keys_##MEMBER,
#include "config/keys/extensions.def"
#undef EXTENSION
};

const tm_keys *tm_exporter_keys(const tm_exporter_settings *exporter)
{
    return EXPORTERS[exporter->type].keys;
}

const tm_keys *tm_receiver_keys(const tm_receiver_settings *receiver)
{
    return RECEIVERS[receiver->type];
}

const tm_keys *tm_extension_keys(const tm_extension_settings *extension)
{
    return EXTENSIONS[extension->type];
}

/* ---- parts --------------------------------------------------------------------------------- */

typedef void part_fn(void *owner, void *part);

/* What the member of a map's row holds; NULL: nothing. */
static char *nested_at(const tm_key *key, char *settings)
{
    char *at = NULL;
    if (key->kind == TM_KEY_MAP)
        at = settings + key->at;
    else if (key->kind == TM_KEY_OPTION || key->kind == TM_KEY_SWITCH)
        memcpy(&at, settings + key->at, sizeof at);
    return at;
}

static void each_part(const tm_keys *keys, char *settings, tm_part part, part_fn *fn, void *owner)
{
    for (size_t i = 0; i < keys->count; i++) {
        const tm_key *key = &keys->rows[i];
        char *nested = nested_at(key, settings);
        if (key->kind == TM_KEY_EXTENSION && part == TM_PART_AUTH)
            fn(owner, settings + key->at);
        else if (nested && key->nested->part == part)
            fn(owner, nested);
        else if (nested)
            each_part(key->nested, nested, part, fn, owner);
    }
}

static void keep(void *owner, void *part)
{
    *(void **)owner = part;
}

static const void *exporter_part(const tm_exporter_settings *exporter, tm_part part)
{
    void *found = NULL;
    each_part(EXPORTERS[exporter->type].keys, (char *)&exporter->otlp, part, keep, &found);
    return found;
}

/* ---- exporters ----------------------------------------------------------------------------- */

bool tm_exporter_has(const tm_exporter_settings *exporter, tm_exporter_trait trait)
{
    return EXPORTERS[exporter->type].traits & trait;
}

const tm_endpoint *tm_exporter_endpoint(const tm_exporter_settings *exporter)
{
    const tm_keys *keys = EXPORTERS[exporter->type].keys;
    const tm_endpoint *found = NULL;
    for (size_t i = 0; i < keys->count; i++) {
        const tm_key *key = &keys->rows[i];
        const char *at = (const char *)&exporter->otlp + key->at;
        const tm_endpoint *endpoint = (const tm_endpoint *)(const void *)at;
        if ((key->kind == TM_KEY_TARGET || key->kind == TM_KEY_URL) && (!found || endpoint->text.n))
            found = endpoint;
    }
    return found;
}

const tm_queue_settings *tm_exporter_queue(const tm_exporter_settings *exporter)
{
    return exporter_part(exporter, TM_PART_QUEUE);
}

const tm_retry_settings *tm_exporter_retry(const tm_exporter_settings *exporter)
{
    return exporter_part(exporter, TM_PART_RETRY);
}

/* ---- TLS ----------------------------------------------------------------------------------- */

const tm_tls_settings *tm_exporter_tls(const tm_exporter_settings *exporter)
{
    const tm_tls_settings *tls = exporter_part(exporter, TM_PART_TLS);
    if (!tls || tm_exporter_endpoint(exporter)->https)
        return tls;
    if (tm_exporter_has(exporter, TM_EXPORTER_GOES_BY_SCHEME))
        return NULL;
    return !tls->insecure || tls->ca_file.n || tls->ca_pem.n ? tls : NULL;
}

bool tm_exporter_is_insecure(const tm_exporter_settings *exporter)
{
    const tm_tls_settings *tls = exporter_part(exporter, TM_PART_TLS);
    return tls && tls->insecure;
}

typedef struct tls_call {
    tm_tls_fn *fn;
    void *owner;
} tls_call;

static void call_tls(void *owner, void *part)
{
    const tls_call *c = owner;
    c->fn(c->owner, part);
}

void tm_exporter_each_tls(const tm_exporter_settings *exporter, tm_tls_fn *fn, void *owner)
{
    tls_call c = {fn, owner};
    each_part(EXPORTERS[exporter->type].keys, (char *)&exporter->otlp, TM_PART_TLS, call_tls, &c);
}

void tm_extension_each_tls(const tm_extension_settings *extension, tm_tls_fn *fn, void *owner)
{
    tls_call c = {fn, owner};
    each_part(EXTENSIONS[extension->type], (char *)(uintptr_t)&extension->health, TM_PART_TLS,
              call_tls, &c);
}

bool tm_extension_listens(const tm_extension_settings *extension)
{
    static const bool listens[] = {
#define LISTENS_NONE false
#define LISTENS_AUTH false
#define LISTENS_PAGES true
#define EXTENSION(ID, MEMBER, NAME, STATE, USE, MANUAL) [TM_EXTENSION_##ID] = LISTENS_##USE,
#include "config/keys/extensions.def"
#undef EXTENSION
#undef LISTENS_NONE
#undef LISTENS_AUTH
#undef LISTENS_PAGES
    };
    return listens[extension->type];
}

void tm_receiver_each_tls(const tm_receiver_settings *receiver, tm_tls_fn *fn, void *owner)
{
    tls_call c = {fn, owner};
    each_part(RECEIVERS[receiver->type], (char *)&receiver->otlp, TM_PART_TLS, call_tls, &c);
}

/* ---- authentication ------------------------------------------------------------------------ */

typedef struct auth_call {
    tm_auth_fn *fn;
    void *owner;
} auth_call;

static void call(void *owner, void *part)
{
    const auth_call *c = owner;
    c->fn(c->owner, part);
}

void tm_exporter_each_auth(const tm_exporter_settings *exporter, tm_auth_fn *fn, void *owner)
{
    auth_call c = {fn, owner};
    each_part(EXPORTERS[exporter->type].keys, (char *)&exporter->otlp, TM_PART_AUTH, call, &c);
}

void tm_receiver_each_auth(const tm_receiver_settings *receiver, tm_auth_fn *fn, void *owner)
{
    auth_call c = {fn, owner};
    each_part(RECEIVERS[receiver->type], (char *)&receiver->otlp, TM_PART_AUTH, call, &c);
}

void tm_extension_each_auth(const tm_extension_settings *extension, tm_auth_fn *fn, void *owner)
{
    auth_call c = {fn, owner};
    each_part(EXTENSIONS[extension->type], (char *)(uintptr_t)&extension->health, TM_PART_AUTH,
              call, &c);
}

/* ---- pipelines ----------------------------------------------------------------------------- */

const tm_processor_settings *tm_pipeline_next_batch(const tm_pipeline_settings *pipeline,
                                                    size_t *at)
{
    while (*at < pipeline->processor_count) {
        const tm_processor_settings *processor = pipeline->processors[(*at)++];
        if (tm_processor_traits(processor->type) & TM_PROCESSOR_BATCHES)
            return processor;
    }
    return NULL;
}
