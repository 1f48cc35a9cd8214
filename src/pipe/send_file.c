/* Send, file: OTLP/JSON, one request a line, or protobuf with each request's size before it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/records.h"
#include "pipe/rotate.h"
#include "pipe/senders.h"

#include <errno.h>
#include <stdio.h>

typedef struct tm_file_sender {
    tm_sender sender;
    tm_file_exporter_settings settings;
    tm_records file;
    tm_record_form form;
    tm_packer packer; /* makes JSON and compresses, where batches are filled */
    tm_log *log;
    tm_arena *arena; /* of one batch */
} tm_file_sender;

/* What the batch is in the file, once it is packed. */
static tm_text frame(const tm_file_sender *s, const tm_batch *batch)
{
    size_t n = 0;
    tm_buf out = {.arena = s->arena};
    for (uint32_t i = 0; i < batch->piece_count; i++)
        n += batch->pieces[i].n;
    for (int shift = 24; shift >= 0 && s->form == TM_RECORD_FRAMED; shift -= 8)
        tm_buf_add_char(&out, (char)(n >> shift));
    for (uint32_t i = 0; i < batch->piece_count; i++)
        tm_buf_add(&out, batch->pieces[i]);
    if (s->form == TM_RECORD_LINE)
        tm_buf_add_char(&out, '\n');
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
    tm_sent sent = {.code = TM_STATUS_OK, .retry_delay_ms = -1};
    if (!put(s, frame(s, batch))) {
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
    if (!tm_packer_batch(&s->packer, batch) || !tm_arena_try(s->arena, try_to_write, &w))
        w.sent = (tm_sent){.code = TM_STATUS_UNAVAILABLE,
                           .message = TM_TEXT("out of memory"),
                           .retry_delay_ms = -1};
    tm_exporter_sent(batch->exporter, batch, &w.sent);
}

static void free_sender(tm_sender *sender)
{
    tm_file_sender *s = (tm_file_sender *)sender;
    tm_records_close(&s->file);
    tm_packer_drop(&s->packer);
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
    return true;
}

static tm_record_form form_of(const tm_file_exporter_settings *f)
{
    bool lines = f->format == TM_ENCODE_JSON && f->compression == TM_COMPRESS_NONE;
    return lines ? TM_RECORD_LINE : TM_RECORD_FRAMED;
}

static void open_packer(tm_file_sender *s)
{
    const tm_file_exporter_settings *f = &s->settings;
    tm_packer_init(&s->packer, tm_packer_coding(f->compression), (int)f->compression_params.level);
    s->packer.json = f->format == TM_ENCODE_JSON;
    if (tm_packer_works(&s->packer))
        s->sender.packer = &s->packer;
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
                          .form = form_of(&settings->file),
                          .log = options->log,
                          .arena = arena};
    s->file = tm_records_new(s->form);
    open_packer(s);
    if (begin(s, error, error_bytes))
        return &s->sender;
    free_sender(&s->sender);
    return NULL;
}
