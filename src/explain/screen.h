/* Screen: what a terminal can show, and colours.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_EXPLAIN_SCREEN_H
#define TM_EXPLAIN_SCREEN_H

#include "base/buf.h"

typedef struct tm_screen {
    unsigned columns; /* lines are cut there; 0: they are not, as in files and pipes */
    bool coloured;
} tm_screen;

/* What stdout or stderr is: coloured on a terminal, unless NO_COLOR is set. */
tm_screen tm_screen_of(int fd);

typedef enum tm_ink {
    TM_INK_PLAIN,
    TM_INK_DIM,
    TM_INK_BOLD,
    TM_INK_GREEN,
    TM_INK_RED,
    TM_INK_YELLOW,
    TM_INK_BLUE,
    TM_INK_STRUCK, /* struck through; in brackets of minus signs where nothing is coloured */
    TM_INKS
} tm_ink;

/* Appends the text in a colour, where there are colours. */
void tm_screen_add(const tm_screen *screen, tm_buf *out, tm_ink ink, tm_text text);
void tm_screen_print(const tm_screen *screen, tm_buf *out, tm_ink ink, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends the line, which may be coloured, and a line break; what is wider than the screen ends in
 * a mark of omission. */
void tm_screen_line(const tm_screen *screen, tm_buf *out, tm_text line);

/* Appends the line and a line break; what is wider than the screen goes on in further lines, which
 * start with `prefix`. They break at blanks, where there are some. */
void tm_screen_wrap(const tm_screen *screen, tm_buf *out, tm_text line, tm_text prefix);

/* How many columns the text takes; colours take none. */
size_t tm_screen_width(tm_text text);

#endif
