/* Format: directives and the arguments that they take (language.md 4.3).
 * Work: goes over the format, a literal of the rule; what arguments cost is charged as they are
 * printed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/go/format.h"

#include "base/utf8.h"
#include "stdlib/fn.h"

/* One call: where it stands in the format and in the arguments. */
typedef struct formatter {
    tm_printer printer;
    tm_text format;
    size_t at;
    const tm_list *args;
    int next;       /* the argument to take */
    bool reordered; /* an index such as [2] was seen: no word about arguments left over */
    bool indexed;   /* ... directly in front */
    bool well_indexed;
} formatter;

/* Larger numbers are none. */
enum { NUMBER_MOST = 1000000 };

static char peek(const formatter *f)
{
    return f->at < f->format.n ? f->format.p[f->at] : 0;
}

static void add(formatter *f, tm_text t)
{
    tm_buf_add(&f->printer.out, t);
}

/* "%!d(MISSING)" */
static void mark(formatter *f, uint32_t verb, const char *what)
{
    add(f, TM_TEXT("%!"));
    if (verb)
        tm_buf_add_rune(&f->printer.out, verb);
    tm_buf_print(&f->printer.out, "(%s)", what);
}

/* Takes a number that ends before `end`. A crazy one uses up everything. */
static bool take_number(formatter *f, size_t end, int *number)
{
    bool found = false;
    /* Work: bytes of the format, of the rule */
    for (*number = 0; f->at < end && peek(f) >= '0' && peek(f) <= '9'; f->at++) {
        if (*number > NUMBER_MOST) {
            *number = 0;
            f->at = end;
            return false;
        }
        *number = *number * 10 + (peek(f) - '0');
        found = true;
    }
    return found;
}

/* Takes an index such as [2], which names the argument to take next. A bad one spoils the
 * directive. */
static void take_index(formatter *f)
{
    f->indexed = false;
    if (peek(f) != '[')
        return;
    f->reordered = true;
    const char *start = f->format.p + f->at;
    const size_t left = f->format.n - f->at;
    const char *end = left < 3 ? NULL : memchr(start, ']', left);
    int index = 0;
    if (!end) {
        f->well_indexed = false;
        f->at++;
        return;
    }
    size_t close = (size_t)(end - f->format.p);
    f->at++;
    bool found = take_number(f, close, &index) && f->at == close;
    f->at = close + 1;
    f->indexed = found;
    if (found && index >= 1 && index <= (int)f->args->n)
        f->next = index - 1;
    else
        f->well_indexed = false;
}

/* The int that a * stands for. */
static bool take_star(formatter *f, int *number)
{
    *number = 0;
    f->at++;
    f->indexed = false;
    if (f->next >= (int)f->args->n)
        return false;
    tm_value v = f->args->item[f->next++];
    if (v.type != TM_INT && v.type != TM_NATIVE_INT && v.type != TM_DURATION)
        return false;
    if (v.integer > NUMBER_MOST || v.integer < -NUMBER_MOST)
        return false;
    *number = (int)v.integer;
    return true;
}

static void take_flags(formatter *f)
{
    tm_format_flags *flag = &f->printer.flag;
    *flag = (tm_format_flags){0};
    /* Work: bytes of the format, of the rule */
    for (;; f->at++) {
        switch (peek(f)) {
        case '-':
            flag->minus = true;
            break;
        case '+':
            flag->plus = true;
            break;
        case '#':
            flag->sharp = true;
            break;
        case ' ':
            flag->space = true;
            break;
        case '0':
            flag->zero = true;
            break;
        default:
            return;
        }
    }
}

static void take_width(formatter *f)
{
    tm_format_flags *flag = &f->printer.flag;
    if (peek(f) != '*') {
        flag->has_width = take_number(f, f->format.n, &flag->width);
        if (f->indexed && flag->has_width)
            f->well_indexed = false;
        return;
    }
    flag->has_width = take_star(f, &flag->width);
    if (!flag->has_width)
        mark(f, 0, "BADWIDTH");
    if (flag->width < 0) {
        flag->width = -flag->width;
        flag->minus = true;
        flag->zero = false;
    }
}

static void take_precision(formatter *f)
{
    tm_format_flags *flag = &f->printer.flag;
    if (peek(f) != '.' || f->at + 1 == f->format.n)
        return; /* at the end, a point is a verb */
    f->at++;
    if (f->indexed)
        f->well_indexed = false;
    take_index(f);
    flag->has_precision = true;
    if (peek(f) != '*') {
        take_number(f, f->format.n, &flag->precision);
        return;
    }
    flag->has_precision = take_star(f, &flag->precision) && flag->precision >= 0;
    if (!flag->has_precision) {
        flag->precision = 0;
        mark(f, 0, "BADPREC");
    }
}

/* # and + mean something else with v; w is v that always is bad. */
static void settle_flags(tm_format_flags *flag, uint32_t verb)
{
    if (verb != 'v' && verb != 'w')
        return;
    flag->sharp_v = flag->sharp;
    flag->plus_v = flag->plus;
    flag->sharp = flag->plus = false;
}

/* The directive behind a %. */
static void print_directive(formatter *f)
{
    size_t width;
    f->well_indexed = true;
    take_flags(f);
    take_index(f);
    take_width(f);
    take_precision(f);
    if (!f->indexed)
        take_index(f);
    if (f->at >= f->format.n) {
        mark(f, 0, "NOVERB");
        return;
    }
    uint32_t verb = tm_utf8_next(tm_text_skip(f->format, f->at), &width);
    f->at += width;
    if (verb == '%') {
        tm_buf_add_char(&f->printer.out, '%');
    } else if (!f->well_indexed) {
        mark(f, verb, "BADINDEX");
    } else if (f->next >= (int)f->args->n) {
        mark(f, verb, "MISSING");
    } else {
        settle_flags(&f->printer.flag, verb);
        tm_format_argument(&f->printer, f->args->item[f->next++], verb);
    }
}

/* What the format did not use. */
static void print_extra(formatter *f)
{
    f->printer.flag = (tm_format_flags){0};
    add(f, TM_TEXT("%!(EXTRA "));
    /* Work: arguments, charged as they are printed */
    for (uint32_t i = (uint32_t)f->next; i < f->args->n; i++) {
        tm_value v = f->args->item[i];
        if (i > (uint32_t)f->next)
            add(f, TM_TEXT(", "));
        if (v.type != TM_NIL)
            tm_buf_print(&f->printer.out, "%s=", tm_value_go_name(v));
        tm_format_argument(&f->printer, v, 'v');
    }
    add(f, TM_TEXT(")"));
}

TM_CONVERTER(Format, "string Format(format: 'string, vals: [any])",
             "format with its verbs (%v, %d, %5.2f, %x, %q, %[2]s, ...) replaced by the values, as "
             "Go's printf does. A verb that does not suit its value leaves a mark such as "
             "%!d(string=x); no call fails.",
             EX(Format("%05d|%-5s|%5.2f|%x", [42, "ab", 3.14159, 255]) == "00042|ab   | 3.14|ff")
             EX(Format("%v %v", [1000000.0, attributes["bytes"]]) == "1e+06 [1 2 3 4]")
             EX(Format("%d %s", ["x"]) == "%!d(string=x) %!s(MISSING)")
             EX(Format("%s", [trace_id]) == trace_id.string)
             EX(Format(name, [])) REFUSED)
{
    formatter f = {.printer = {.out.arena = c->arena, .work = tm_call_work(c)},
                   .format = tm_arg_text(c, 0),
                   .args = tm_arg_list(c, 1)};
    /* Work: bytes of the format, of the rule */
    while (f.at < f.format.n) {
        const char *start = f.format.p + f.at;
        const char *percent = memchr(start, '%', f.format.n - f.at);
        size_t n = percent ? (size_t)(percent - start) : f.format.n - f.at;
        add(&f, tm_text_slice(start, n));
        f.at += n + (percent != NULL);
        if (percent)
            print_directive(&f);
    }
    if (!f.reordered && f.next < (int)f.args->n)
        print_extra(&f);
    if (f.printer.spent)
        return tm_vm_spent(c->vm);
    return tm_return_text(c, tm_buf_leave(&f.printer.out));
}

TM_CHAPTER(format, ROW(Format))
