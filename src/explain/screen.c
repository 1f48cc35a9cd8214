/* Screen: colours, and lines that fit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/screen.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80 };

static const char *const codes[TM_INKS] = {
    [TM_INK_PLAIN] = "",         [TM_INK_DIM] = "\x1b[2m",     [TM_INK_BOLD] = "\x1b[1m",
    [TM_INK_GREEN] = "\x1b[32m", [TM_INK_RED] = "\x1b[31m",    [TM_INK_YELLOW] = "\x1b[33m",
    [TM_INK_BLUE] = "\x1b[34m",  [TM_INK_STRUCK] = "\x1b[9;2m"};
#define TM_RESET "\x1b[0m"

tm_screen tm_screen_of(int fd)
{
    const char *no = getenv("NO_COLOR");
    struct winsize size;
    if (!isatty(fd))
        return (tm_screen){0};
    tm_screen s = {.columns = USUAL_COLUMNS, .coloured = !(no && *no)};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
        s.columns = size.ws_col;
    return s;
}

void tm_screen_add(const tm_screen *screen, tm_buf *out, tm_ink ink, tm_text text)
{
    const bool struck = ink == TM_INK_STRUCK && !screen->coloured;
    const bool coloured = screen->coloured && ink != TM_INK_PLAIN && text.n;
    if (coloured)
        tm_buf_add(out, tm_text_of(codes[ink]));
    if (struck)
        tm_buf_add(out, TM_TEXT("-"));
    tm_buf_add(out, text);
    if (struck)
        tm_buf_add(out, TM_TEXT("-"));
    if (coloured)
        tm_buf_add(out, TM_TEXT(TM_RESET));
}

void tm_screen_print(const tm_screen *screen, tm_buf *out, tm_ink ink, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tm_text text = tm_arena_vprint(out->arena, format, args);
    va_end(args);
    tm_screen_add(screen, out, ink, text);
}

/* Takes what is shown in one column, or an escape sequence, off the front; its columns. */
static size_t take(tm_text *rest, tm_text *taken)
{
    size_t n = 1;
    if (rest->p[0] == '\x1b') {
        while (n < rest->n && rest->p[n - 1] != 'm')
            n++;
    } else {
        tm_utf8_next(*rest, &n);
    }
    *taken = tm_text_slice(rest->p, n);
    *rest = tm_text_skip(*rest, n);
    return taken->p[0] != '\x1b';
}

size_t tm_screen_width(tm_text text)
{
    size_t width = 0;
    for (tm_text one; text.n;)
        width += take(&text, &one);
    return width;
}

void tm_screen_line(const tm_screen *screen, tm_buf *out, tm_text line)
{
    const bool cut = screen->columns && tm_screen_width(line) > screen->columns;
    size_t column = 0;
    if (!cut) {
        tm_buf_add(out, line);
        tm_buf_add_char(out, '\n');
        return;
    }
    for (tm_text one; line.n;) {
        size_t width = take(&line, &one);
        if (column + width < screen->columns || !width)
            tm_buf_add(out, one);
        else if (column + width == screen->columns)
            tm_buf_add(out, TM_TEXT("…"));
        column += width;
    }
    tm_buf_add_char(out, '\n');
}

/* Where the line has to break so that `columns` hold what is before: behind the last blank in its
 * second half, or where the room ends. */
static size_t break_at(tm_text line, size_t columns)
{
    const char *begin = line.p;
    size_t column = 0, at = 0, blank = 0;
    for (tm_text one; line.n && column < columns;) {
        column += take(&line, &one);
        at = (size_t)(line.p - begin);
        if (one.p[0] == ' ' && column > columns / 2)
            blank = at;
    }
    return line.n && blank ? blank : at;
}

/* The colour that is on at the end of the text; `ink` was on before. */
static tm_text last_colour(tm_text text, tm_text ink)
{
    for (tm_text one; text.n;)
        if (!take(&text, &one))
            ink = one;
    return tm_text_is(ink, TM_RESET) ? TM_TEXT("") : ink;
}

void tm_screen_wrap(const tm_screen *screen, tm_buf *out, tm_text line, tm_text prefix)
{
    const size_t before = tm_screen_width(prefix);
    size_t room = screen->columns;
    tm_text colour = {0};
    if (!room || before + 8 > room) {
        tm_screen_line(screen, out, line);
        return;
    }
    while (tm_screen_width(line) > room) {
        const size_t n = break_at(line, room);
        tm_buf_add(out, tm_text_slice(line.p, n));
        colour = last_colour(tm_text_slice(line.p, n), colour);
        line = tm_text_skip(line, n);
        if (colour.n)
            tm_buf_add(out, TM_TEXT(TM_RESET));
        tm_buf_print(out, "\n%.*s%.*s", TM_PRI(prefix), TM_PRI(colour));
        room = screen->columns - before;
    }
    tm_buf_add(out, line);
    tm_buf_add_char(out, '\n');
}
