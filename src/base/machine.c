/* Machine: /proc and /sys/fs/cgroup.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/machine.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static uint64_t less(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* The number that the file begins with; 0: there is no file, or it says "max". */
static uint64_t read_number(const char *path)
{
    uint64_t n = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    if (fscanf(f, "%" SCNu64, &n) != 1)
        n = 0;
    fclose(f);
    return n;
}

static uint64_t read_total(const char *root)
{
    char path[PATH_BYTES], line[256];
    uint64_t kib = 0;
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    FILE *f = fopen(path, "re");
    while (f && !kib && fgets(line, sizeof line, f))
        if (sscanf(line, "MemTotal: %" SCNu64 " kB", &kib) != 1)
            kib = 0;
    if (f)
        fclose(f);
    return kib << 10;
}

/* The least that the group at this path, or one around it, says in the file of that name. In a
 * container the path may be the host's: what is not there says nothing. */
static uint64_t read_groups(const char *root, const char *mount, char *group, const char *file)
{
    char path[2 * PATH_BYTES];
    uint64_t least = 0;
    for (;;) {
        snprintf(path, sizeof path, "%s%s%s/%s", root, mount, group, file);
        least = less(least, read_number(path));
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

/* Whether "cpu,memory" names the memory. */
static bool has_memory(const char *controllers)
{
    const char *at = strstr(controllers, "memory");
    return at && (at == controllers || at[-1] == ',') && (at[6] == ',' || at[6] == '\0');
}

/* One line of /proc/self/cgroup: "4:cpu,memory:/a/b", or "0::/a/b" for version 2. */
static uint64_t read_line(const char *root, char *line)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return 0;
    *group++ = '\0';
    controllers++;
    group[strcspn(group, "\n")] = '\0';
    if (*controllers == '\0')
        return read_groups(root, "/sys/fs/cgroup", group, "memory.max");
    if (has_memory(controllers))
        return read_groups(root, "/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
    return 0;
}

uint64_t tm_machine_memory(const char *root)
{
    char path[PATH_BYTES], line[PATH_BYTES];
    uint64_t least = read_total(root);
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        least = less(least, read_line(root, line));
    if (f)
        fclose(f);
    return least;
}

uint64_t tm_machine_resident(void)
{
    uint64_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    if (fscanf(f, "%*s %" SCNu64, &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
