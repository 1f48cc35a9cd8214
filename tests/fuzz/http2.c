/* Fuzz: any bytes behind the preface of HTTP/2, or any header fields, to a server. What reaches a
 * service is the message that RFC 9113 describes.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/http2.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "net/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAME_HEAD = 9, DATA = 0, HEADERS = 1, SETTINGS = 4, END_STREAM = 1, END_HEADERS = 4 };

static tm_service services[3];
static tm_listener *listener;
static uint32_t client; /* address of the last one: each has ports of its own */

/* ---- the server ----------------------------------------------------------------------------- */

static bool is_name_byte(char c)
{
    return tm_ascii_is_digit(c) || (c >= 'a' && c <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void check_header(tm_text name, tm_text value)
{
    static const char *const never[] = {"connection", "keep-alive", "proxy-connection",
                                        "transfer-encoding", "upgrade"};
    assert(name.n);
    for (size_t i = 0; i < name.n && !tm_text_is(name, ":authority"); i++)
        assert(is_name_byte(name.p[i]));
    for (size_t i = 0; i < value.n; i++)
        assert((uint8_t)value.p[i] >= ' ' ? value.p[i] != 0x7f : value.p[i] == '\t');
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert(!tm_text_is(name, never[i]));
}

static void serve(void *owner, tm_exchange *exchange)
{
    (void)owner;
    tm_text name, value;
    unsigned hosts = 0, lengths = 0;
    for (size_t i = 0; tm_exchange_header_at(exchange, i, &name, &value); i++) {
        check_header(name, value);
        hosts |= tm_text_is(name, ":authority") || tm_text_is(name, "host");
        lengths += tm_text_is(name, "content-length");
    }
    assert(hosts && lengths <= 1);
    tm_exchange_reply(exchange, &(tm_reply){.body = TM_TEXT("")});
}

static void *run(void *loop)
{
    tm_loop_run(loop);
    return NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    char error[256];
    pthread_t thread;
    tm_loop *loop = tm_loop_new();
    services[0] = (tm_service){
        .kind = TM_SERVICE_GRPC, .path = TM_TEXT("/g"), .keep_headers = true, .serve = serve};
    services[1] = (tm_service){.kind = TM_SERVICE_POST,
                               .path = TM_TEXT("/p"),
                               .types = 7,
                               .keep_headers = true,
                               .serve = serve};
    services[2] = (tm_service){
        .kind = TM_SERVICE_PAGE, .path = TM_TEXT("/"), .keep_headers = true, .serve = serve};
    tm_server_options server = {.home = loop, .loops = &loop, .loop_count = 1};
    tm_listener_options options = {.kind = TM_PORT_HTTP,
                                   .address = TM_TEXT("127.0.0.1:0"),
                                   .services = services,
                                   .service_count = 3};
    listener = tm_listener_open(tm_server_new(&server), &options, error, sizeof error);
    assert(listener);
    return pthread_create(&thread, NULL, run, loop);
}

/* ---- a client ------------------------------------------------------------------------------- */

static int dial(void)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + ++client % 1000000);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(tm_listener_port(listener));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(bind(fd, (struct sockaddr *)&from, sizeof from) == 0);
    assert(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static size_t put_frame(uint8_t *at, uint8_t type, uint8_t flags, uint8_t stream, size_t n)
{
    const uint8_t head[FRAME_HEAD] = {
        (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, type, flags, 0, 0, 0, stream};
    memcpy(at, head, sizeof head);
    return sizeof head + n;
}

/* A request of the fields that the data has, each with the lengths of name and value before it. */
static size_t put_request(uint8_t *at, const uint8_t *data, size_t size, bool body)
{
    uint8_t *field = at + FRAME_HEAD;
    while (size >= 2) {
        const size_t name = data[0] & 31, value = data[1] & 127;
        if (size < 2 + name + value)
            break;
        *field++ = 0; /* HPACK: a literal without indexing, both lengths below 127 */
        *field++ = (uint8_t)name;
        memcpy(field, data + 2, name);
        field += name;
        *field++ = (uint8_t)(value % 127);
        memcpy(field, data + 2 + name, value % 127);
        field += value % 127;
        data += 2 + name + value;
        size -= 2 + name + value;
    }
    const uint8_t flags = body ? END_HEADERS : END_HEADERS | END_STREAM;
    size_t n = put_frame(at, HEADERS, flags, 1, (size_t)(field - at) - FRAME_HEAD);
    if (body) {
        memset(at + n + FRAME_HEAD, 0, 5);
        n += put_frame(at + n, DATA, END_STREAM, 1, 5);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static uint8_t sent[64 << 10];
    if (size < 1 || size > 16000)
        return 0;
    memcpy(sent, preface, sizeof preface - 1);
    size_t n = sizeof preface - 1;
    n += put_frame(sent + n, SETTINGS, 0, 0, 0);
    if (data[0] & 1) {
        n += put_request(sent + n, data + 1, size - 1, data[0] & 2);
    } else {
        memcpy(sent + n, data + 1, size - 1);
        n += size - 1;
    }
    char answer[4096];
    const int fd = dial();
    if (send(fd, sent, n, MSG_NOSIGNAL) == (ssize_t)n)
        shutdown(fd, SHUT_WR);
    while (recv(fd, answer, sizeof answer, 0) > 0)
        continue;
    close(fd);
    return 0;
}
