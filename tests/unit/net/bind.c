/* Listening sockets: which families an address takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/bind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_address(const char *host, unsigned port)
{
    char address[80];
    const char *reason;
    snprintf(address, sizeof address, "%s:%u", host, port);
    return tm_bind(tm_text_of(address), &reason);
}

/* Can a client of that family connect? */
static bool takes(int family, uint16_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    six.sin6_addr = in6addr_loopback;
    int fd = socket(family, SOCK_STREAM, 0);
    int failed = family == AF_INET ? connect(fd, (struct sockaddr *)&four, sizeof four)
                                   : connect(fd, (struct sockaddr *)&six, sizeof six);
    close(fd);
    return failed == 0;
}

static bool has_six(void)
{
    int fd = open_address("[::1]", 0);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void every_address_is_of_both_families(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "", "0.0.0.0", "[::]", "0", "[::0]", "[0:0:0:0:0:0:0:0]", "[::ffff:0.0.0.0]",
    };
    if (!has_six())
        skip();
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        int fd = open_address(hosts[i], 0);
        assert_true(fd >= 0);
        assert_true(takes(AF_INET, tm_bind_port(fd)));
        assert_true(takes(AF_INET6, tm_bind_port(fd)));
        close(fd);
    }
}

static void one_address_stays_with_its_family(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool six;
    } rows[] = {{"127.0.0.1", false}, {"localhost", false}, {"[::1]", true}};
    if (!has_six())
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = open_address(rows[i].host, 0);
        assert_true(fd >= 0);
        assert_int_equal(takes(AF_INET, tm_bind_port(fd)), !rows[i].six);
        assert_int_equal(takes(AF_INET6, tm_bind_port(fd)), rows[i].six);
        close(fd);
    }
}

static void a_port_in_use_is_so_in_either_family(void **state)
{
    (void)state;
    static const char *const hosts[] = {"", "0.0.0.0", "[::]"};
    int fd = open_address("127.0.0.1", 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(open_address(hosts[i], tm_bind_port(fd)), -1);
        assert_int_equal(errno, EADDRINUSE);
    }
    close(fd);
}

/* From now on socket() knows no IPv6, as on a machine without it. */
static bool forget_six(void)
{
    struct sock_filter rows[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rows / sizeof *rows, rows};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { SERVES, NO_FILTER, SIX_IS_THERE, REFUSED, SILENT };

static int serve_without_six(void)
{
    static const char *const hosts[] = {"", "0.0.0.0", "[::]"};
    if (!forget_six())
        return NO_FILTER;
    if (open_address("[::1]", 0) >= 0)
        return SIX_IS_THERE;
    for (size_t i = 0; i < 3; i++) {
        int fd = open_address(hosts[i], 0);
        if (fd < 0)
            return REFUSED;
        if (!takes(AF_INET, tm_bind_port(fd)))
            return SILENT;
    }
    return SERVES;
}

static void without_ipv6_every_address_is_those_of_ipv4(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(serve_without_six());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_FILTER)
        skip();
    assert_int_equal(WEXITSTATUS(status), SERVES);
}

/* From now on bind() is not permitted. */
static bool forbid_binding(void)
{
    struct sock_filter rows[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bind, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rows / sizeof *rows, rows};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int bind_forbidden(void)
{
    static const struct {
        const char *address;
        bool told;
    } rows[] = {{"127.0.0.1:80", true}, {":443", true}, {"127.0.0.1:1024", false}};
    const char *reason;
    if (!forbid_binding())
        return NO_FILTER;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (tm_bind(tm_text_of(rows[i].address), &reason) >= 0)
            return SERVES;
        if ((strstr(reason, "below 1024") != NULL) != rows[i].told)
            return SILENT;
    }
    return REFUSED;
}

static void of_a_reserved_port_it_is_told_who_may_have_it(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(bind_forbidden());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_FILTER)
        skip();
    assert_int_equal(WEXITSTATUS(status), REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_is_of_both_families),
        cmocka_unit_test(one_address_stays_with_its_family),
        cmocka_unit_test(a_port_in_use_is_so_in_either_family),
        cmocka_unit_test(without_ipv6_every_address_is_those_of_ipv4),
        cmocka_unit_test(of_a_reserved_port_it_is_told_who_may_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
