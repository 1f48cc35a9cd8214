/* Checks: what a configuration must keep to that no single row can say.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each is the `check` of one table: it may also settle what depends on several keys. */
#ifndef TM_CONFIG_CHECKS_H
#define TM_CONFIG_CHECKS_H

#include "config/reader.h"

/* Reports that two keys of one map exclude each other, with both places; false. */
bool tm_check_clash(tm_reading *r, const tm_doc *a, const tm_doc *b);

/* Finds which of the keys of a map is given, or NULL; false, and told of, when two are. */
bool tm_check_one_of(tm_reading *r, const tm_doc *doc, const char *const *keys, size_t count,
                     const tm_doc **given);

/* The child of `doc` with that key when it is there and holds something, or NULL. */
const tm_doc *tm_check_given(const tm_doc *doc, const char *key);

/* The node of a key, or of the map where the key is absent. */
const tm_doc *tm_check_place(const tm_doc *doc, const char *key);

/* No name stands twice in the list at `key` of `doc`, in any case: else a report and false. */
bool tm_check_names_differ(tm_reading *r, const tm_doc *doc, const char *key,
                           const tm_texts *names);

/* Authentication: checks_auth.c. */
bool tm_check_auth(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_bearer(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_htpasswd(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_client_auth(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_basic(tm_reading *r, const tm_doc *doc, void *settings);

/* Extensions that only exporters authenticate by: checks_clients.c. */
bool tm_check_set_header(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_setter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_oauth2(tm_reading *r, const tm_doc *doc, void *settings);

/* Finds the extensions that receivers and exporters authenticate by. */
bool tm_check_authenticators(tm_reading *r, tm_settings *settings);

/* May exporters send a header of this name, in any case? Reports headers that they cannot send;
 * what gRPC sets itself is left out by them: checks_net.c. */
bool tm_check_sent_name(tm_text name);
bool tm_check_sent_headers(tm_reading *r, const tm_doc *doc, const tm_headers *headers);
bool tm_check_prometheus(tm_reading *r, const tm_doc *doc, void *settings);

/* TLS: checks_tls.c. */
bool tm_check_tls_client(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_tls_server(tm_reading *r, const tm_doc *doc, void *settings);

/* Reads the files of TLS that receivers and exporters of pipelines name and makes what they are
 * for, as starting does; reports what is wrong with them. */
bool tm_check_tls_of_all(tm_reading *r, tm_settings *settings);

/* Receivers: checks_receivers.c. */
bool tm_check_cors(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_http_server(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_page_server(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_protocols(tm_reading *r, const tm_doc *doc, void *settings);

/* Exporters, service: checks_ends.c. */
bool tm_check_partition(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_queue_batch(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_queue(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_retry(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_otlp_exporter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_http_exporter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_debug_exporter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_logging_exporter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_file_exporter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_logs(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_metrics(tm_reading *r, const tm_doc *doc, void *settings);

/* Processors: checks_processors.c, attributes and matchers: checks_attributes.c. */
bool tm_check_filter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_transform(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_sampler(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_batch(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_limiter(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_tamis(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_match(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_library(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_action(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_attributes(tm_reading *r, const tm_doc *doc, void *settings);
bool tm_check_resource(tm_reading *r, const tm_doc *doc, void *settings);

#endif
