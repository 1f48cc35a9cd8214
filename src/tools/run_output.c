/* Run, output: OTLP/JSON or protobuf, plain, gzip or zstd.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/run_output.h"

#include "otlp/otlp_json_write.h"
#include "otlp/wire.h"
#include "tools/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0666, MOST_VARINT = 10 };

static bool ends(tm_text *name, const char *end)
{
    tm_text t = tm_text_of(end);
    if (!tm_text_ends(*name, t))
        return false;
    name->n -= t.n;
    return true;
}

tm_output_form tm_output_form_of(tm_text name, tm_text format)
{
    static const char *const protobuf[] = {".pb", ".binpb", ".bin", ".otlp", ".proto"};
    tm_output_form form = {.coding = ends(&name, ".gz")    ? TM_CODING_GZIP
                                     : ends(&name, ".zst") ? TM_CODING_ZSTD
                                                           : TM_CODING_IDENTITY};
    for (size_t i = 0; i < sizeof protobuf / sizeof *protobuf; i++)
        form.protobuf = ends(&name, protobuf[i]) || form.protobuf;
    if (format.n)
        form.protobuf = tm_text_is(format, "proto");
    return form;
}

bool tm_output_open(tm_output *o, tm_text name)
{
    bool is_stdout = tm_text_is(name, "-");
    *o = (tm_output){.name = is_stdout ? "stdout" : name.p, .fd = STDOUT_FILENO};
    if (!is_stdout)
        o->fd = open(name.p, O_WRONLY | O_CREAT | O_CLOEXEC, MODE);
    return o->fd >= 0 || tm_complain("cannot write %s: %s", o->name, strerror(errno));
}

bool tm_output_is(const tm_output *a, const tm_output *b)
{
    struct stat one, other;
    if (a->fd == b->fd)
        return true;
    return fstat(a->fd, &one) == 0 && fstat(b->fd, &other) == 0 && S_ISREG(one.st_mode) &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static bool fail(tm_output *o)
{
    if (!o->failed)
        tm_complain("cannot write %s: %s", o->name, strerror(errno));
    o->failed = true;
    return false;
}

bool tm_output_empty(tm_output *o)
{
    struct stat s;
    if (o->fd == STDOUT_FILENO || fstat(o->fd, &s) != 0 || !S_ISREG(s.st_mode))
        return true;
    return ftruncate(o->fd, 0) == 0 || fail(o);
}

bool tm_output_write(tm_output *o, tm_text bytes)
{
    while (bytes.n && !o->failed) {
        ssize_t n = write(o->fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return fail(o);
        bytes = tm_text_skip(bytes, n > 0 ? (size_t)n : 0);
    }
    return !o->failed;
}

bool tm_output_close(tm_output *o)
{
    int fd = o->fd;
    o->fd = -1;
    if (fd > STDOUT_FILENO && close(fd) != 0)
        return fail(o);
    return !o->failed;
}

static bool add_protobuf(tm_text request, tm_bytes *out)
{
    if (!tm_bytes_reserve(out, request.n + MOST_VARINT))
        return false;
    char *end = tm_wire_put_varint(out->p + out->n, request.n);
    out->n = (size_t)(tm_wire_put_text(end, request) - out->p);
    return true;
}

bool tm_output_add(tm_arena *arena, tm_output_form form, tm_text request, tm_bytes *out)
{
    tm_buf json = {.arena = arena};
    tm_text error;
    if (form.protobuf)
        return add_protobuf(request, out);
    if (!tm_otlp_to_json(&json, TM_MESSAGE_REQUEST, request, &error))
        return false;
    tm_buf_add_char(&json, '\n');
    return tm_bytes_add(out, tm_buf_text(&json));
}

bool tm_output_pack(tm_deflater *deflater, tm_output_form form, tm_bytes *added, tm_bytes *out)
{
    tm_deflate_part part = {.bytes = tm_bytes_text(added)};
    if (form.coding == TM_CODING_IDENTITY) {
        tm_bytes other = *out;
        *out = *added;
        *added = other;
        return true;
    }
    return !added->n || tm_deflate(deflater, form.coding, 0, &part, 1, out);
}
