/* Send, file: OTLP/JSON, one request a line, or protobuf with each request's size before it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/compress.h"
#include "otlp/otlp_json_write.h"
#include "pipe/records.h"
#include "pipe/rotate.h"
#include "pipe/senders.h"

#include <errno.h>
#include <stdio.h>

typedef struct tm_file_sender {
    tm_sender sender;
    tm_file_exporter_settings settings;
    tm_records file;
    tm_deflater *deflater; /* NULL: nothing is compressed */
    tm_bytes packed;       /* the request compressed */
    tm_log *log;
    tm_arena *arena; /* of one batch */
} tm_file_sender;

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

static tm_text compress(tm_file_sender *s, tm_text message)
{
    const tm_deflate_part part = {.bytes = message};
    s->packed.n = 0;
    if (!tm_deflate(s->deflater, TM_CODING_ZSTD, (int)s->settings.compression_params.level, &part,
                    1, &s->packed))
        tm_arena_out_of_memory(s->arena);
    return tm_bytes_text(&s->packed);
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
    if (s->deflater)
        message = compress(s, message);
    if (s->settings.format == TM_ENCODE_JSON && !s->deflater) {
        tm_buf_add(&json, TM_TEXT("\n"));
        return tm_buf_text(&json);
    }
    add_framed(&out, message);
    return tm_buf_text(&out);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Gives the file a name with the time in it. False with errno. */
static bool set_aside(tm_file_sender *s)
{
    uint64_t now_ms = tm_clock_realtime_ns(tm_clock_real()) / 1000000;
    const tm_rotation_settings *r = s->settings.rotation;
    return tm_rotate_rename(s->arena, s->settings.path, now_ms, r && r->localtime);
}

/* False with errno. Rotation goes on with the file that is there, unless it ends with a part of a
 * record, behind which no other could be found: that file is set aside. */
static bool open_file(tm_file_sender *s)
{
    const tm_file_exporter_settings *f = &s->settings;
    const char *path = tm_arena_copy(s->arena, f->path).p;
    tm_records_state state = tm_records_open(&s->file, path, !f->append && !f->rotation);
    if (state != TM_RECORDS_TORN)
        return state == TM_RECORDS_OPEN;
    tm_records_close(&s->file);
    if (!set_aside(s))
        return false;
    tm_log_warn(s->log, "the file ends with half a request: it was renamed and a new one begun",
                TM_LOG_OWN("path", f->path));
    return tm_records_open(&s->file, path, false) == TM_RECORDS_OPEN;
}

/* Begins a new file when `more` bytes would make this one too large. False with errno. */
static bool make_room(tm_file_sender *s, size_t more)
{
    const tm_rotation_settings *r = s->settings.rotation;
    enum { USUAL_MEGABYTES = 100 };
    if (!r || !s->file.size_bytes)
        return true;
    uint64_t most = (uint64_t)(r->max_megabytes ? r->max_megabytes : USUAL_MEGABYTES) << 20;
    if (s->file.size_bytes + more <= most)
        return true;
    if (!set_aside(s)) {
        tm_log_some(s->log, TM_LOG_WARN, "the file cannot be rotated, writing to it goes on",
                    TM_LOG_OWN("path", s->settings.path), TM_LOG_WORD("reason", strerror(errno)));
        return true;
    }
    tm_records_close(&s->file);
    tm_rotate_clean(s->arena, s->settings.path, r, tm_clock_realtime_ns(tm_clock_real()) / 1000000);
    return open_file(s);
}

/* False with errno. */
static bool put(tm_file_sender *s, tm_text out)
{
    return (s->file.fd >= 0 || open_file(s)) && make_room(s, out.n) &&
           tm_records_add(&s->file, out);
}

static tm_sent write_batch(tm_file_sender *s, const tm_batch *batch)
{
    tm_text out = print(s, join(s->arena, batch));
    tm_sent sent = {.code = TM_STATUS_OK, .retry_delay_ms = -1};
    if (!out.p) {
        sent.code = TM_STATUS_INTERNAL;
        sent.message = TM_TEXT("the request cannot be put into the form of the file");
    } else if (!put(s, out)) {
        const char *why = strerror(errno);
        sent.code = TM_STATUS_UNAVAILABLE;
        sent.message =
            tm_arena_print(s->arena, "cannot write %.*s: %s", TM_PRI(s->settings.path), why);
    }
    return sent;
}

/* A batch to be written. */
typedef struct writing {
    tm_file_sender *sender;
    const tm_batch *batch;
    tm_sent sent;
} writing;

static void try_to_write(void *argument)
{
    writing *w = argument;
    w->sent = write_batch(w->sender, w->batch);
}

static void send_batch(tm_sender *sender, tm_batch *batch)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    writing w = {.sender = s, .batch = batch};
    tm_arena_reset(s->arena);
    if (!tm_arena_try(s->arena, try_to_write, &w))
        w.sent = (tm_sent){.code = TM_STATUS_UNAVAILABLE,
                           .message = TM_TEXT("out of memory"),
                           .retry_delay_ms = -1};
    tm_exporter_sent(batch->exporter, batch, &w.sent);
}

static void free_sender(tm_sender *sender)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    tm_records_close(&s->file);
    tm_deflater_free(s->deflater);
    tm_bytes_free(&s->packed);
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

static tm_record_form form_of(const tm_file_exporter_settings *f)
{
    bool lines = f->format == TM_ENCODE_JSON && f->compression == TM_COMPRESS_NONE;
    return lines ? TM_RECORD_LINE : TM_RECORD_FRAMED;
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
                          .file = tm_records_new(form_of(&settings->file)),
                          .log = options->log,
                          .arena = arena};
    if (begin(s, error, error_bytes))
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
