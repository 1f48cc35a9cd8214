/* why: where the spans of a trace went, asked of a running tamis.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getaddrinfo */
#include "base/hex.h"
#include "base/write.h"
#include "tools/arguments.h"
#include "tools/complain.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- one GET --------------------------------------------------------------------------------- */

/* HOST:PORT in two texts that end with NUL. */
static bool split_address(tm_arena *arena, tm_text address, const char **host, const char **port)
{
    size_t colon = address.n;
    while (colon && address.p[colon - 1] != ':')
        colon--;
    if (colon < 2 || colon == address.n)
        return false;
    tm_text name = tm_text_slice(address.p, colon - 1);
    if (tm_text_starts(name, TM_TEXT("[")) && tm_text_ends(name, TM_TEXT("]")))
        name = tm_text_slice(name.p + 1, name.n - 2);
    *host = tm_arena_copy(arena, name).p;
    *port = tm_arena_copy(arena, tm_text_skip(address, colon)).p;
    return true;
}

/* A connected socket, or -1 with a reason. */
static int dial(const char *host, const char *port, const char **why)
{
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    const int code = getaddrinfo(host, port, &wanted, &found);
    int fd = -1;
    *why = code ? gai_strerror(code) : "";
    for (const struct addrinfo *a = code ? NULL : found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            *why = strerror(errno);
            close(fd);
            fd = -1;
        }
    }
    if (!code)
        freeaddrinfo(found);
    return fd;
}

static bool read_all(int fd, tm_buf *out)
{
    enum { PIECE = 1 << 16 };
    for (;;) {
        const ssize_t n = read(fd, tm_buf_reserve(out, PIECE), PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        out->n += (size_t)n;
    }
}

/* The status of the answer, which is split; 0: it is none. */
static int split_answer(tm_text answer, tm_text *body)
{
    int status = 0;
    const ptrdiff_t end = tm_text_find(answer, TM_TEXT("\r\n\r\n"));
    if (end < 0 || answer.n < 12 || !tm_text_starts(answer, TM_TEXT("HTTP/1.1 ")))
        return 0;
    for (size_t i = 9; i < 12; i++)
        status = status * 10 + answer.p[i] - '0';
    *body = tm_text_skip(answer, (size_t)end + 4);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

static tm_text query_of(const tm_arguments *a, bool json)
{
    const tm_text rule = tm_arguments_text(a, "rule", "");
    tm_buf out = {.arena = a->arena};
    tm_buf_print(&out, "format=%s", json ? "json" : "text");
    if (a->operands.count)
        tm_buf_print(&out, "&trace=%.*s", TM_PRI(a->operands.items[0]));
    if (rule.n)
        tm_buf_print(&out, "&rule=");
    for (size_t i = 0; i < rule.n; i++)
        tm_buf_print(&out, "%%%02x", (unsigned char)rule.p[i]);
    return tm_buf_text(&out);
}

static int ask(const tm_arguments *a, int fd, tm_text at, tm_text *body)
{
    const bool json = tm_text_is(tm_arguments_text(a, "format", "text"), "json");
    const tm_text request = tm_arena_print(
        a->arena, "GET /debug/drops?%.*s HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\n\r\n",
        TM_PRI(query_of(a, json)), TM_PRI(at));
    tm_buf answer = {.arena = a->arena};
    if (tm_write_all(fd, request) < request.n || !read_all(fd, &answer))
        return 0;
    return split_answer(tm_buf_text(&answer), body);
}

static bool is_found(tm_text body)
{
    return !tm_text_starts(body, TM_TEXT("no such span")) &&
           !tm_text_starts(body, TM_TEXT("{\"drops\":[]}")) &&
           !tm_text_starts(body, TM_TEXT("{\"drops\":[],\"requests\":[]}"));
}

static bool is_trace_id(tm_text text)
{
    char bytes[16];
    return text.n == 2 * sizeof bytes && tm_hex_read(bytes, text);
}

/* What was asked makes sense; false: told on stderr. */
static bool check_arguments(const tm_arguments *a)
{
    if (!a->operands.count && !tm_arguments_text(a, "rule", "").n)
        return tm_complain("which trace, or which --rule?");
    if (a->operands.count && !is_trace_id(a->operands.items[0]))
        return tm_complain("%.*s is no trace id: that has 32 hexadecimal digits",
                           TM_PRI(a->operands.items[0]));
    return true;
}

/* The page, or false, told on stderr. */
static bool fetch(const tm_arguments *a, tm_text *body)
{
    tm_text at = tm_arguments_text(a, "at", "localhost:8888");
    if (tm_text_starts(at, TM_TEXT("http://"))) /* as a browser has it */
        at = tm_text_skip(at, strlen("http://"));
    while (tm_text_ends(at, TM_TEXT("/")))
        at.n--;
    const char *host, *port, *why;
    if (!split_address(a->arena, at, &host, &port))
        return tm_complain("--at takes HOST:PORT, as localhost:8888, not %.*s", TM_PRI(at));
    const int fd = dial(host, port, &why);
    if (fd < 0)
        return tm_complain("cannot connect to %.*s: %s (--at names the address of the metrics of a "
                           "running tamis)",
                           TM_PRI(at), why);
    const int status = ask(a, fd, at, body);
    close(fd);
    if (status == 200)
        return true;
    const bool other = !status || tm_text_starts(*body, TM_TEXT("{\"code\":"));
    return tm_complain("%.*s: %.*s", TM_PRI(at),
                       TM_PRI(other ? TM_TEXT("this is not the port of the metrics of a tamis")
                                    : tm_text_trim(*body)));
}

static int why(const tm_arguments *a)
{
    tm_text body = TM_TEXT("");
    if (!check_arguments(a) || !fetch(a, &body))
        return TM_EXIT_USAGE;
    fwrite(body.p, 1, body.n, stdout);
    return is_found(body) ? TM_EXIT_OK : TM_EXIT_NO_INPUT;
}

static const tm_option options[] = {
    {"at", 0, TM_OPTION_TEXT, "HOST:PORT", NULL,
     "the port of the metrics of a running tamis, localhost:8888 if none is given"},
    {"rule", 0, TM_OPTION_TEXT, "NAME", NULL, "only what that rule dropped, of any trace"},
    {"format", 0, TM_OPTION_TEXT, "FORMAT", "text|json", "as /debug/drops has it"},
    {0}};

const tm_command tm_command_why = {
    .name = "why",
    .operands = "[TRACE_ID]",
    .most = 1,
    .manual =
        "Asks a running tamis which rules dropped the spans of a trace, and where the others are",
    .options = options,
    .run = why};
