/* Send, file: OTLP/JSON, one request a line, or protobuf with each request's size before it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/compress.h"
#include "otlp/json_write.h"
#include "pipe/rotate.h"
#include "pipe/senders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct tm_file_sender {
    tm_sender sender;
    tm_file_exporter_settings settings;
    int fd;
    uint64_t size_bytes;   /* of the file */
    tm_deflater *deflater; /* NULL: nothing is compressed */
    tm_log *log;
    tm_arena *arena; /* of one batch */
} tm_file_sender;

static bool write_all(int fd, tm_text t)
{
    while (t.n) {
        ssize_t n = write(fd, t.p, t.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        t = tm_text_skip(t, (size_t)n);
    }
    return true;
}

/* The whole batch as one request. */
static tm_text join(tm_arena *arena, const tm_batch *batch)
{
    tm_buf out = {.arena = arena};
    for (uint32_t i = 0; i < batch->chunks; i++)
        tm_buf_add(&out, batch->chunk[i]->bytes);
    return tm_buf_text(&out);
}

static void add_framed(tm_buf *out, tm_text message)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        tm_buf_add_char(out, (char)(message.n >> shift));
    tm_buf_add(out, message);
}

/* False when out of memory. */
static bool compress(tm_file_sender *s, tm_text *message)
{
    tm_bytes packed = {0};
    const tm_deflate_part part = {.bytes = *message};
    bool ok = tm_deflate(s->deflater, TM_CODING_ZSTD, (int)s->settings.compression_params.level,
                         &part, 1, &packed);
    if (ok)
        *message = tm_arena_copy(s->arena, tm_bytes_text(&packed));
    tm_bytes_free(&packed);
    return ok;
}

/* What a request is in the file; no text at all when it cannot be made. */
static tm_text print(tm_file_sender *s, tm_text request)
{
    tm_buf json = {.arena = s->arena}, out = {.arena = s->arena};
    tm_text error, message = request;
    if (s->settings.format == TM_ENCODE_JSON) {
        if (!tm_otlp_to_json(&json, TM_MESSAGE_REQUEST, request, &error))
            return (tm_text){0};
        message = tm_buf_text(&json);
    }
    if (s->deflater && !compress(s, &message))
        return (tm_text){0};
    if (s->settings.format == TM_ENCODE_JSON && !s->deflater) {
        tm_buf_add(&json, TM_TEXT("\n"));
        return tm_buf_text(&json);
    }
    add_framed(&out, message);
    return tm_buf_text(&out);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* False with errno. Rotation goes on with the file that is there. */
static bool open_file(tm_file_sender *s)
{
    const tm_file_exporter_settings *f = &s->settings;
    struct stat found;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    if (!f->append && !f->rotation)
        flags |= O_TRUNC;
    s->fd = open(tm_arena_copy(s->arena, f->path).p, flags, 0600);
    if (s->fd < 0)
        return false;
    s->size_bytes = fstat(s->fd, &found) == 0 ? (uint64_t)found.st_size : 0;
    return true;
}

/* Begins a new file when `more` bytes would make this one too large. */
static bool make_room(tm_file_sender *s, size_t more)
{
    const tm_rotation_settings *r = s->settings.rotation;
    enum { USUAL_MEGABYTES = 100 };
    if (!r || !s->size_bytes)
        return true;
    uint64_t most = (uint64_t)(r->max_megabytes ? r->max_megabytes : USUAL_MEGABYTES) << 20;
    if (s->size_bytes + more <= most)
        return true;
    uint64_t now_ms = tm_clock_realtime_ns(tm_clock_real()) / 1000000;
    if (!tm_rotate_rename(s->arena, s->settings.path, now_ms, r->localtime)) {
        tm_log_some(s->log, TM_LOG_WARN, "the file cannot be rotated, it grows on",
                    TM_LOG_OWN("path", s->settings.path), TM_LOG_WORD("reason", strerror(errno)));
        return true;
    }
    close(s->fd);
    tm_rotate_clean(s->arena, s->settings.path, r, now_ms);
    return open_file(s);
}

static bool put(tm_file_sender *s, tm_text out)
{
    if ((s->fd < 0 && !open_file(s)) || !make_room(s, out.n) || !write_all(s->fd, out))
        return false;
    s->size_bytes += out.n;
    return true;
}

/* A batch to be written. */
typedef struct writing {
    tm_file_sender *sender;
    const tm_batch *batch;
    bool done;
} writing;

static void write_batch(void *argument)
{
    writing *w = argument;
    tm_text out = print(w->sender, join(w->sender->arena, w->batch));
    w->done = out.p && put(w->sender, out);
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    writing w = {.sender = s, .batch = batch};
    tm_sent sent = {.code = TM_STATUS_INTERNAL,
                    .message = TM_TEXT("the file could not be written"),
                    .retry_delay_ms = -1};
    tm_arena_reset(s->arena);
    if (tm_arena_try(s->arena, write_batch, &w) && w.done)
        sent = (tm_sent){.code = TM_STATUS_OK, .retry_delay_ms = -1};
    tm_outlet_sent(batch->outlet, batch, &sent);
}

static void free_sender(tm_sender *sender)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    if (s->fd >= 0)
        close(s->fd);
    tm_deflater_free(s->deflater);
    tm_arena_free(s->arena);
    tm_heap_free(NULL, s);
}

/* False with a sentence in `error`. */
static bool begin(tm_file_sender *s, char *error, size_t error_bytes)
{
    const tm_file_exporter_settings *f = &s->settings;
    if (f->create_directory && !tm_rotate_make_directory(s->arena, f->path, f->permissions)) {
        snprintf(error, error_bytes, "cannot make the directories of %.*s: %s", TM_PRI(f->path),
                 strerror(errno));
        return false;
    }
    if (!open_file(s)) {
        snprintf(error, error_bytes, "cannot write %.*s: %s", TM_PRI(f->path), strerror(errno));
        return false;
    }
    if (f->compression == TM_COMPRESS_ZSTD)
        s->deflater = tm_deflater_new(NULL);
    snprintf(error, error_bytes, "out of memory");
    return f->compression == TM_COMPRESS_NONE || s->deflater;
}

tm_sender *tm_sender_file(const tm_exporter_settings *settings, const tm_sender_options *options,
                          char *error, size_t error_bytes)
{
    tm_arena *arena = tm_arena_new(NULL);
    tm_file_sender *s = tm_heap_alloc(NULL, sizeof *s);
    if (!arena || !s) {
        snprintf(error, error_bytes, "out of memory");
        tm_arena_free(arena);
        tm_heap_free(NULL, s);
        return NULL;
    }
    *s = (tm_file_sender){.sender = {.send = send_batch, .free = free_sender},
                          .settings = settings->file,
                          .fd = -1,
                          .log = options->log,
                          .arena = arena};
    if (begin(s, error, error_bytes))
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
