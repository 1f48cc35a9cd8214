/* Kinds: what the rows of components say of settings, so that nobody else asks for their type.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_KINDS_H
#define TM_CONFIG_KINDS_H

#include "config/settings.h"

typedef enum tm_exporter_trait {
    TM_EXPORTER_SHOWS = 1, /* prints for somebody who watches */
    TM_EXPORTER_TELLS =
        2, /* done when it is offered, and the client is told, unless batches form */
    TM_EXPORTER_GOES_BY_SCHEME = 4, /* the endpoint's says whether TLS is spoken */
} tm_exporter_trait;

struct tm_keys;

/* The keys of its kind. */
const struct tm_keys *tm_exporter_keys(const tm_exporter_settings *exporter);
const struct tm_keys *tm_receiver_keys(const tm_receiver_settings *receiver);
const struct tm_keys *tm_extension_keys(const tm_extension_settings *extension);

bool tm_exporter_has(const tm_exporter_settings *exporter, tm_exporter_trait trait);

/* Where it sends to, how it queues and tries again; NULL: it does not. All are found by the keys of
 * its kind: the tables of sending_queue and retry_on_failure, a target or URL (the last one given).
 */
const tm_endpoint *tm_exporter_endpoint(const tm_exporter_settings *exporter);
const tm_queue_settings *tm_exporter_queue(const tm_exporter_settings *exporter);
const tm_retry_settings *tm_exporter_retry(const tm_exporter_settings *exporter);

/* How it encrypts; NULL: it does not. As in the Collector: where the scheme says so, or else unless
 * tls.insecure, and even then to https:// or when it is told whom to trust. */
const tm_tls_settings *tm_exporter_tls(const tm_exporter_settings *exporter);

/* Whether its tls says that it may do without. */
bool tm_exporter_is_insecure(const tm_exporter_settings *exporter);

/* Whether it has pages of its own, and so a port. */
bool tm_extension_listens(const tm_extension_settings *extension);

/* Calls fn for each `tls` of its settings that is there. */
typedef void tm_tls_fn(void *owner, tm_tls_settings *tls);
void tm_exporter_each_tls(const tm_exporter_settings *exporter, tm_tls_fn *fn, void *owner);
void tm_extension_each_tls(const tm_extension_settings *extension, tm_tls_fn *fn, void *owner);
void tm_receiver_each_tls(const tm_receiver_settings *receiver, tm_tls_fn *fn, void *owner);

/* Settings of one's own, with the extensions that they name, for those who outlive a configuration:
 * they point to nothing but the arena, and know no place in a source. */
tm_exporter_settings *tm_exporter_copy(tm_arena *arena, const tm_exporter_settings *exporter);
tm_receiver_settings *tm_receiver_copy(tm_arena *arena, const tm_receiver_settings *receiver);
tm_extension_settings *tm_extension_copy(tm_arena *arena, const tm_extension_settings *extension);

/* Calls fn for each `auth` of its settings that is there. */
typedef void tm_auth_fn(void *owner, tm_auth_settings *auth);
void tm_exporter_each_auth(const tm_exporter_settings *exporter, tm_auth_fn *fn, void *owner);
void tm_receiver_each_auth(const tm_receiver_settings *receiver, tm_auth_fn *fn, void *owner);

/* The same for extensions: of those that listen it checks clients, of others the credentials are
 * sent, too. */
void tm_extension_each_auth(const tm_extension_settings *extension, tm_auth_fn *fn, void *owner);

/* The first batch processor of the pipeline from *at on, which then stands behind it; or NULL. */
const tm_processor_settings *tm_pipeline_next_batch(const tm_pipeline_settings *pipeline,
                                                    size_t *at);

#endif
