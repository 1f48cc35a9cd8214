/* Machine: memory by files of /proc and /sys/fs/cgroup.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file below the directory, with the directories on the way. */
static void put(const char *root, const char *name, const char *text)
{
    char path[512];
    int n = snprintf(path, sizeof path, "%s/%s", root, name);
    for (int i = (int)strlen(root) + 1; i < n; i++) {
        if (path[i] != '/')
            continue;
        path[i] = '\0';
        mkdir(path, 0700);
        path[i] = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

typedef struct file {
    const char *name, *text;
} file;

typedef struct machine {
    file file[6];
    uint64_t bytes;
} machine;

#define TOTAL                                                                                      \
    {                                                                                              \
        "proc/meminfo", "Nothing: 1 kB\nMemTotal:       16384 kB\nMemFree: 1 kB\n"                 \
    }
#define V2(group)                                                                                  \
    {                                                                                              \
        "proc/self/cgroup", "0::" group "\n"                                                       \
    }

static const machine machines[] = {
    {{{NULL, NULL}}, 0},
    {{TOTAL}, 16 << 20},
    {{TOTAL, V2("/"), {"sys/fs/cgroup/memory.max", "max\n"}}, 16 << 20},
    {{TOTAL, V2("/"), {"sys/fs/cgroup/memory.max", "1048576\n"}}, 1 << 20},
    {{TOTAL, V2("/a/b"), {"sys/fs/cgroup/a/b/memory.max", "2097152\n"}}, 2 << 20},
    /* the group around it says less, and its own nothing */
    {{TOTAL,
      V2("/a/b"),
      {"sys/fs/cgroup/a/b/memory.max", "max\n"},
      {"sys/fs/cgroup/a/memory.max", "4096\n"}},
     4096},
    /* the path is the host's, which a container does not see */
    {{TOTAL, V2("/docker/17"), {"sys/fs/cgroup/memory.max", "1048576\n"}}, 1 << 20},
    /* version 1; no limit is a very large one there */
    {{TOTAL,
      {"proc/self/cgroup", "9:name=memoryless:/x\n4:cpu,memory:/a\n0::/\n"},
      {"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "3145728\n"},
      {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}},
     3 << 20},
    {{TOTAL,
      {"proc/self/cgroup", "4:memory:/a\n"},
      {"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n"}},
     16 << 20},
    {{{"proc/self/cgroup", "no colon\n4:memory\n\n0::/\n"}, {"sys/fs/cgroup/memory.max", "7\n"}},
     7},
};

static void the_least_of_the_machine_and_its_groups_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        char root[] = "/tmp/tamis-machine-XXXXXX", command[64];
        assert_non_null(mkdtemp(root));
        for (const file *f = machines[i].file; f->name; f++)
            put(root, f->name, f->text);
        uint64_t bytes = tm_machine_memory(root);
        snprintf(command, sizeof command, "rm -r %s", root);
        assert_int_equal(system(command), 0);
        if (bytes != machines[i].bytes)
            fail_msg("machine %zu has %llu bytes", i, (unsigned long long)bytes);
    }
}

static void this_machine_has_some(void **state)
{
    (void)state;
    assert_true(tm_machine_memory("") > 1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_of_the_machine_and_its_groups_holds),
        cmocka_unit_test(this_machine_has_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
