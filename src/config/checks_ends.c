/* Checks of exporters, and of the service's own metrics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "config/checks.h"
#include "config/secrets.h"

bool tm_check_partition(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_queue_partition_settings *partition = settings;
    return tm_check_names_differ(r, doc, "metadata_keys", &partition->metadata_keys);
}

bool tm_check_queue_batch(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_queue_batch_settings *batch = settings;
    if (batch->enabled && batch->flush_timeout_ns <= 0)
        return tm_reading_fail(r, tm_check_place(doc, "flush_timeout"), "E0524",
                               "flush_timeout must be more than 0");
    return !batch->enabled || !batch->max_size || batch->max_size >= batch->min_size ||
           tm_reading_fail(r, tm_check_place(doc, "max_size"), "E0527",
                           "%lld is less than min_size, which is %lld", (long long)batch->max_size,
                           (long long)batch->min_size);
}

/* Settles the sizer of the batches, and whether there are any. */
static bool settle_batch(tm_reading *r, const tm_doc *doc, tm_queue_settings *queue)
{
    tm_queue_batch_settings *batch = queue->batch;
    const tm_doc *at = tm_doc_find(doc, TM_TEXT("batch"));
    if (!batch->enabled) {
        queue->batch = NULL;
        return true;
    }
    if (at->type != TM_DOC_NULL && tm_check_given(doc, "sizer") && !tm_check_given(at, "sizer"))
        batch->sizer = queue->sizer;
    if (batch->sizer == TM_SIZE_REQUESTS)
        return tm_reading_fail(r, tm_check_place(at, "sizer"), "E0524",
                               "a batch is measured in items or bytes, not requests");
    return batch->sizer != queue->sizer || batch->min_size <= queue->size ||
           tm_reading_fail(r, tm_check_place(at, "min_size"), "E0527",
                           "%lld is more than queue_size, which is %lld",
                           (long long)batch->min_size, (long long)queue->size);
}

bool tm_check_queue(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_queue_settings *queue = settings;
    if (!queue->enabled)
        return true;
    if (queue->size < 1)
        return tm_reading_fail(r, doc, "E0524", "queue_size must be more than 0");
    if (queue->consumers < 1)
        return tm_reading_fail(r, doc, "E0524", "num_consumers must be more than 0");
    return !queue->batch || settle_batch(r, doc, queue);
}

bool tm_check_retry(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_retry_settings *retry = settings;
    if (!retry->enabled || !retry->max_elapsed_ns)
        return true;
    if (retry->max_elapsed_ns < retry->initial_interval_ns)
        return tm_reading_fail(r, doc, "E0527",
                               "max_elapsed_time must not be less than initial_interval");
    return retry->max_elapsed_ns >= retry->max_interval_ns ||
           tm_reading_fail(r, doc, "E0527", "max_elapsed_time must not be less than max_interval");
}

/* As in the Collector, which strips http:// and goes by tls.insecure. */
static void warn_of_scheme(tm_reading *r, const tm_doc *doc, const tm_otlp_exporter_settings *otlp)
{
    const tm_doc *at = tm_check_place(doc, "endpoint");
    if (!otlp->endpoint.http || otlp->tls.insecure)
        return;
    tm_diag_warning(r->diags, at->source, at->place, "W0544",
                    "%.*s: TLS will be spoken, http:// does not turn it off",
                    TM_PRI(tm_doc_path(r->arena, at)));
    tm_diag_hint(r->diags, "\"tls: {insecure: true}\" does");
}

/* The server's name comes as :authority from both. */
static bool check_authority(tm_reading *r, const tm_doc *doc, const tm_otlp_exporter_settings *otlp)
{
    const tm_doc *authority = tm_check_given(doc, "authority");
    const tm_doc *tls = tm_doc_find(doc, TM_TEXT("tls"));
    tm_text name = otlp->tls.server_name;
    return !authority || !name.n || otlp->tls.insecure || tm_text_equal(otlp->authority, name) ||
           tm_check_clash(r, authority, tm_check_given(tls, "server_name_override"));
}

/* Texts that become values of header fields. */
static bool check_printable(tm_reading *r, const tm_doc *doc, const char *key, tm_text text,
                            char least)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < least || text.p[i] > '~')
            return tm_reading_fail(r, tm_check_place(doc, key), "E0524",
                                   "it has a character that HTTP does not allow here");
    return true;
}

bool tm_check_otlp_exporter(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_otlp_exporter_settings *otlp = settings;
    warn_of_scheme(r, doc, otlp);
    return check_printable(r, doc, "authority", otlp->authority, '!') &&
           check_printable(r, doc, "user_agent", otlp->user_agent, ' ') &&
           check_authority(r, doc, otlp) && tm_check_sent_headers(r, doc, &otlp->headers);
}

/* A proxy's URL may have a password in it, and is never shown. */
static bool check_proxy(tm_reading *r, const tm_doc *doc, tm_text url)
{
    tm_text rest = url;
    ptrdiff_t colon = tm_text_find(url, TM_TEXT("://"));
    static const char *const SCHEMES[] = {"http", "https", "socks5", "socks5h"};
    bool known = colon < 0;
    for (size_t i = 0; colon >= 0 && i < sizeof SCHEMES / sizeof *SCHEMES; i++)
        known |= tm_text_same_word(tm_text_slice(url.p, (size_t)colon), tm_text_of(SCHEMES[i]));
    if (colon >= 0)
        rest = tm_text_skip(url, (size_t)colon + 3);
    return !url.n || (known && rest.n && tm_secrets_visible(url)) ||
           tm_reading_fail(r, tm_check_place(doc, "proxy_url"), "E0524",
                           "a proxy is http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT");
}

static bool check_level(tm_reading *r, const tm_doc *doc, const tm_http_exporter_settings *http)
{
    enum { GZIP_MOST = 9 };
    const tm_doc *at = tm_check_place(doc, "compression_params");
    int64_t level = http->compression_params.level;
    if (level && http->compression == TM_COMPRESS_NONE)
        return tm_reading_fail(r, at, "E0527", "it needs compression");
    return http->compression != TM_COMPRESS_GZIP || level <= GZIP_MOST ||
           tm_reading_fail(r, at, "E0527", "gzip has no level above %d", GZIP_MOST);
}

bool tm_check_http_exporter(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_http_exporter_settings *http = settings;
    if (!http->endpoint.text.n && !http->traces_endpoint.text.n)
        return tm_reading_fail(r, doc, "E0523", "it needs endpoint or traces_endpoint");
    return check_proxy(r, doc, http->proxy_url) && check_level(r, doc, http);
}

bool tm_check_debug_exporter(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_debug_exporter_settings *debug = settings;
    const tm_doc *paths = tm_doc_find(doc, TM_TEXT("output_paths"));
    if (!paths || paths->type == TM_DOC_NULL)
        return true;
    if (debug->use_internal_logger)
        return tm_check_clash(r, tm_check_given(doc, "use_internal_logger"), paths);
    for (size_t i = 0; i < debug->output_paths.count; i++)
        if (!debug->output_paths.items[i].n)
            return tm_reading_fail(r, paths, "E0524", "the path is empty");
    return debug->output_paths.count ||
           tm_reading_fail(r, paths, "E0524", "it names nothing to print to");
}

bool tm_check_logging_exporter(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_debug_exporter_settings *debug = settings;
    const tm_doc *level = tm_doc_find(doc, TM_TEXT("loglevel"));
    if (!level || level->type == TM_DOC_NULL)
        return true;
    debug->verbosity = debug->loglevel;
    return !tm_doc_find(doc, TM_TEXT("verbosity")) ||
           tm_check_clash(r, tm_check_given(doc, "verbosity"), level);
}

/* "0755" */
static bool read_octal(tm_text text, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '7' || *out > 0777)
            return false;
        *out = *out * 8 + (unsigned)(text.p[i] - '0');
    }
    return text.n && *out <= 0777;
}

static bool settle_directory(tm_reading *r, const tm_doc *doc, tm_file_exporter_settings *file)
{
    const tm_doc *at = tm_check_place(doc, "directory_permissions");
    file->permissions = 0755;
    if (!file->directory_permissions.n)
        return true;
    if (!file->create_directory)
        return tm_reading_fail(r, at, "E0527", "it needs create_directory: true");
    return read_octal(file->directory_permissions, &file->permissions) ||
           tm_reading_fail(r, at, "E0524", "\"%.*s\" is no mode such as 0755",
                           TM_PRI(file->directory_permissions));
}

bool tm_check_file_exporter(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_file_exporter_settings *file = settings;
    if (!file->path.n)
        return tm_reading_fail(r, doc, "E0524", "the path is empty");
    if (file->append && file->rotation)
        return tm_check_clash(r, tm_check_given(doc, "append"),
                              tm_doc_find(doc, TM_TEXT("rotation")));
    if (file->compression_params.level && file->compression == TM_COMPRESS_NONE)
        return tm_reading_fail(r, tm_check_place(doc, "compression_params"), "E0527",
                               "it needs compression");
    return settle_directory(r, doc, file);
}

/* Names stand unquoted in messages. */
static bool is_field_name(tm_text name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~' || strchr("\"\\=", name.p[i]))
            return false;
    return name.n > 0;
}

bool tm_check_logs(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_logs_settings *logs = settings;
    const tm_doc *fields = logs->initial_fields;
    bool fine = true;
    for (size_t i = 0; i < logs->output_paths.count; i++)
        if (!logs->output_paths.items[i].n)
            return tm_reading_fail(r, tm_check_place(doc, "output_paths"), "E0524",
                                   "the path is empty");
    if (logs->output_paths.count > TM_LOG_MOST_OUTPUTS)
        return tm_reading_fail(r, tm_check_place(doc, "output_paths"), "E0524",
                               "there are more than %d", TM_LOG_MOST_OUTPUTS);
    if (fields && fields->type != TM_DOC_MAP)
        return tm_reading_expect(r, fields, "a map");
    for (const tm_doc *f = fields ? fields->first : NULL; f; f = f->next) {
        bool holder = f->type == TM_DOC_MAP || f->type == TM_DOC_LIST || f->type == TM_DOC_NULL;
        if (!is_field_name(f->key))
            fine = tm_reading_fail(r, f, "E0524", "\"%.*s\" is no name of a field", TM_PRI(f->key));
        else if (holder)
            fine = tm_reading_expect(r, f, "a string, a number or a bool");
    }
    return fine;
}

/* Settles which page is served: that of the reader, else the one at `address`. */
bool tm_check_metrics(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_metrics_settings *metrics = settings;
    const tm_doc *list = tm_check_given(doc, "readers"), *item = list ? list->first : NULL;
    const tm_metrics_reader *pulled = NULL;
    for (size_t i = 0; i < metrics->readers.count; i++, item = item->next) {
        const tm_metrics_reader *reader = (const tm_metrics_reader *)metrics->readers.items + i;
        if (tm_doc_find(item, TM_TEXT("periodic")) && !reader->pull)
            continue; /* without effect, as its row says */
        if (!reader->pull || !reader->pull->exporter.prometheus)
            return tm_reading_fail(r, list, "E0523", "a reader needs pull.exporter.prometheus");
        if (pulled)
            return tm_reading_fail(r, list, "E0522", "more than one reader is not supported yet");
        pulled = reader;
    }
    if (pulled) {
        metrics->prometheus = *pulled->pull->exporter.prometheus;
        return true;
    }
    bool fine = tm_keys_read(r, tm_keys_prometheus(), NULL, &metrics->prometheus);
    metrics->prometheus.host = metrics->address.host;
    metrics->prometheus.port = metrics->address.port;
    return fine;
}
