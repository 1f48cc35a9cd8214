/* Send, debug: every span as a line that a person can read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/harmless.h"
#include "base/write.h"
#include "otlp/request.h"
#include "pipe/debug_text.h"
#include "pipe/senders.h"
#include "vm/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* An output path. */
typedef struct tm_debug_file {
    int fd;
    tm_spool *spool; /* which has the descriptor; NULL: it never blocks */
} tm_debug_file;

typedef struct tm_debug_sender {
    tm_sender sender;
    tm_debug_exporter_settings settings;
    tm_loop *home;
    tm_log *log;
    tm_arena *arena; /* of one batch */
    uint64_t second; /* that `seen` counts in */
    int64_t seen;
    tm_text id; /* behind this block, behind the files */
    tm_spools *spools;
    size_t files;
    tm_debug_file file[];
} tm_debug_sender;

static void add_attributes(tm_buf *out, tm_item *item)
{
    const tm_map *map = tm_item_attributes(item);
    for (uint32_t i = 0; i < map->n; i++) {
        tm_buf_add_char(out, ' ');
        tm_harmless_add(out, map->entry[i].key);
        tm_buf_add_char(out, '=');
        tm_harmless_add(out, tm_data_text(out->arena, map->entry[i].value));
    }
}

static const char *kind_of(const tm_item *span)
{
    static const char *const names[] = {"unspecified", "internal", "server",
                                        "client",      "producer", "consumer"};
    int64_t kind = tm_item_field(span, TM_SPAN_KIND).integer;
    return kind >= 0 && kind <= 5 ? names[kind] : "unknown";
}

static void add_status(tm_buf *out, const tm_item *span)
{
    int64_t code = tm_item_field(span, TM_STATUS_CODE).integer;
    if (code == 0)
        return;
    tm_buf_add(out, code == 2 ? TM_TEXT(" ERROR") : TM_TEXT(" ok"));
    tm_text message = tm_value_text(tm_item_field(span, TM_STATUS_MESSAGE));
    if (message.n) {
        tm_buf_add_char(out, ' ');
        tm_harmless_add(out, message);
    }
}

/* From start to end, which are nanoseconds since 1970 up to 2^64; below 0 when the end comes first.
 */
static double elapsed_ms(uint64_t start_ns, uint64_t end_ns)
{
    return end_ns >= start_ns ? (double)(end_ns - start_ns) / 1e6
                              : -((double)(start_ns - end_ns) / 1e6);
}

/* span GET /entries 0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331 server 12.300ms [service]
 * key=value ... */
static void add_span(tm_buf *out, tm_item *resource, tm_item *span)
{
    int64_t start = tm_item_field(span, TM_SPAN_START).integer;
    int64_t end = tm_item_field(span, TM_SPAN_END).integer;
    tm_buf_add(out, TM_TEXT("span "));
    tm_harmless_add(out, tm_value_text(tm_item_field(span, TM_SPAN_NAME)));
    tm_buf_add_char(out, ' ');
    tm_buf_add_hex(out, tm_value_text(tm_item_field(span, TM_SPAN_TRACE_ID)));
    tm_buf_add_char(out, '/');
    tm_buf_add_hex(out, tm_value_text(tm_item_field(span, TM_SPAN_SPAN_ID)));
    tm_buf_print(out, " %s %.3fms", kind_of(span), elapsed_ms((uint64_t)start, (uint64_t)end));
    const tm_entry *service = tm_map_find(tm_item_attributes(resource), TM_TEXT("service.name"));
    if (service) {
        tm_buf_add(out, TM_TEXT(" ["));
        tm_harmless_add(out, tm_data_text(out->arena, service->value));
        tm_buf_add_char(out, ']');
    }
    add_status(out, span);
    add_attributes(out, span);
    tm_buf_add_char(out, '\n');
}

static void add_spans(tm_debug_sender *s, tm_text request, tm_buf *out)
{
    const tm_needs *none = tm_needs_new(s->arena, NULL, 0, UINT32_MAX);
    const tm_needs *needs[TM_LEVELS] = {none, none, none, none};
    tm_slot no_slot;
    tm_request q;
    tm_request_open(&q, s->arena, needs, &no_slot, request, false, TM_UTF8_KEEP);
    while (tm_request_next_resource(&q))
        while (tm_request_next_scope(&q))
            while (tm_request_next_span(&q))
                add_span(out, &q.item[TM_RESOURCE], &q.item[TM_SPAN]);
}

/* As zap's sampler does for messages that repeat. */
static bool shows(tm_debug_sender *s)
{
    uint64_t second = tm_loop_now_ms(s->home) / 1000;
    int64_t first = s->settings.sampling_initial, every = s->settings.sampling_thereafter;
    s->seen = second == s->second ? s->seen + 1 : 1;
    s->second = second;
    return s->seen <= first || (every && (s->seen - first) % every == 0);
}

static void write_log(tm_debug_sender *s, const tm_batch *batch, tm_text lines)
{
    tm_log_info(s->log, "Traces", TM_LOG_OWN("exporter", s->id), TM_LOG_UINT("spans", batch->spans),
                TM_LOG_UINT("bytes", batch->bytes));
    for (tm_text line; tm_text_next(&lines, '\n', &line);)
        if (line.n)
            tm_log_info(s->log, "span", TM_LOG_OWN("exporter", s->id), TM_LOG_OWN("text", line));
}

/* Of what may block it is the spool that counts and tells. */
static void write_file(tm_debug_sender *s, const tm_debug_file *file, tm_text lines)
{
    if (file->spool)
        tm_spool_add(file->spool, lines);
    else if (tm_write_all(file->fd, lines) < lines.n) /* spans still go on */
        tm_log_some(s->log, TM_LOG_WARN, "spans were not printed", TM_LOG_OWN("exporter", s->id),
                    TM_LOG_OWN("reason", tm_text_of(strerror(errno))));
}

/* A batch to be printed. */
typedef struct printing {
    tm_debug_sender *sender;
    const tm_batch *batch;
} printing;

static void print(void *argument)
{
    const printing *p = argument;
    tm_debug_sender *s = p->sender;
    const tm_batch *batch = p->batch;
    tm_buf out = {.arena = s->arena};
    bool logs = s->settings.use_internal_logger;
    unsigned resources = 0;
    if (s->settings.verbosity != TM_DEBUG_NORMAL && !logs)
        tm_buf_print(&out, "%.*s: %u spans in %zu bytes\n", TM_PRI(s->id), batch->spans,
                     batch->bytes);
    for (uint32_t i = 0; i < batch->chunks; i++)
        if (s->settings.verbosity == TM_DEBUG_NORMAL)
            add_spans(s, batch->chunk[i]->bytes, &out);
        else if (s->settings.verbosity == TM_DEBUG_DETAILED)
            tm_debug_text_add(&out, batch->chunk[i]->bytes, &resources);
    if (logs)
        write_log(s, batch, tm_buf_text(&out));
    for (size_t i = 0; i < s->files; i++)
        write_file(s, &s->file[i], tm_buf_text(&out));
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_debug_sender *s = (tm_debug_sender *)sender;
    printing p = {s, batch};
    tm_arena_reset(s->arena);
    if (shows(s))
        (void)tm_arena_try(s->arena, print, &p); /* without memory nothing is shown */
    tm_exporter_sent(batch->exporter, batch,
                     &(tm_sent){.code = TM_STATUS_OK, .retry_delay_ms = -1});
}

static void free_sender(tm_sender *sender)
{
    tm_debug_sender *s = (tm_debug_sender *)sender;
    for (size_t i = 0; i < s->files; i++)
        if (!s->file[i].spool && s->file[i].fd > STDERR_FILENO)
            close(s->file[i].fd);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
}

static int open_path(tm_arena *arena, tm_text path)
{
    if (tm_text_is(path, "stdout"))
        return STDOUT_FILENO;
    if (tm_text_is(path, "stderr"))
        return STDERR_FILENO;
    return open(tm_arena_copy(arena, path).p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void add_file(tm_debug_sender *s, int fd)
{
    bool due = s->spools && tm_spool_is_due(fd);
    s->file[s->files++] =
        (tm_debug_file){.fd = fd, .spool = due ? tm_spools_find(s->spools, fd) : NULL};
}

/* False with a sentence in `error`. */
static bool open_paths(tm_debug_sender *s, char *error, size_t error_bytes)
{
    const tm_texts *paths = &s->settings.output_paths;
    if (!s->settings.use_internal_logger && !paths->count)
        add_file(s, STDOUT_FILENO);
    for (size_t i = 0; i < paths->count; i++) {
        int fd = open_path(s->arena, paths->items[i]);
        if (fd < 0) {
            snprintf(error, error_bytes, "cannot write %.*s: %s", TM_PRI(paths->items[i]),
                     strerror(errno));
            return false;
        }
        add_file(s, fd);
    }
    return true;
}

tm_sender *tm_sender_debug(const tm_exporter_settings *settings, const tm_sender_options *options,
                           char *error, size_t error_bytes)
{
    tm_arena *arena = tm_arena_new(NULL);
    size_t files = settings->debug.output_paths.count + 1;
    tm_debug_sender *s =
        tm_heap_alloc(NULL, sizeof *s + files * sizeof s->file[0] + settings->id.n);
    if (!arena || !s) {
        snprintf(error, error_bytes, "out of memory");
        tm_arena_free(arena);
        tm_heap_free(NULL, s);
        return NULL;
    }
    *s = (tm_debug_sender){.sender = {.send = send_batch, .free = free_sender},
                           .settings = settings->debug,
                           .home = options->home,
                           .log = options->log,
                           .arena = arena,
                           .spools = options->spools,
                           .id = tm_text_slice(s->file + files, settings->id.n)};
    memcpy(s->file + files, settings->id.p, settings->id.n);
    if (open_paths(s, error, error_bytes))
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
