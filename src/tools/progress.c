/* Progress: on stderr, as wide as the terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    EVERY_NS = 100 * 1000 * 1000,
    USUAL_WIDTH = 80,
    MOST_WIDTH = 200,
    MOST_BAR = 40,
    LINE = 512
};

static uint64_t now(void)
{
    return tm_clock_monotonic_ns(tm_clock_real());
}

void tm_progress_start(tm_progress *p)
{
    const char *no = getenv("NO_COLOR");
    *p = (tm_progress){.on = isatty(STDERR_FILENO), .coloured = !(no && *no), .begin_ns = now()};
    p->last_ns = p->begin_ns;
}

static int width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col < MOST_WIDTH ? size.ws_col : MOST_WIDTH;
}

/* "1.2 GB" */
static void print_bytes(char *out, size_t room, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1000;
    snprintf(out, room, "%.*f %s", unit && bytes < 100 ? 1 : 0, bytes, units[unit]);
}

/* "[#####.....]  45 %  ", when it is known how much there is. */
static void print_bar(char *out, size_t room, int bar, uint64_t done, uint64_t all)
{
    char cells[MOST_BAR + 1];
    *out = 0;
    if (!all || bar < 8)
        return;
    double share = done < all ? (double)done / (double)all : 1;
    for (int i = 0; i < bar; i++)
        cells[i] = (double)i < share * bar ? '#' : '.';
    cells[bar] = 0;
    snprintf(out, room, "[%s] %3d %%  ", cells, (int)(100 * share));
}

void tm_progress_draw(tm_progress *p, uint64_t done, uint64_t all, const char *text)
{
    char read[32], speed[32], bar[MOST_BAR + 32], line[LINE], tail[LINE];
    uint64_t at = p->on ? now() : 0;
    if (!p->on || at - p->last_ns < EVERY_NS)
        return;
    p->last_ns = at;
    int columns = width() - 1;
    double seconds = (double)(at - p->begin_ns) / 1e9;
    print_bytes(read, sizeof read, (double)done);
    print_bytes(speed, sizeof speed, (double)done / seconds);
    snprintf(tail, sizeof tail, "%s  %s/s  %s", read, speed, text);
    int left = columns - (int)strlen(tail) - 10;
    print_bar(bar, sizeof bar, left < MOST_BAR ? left : MOST_BAR, done, all);
    snprintf(line, sizeof line, "%s%s", bar, tail);
    if (p->coloured)
        fprintf(stderr, "\r\x1b[36m%.*s\x1b[0m\x1b[K", columns, line);
    else
        fprintf(stderr, "\r%-*.*s", columns, columns, line);
    p->drawn = true;
}

void tm_progress_end(tm_progress *p)
{
    if (p->drawn)
        fprintf(stderr, "\r%*s\r", width() - 1, "");
    p->drawn = false;
}
