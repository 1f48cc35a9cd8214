/* REPL, input: libedit, which only this file knows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/repl_input.h"

#include "tools/complain.h"
#include "explain/screen.h"

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HISTORY_MOST = 2000, LIST_MOST = 200 };

struct tm_repl_input {
    tm_repl_prompt_fn *prompt;
    tm_repl_complete_fn *complete;
    void *owner;
    tm_arena *arena; /* of one prompt or completion */
    tm_text path;    /* of the history */
    EditLine *edit;  /* NULL: no terminal */
    History *history;
    HistEvent event;
    char *line; /* of getline */
    size_t room;
    unsigned lines, first; /* read so far; the first one of the latest input */
    bool more;             /* lines of the same input came before */
    bool cancelled;        /* what was typed so far is not wanted */
};

/* ---- brackets -------------------------------------------------------------------------------- */

bool tm_repl_input_is_open(tm_text text)
{
    long open = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && strchr("([{", c))
            open++;
        else if (!quoted && strchr(")]}", c))
            open--;
    }
    return quoted || open > 0;
}

/* ---- completion ------------------------------------------------------------------------------ */

static size_t common(const tm_texts *texts)
{
    size_t n = texts->items[0].n;
    for (size_t i = 1; i < texts->count; i++) {
        size_t k = 0;
        while (k < n && k < texts->items[i].n && texts->items[i].p[k] == texts->items[0].p[k])
            k++;
        n = k;
    }
    return n;
}

/* In columns, as many as fit. */
static void list(const tm_repl_input *in, const tm_texts *texts)
{
    const tm_screen screen = tm_screen_of(STDOUT_FILENO);
    size_t widest = 1, n = texts->count < LIST_MOST ? texts->count : LIST_MOST;
    for (size_t i = 0; i < n; i++)
        widest = texts->items[i].n > widest ? texts->items[i].n : widest;
    const size_t columns = screen.columns / (widest + 2) ? screen.columns / (widest + 2) : 1;
    (void)in;
    for (size_t i = 0; i < n; i++)
        fprintf(stdout, "%s%-*.*s", i % columns ? "  " : "\n", (int)widest,
                TM_PRI(texts->items[i]));
    fprintf(stdout, n < texts->count ? "\n... and %zu more\n" : "\n", texts->count - n);
    fflush(stdout);
}

/* Not twice what stands there already, such as the quote and bracket behind a key. */
static void insert(EditLine *edit, tm_text text)
{
    const LineInfo *line = el_line(edit);
    while (text.n && line->cursor < line->lastchar && text.p[text.n - 1] == *line->cursor &&
           strchr("\"])(", text.p[text.n - 1]))
        text.n--;
    char *copy = malloc(text.n + 1);
    if (!copy)
        return;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    el_insertstr(edit, copy);
    free(copy);
}

static unsigned char complete(EditLine *edit, int key)
{
    tm_repl_input *in = NULL;
    const LineInfo *line = el_line(edit);
    (void)key;
    el_get(edit, EL_CLIENTDATA, &in);
    tm_arena_reset(in->arena);
    tm_text before = tm_text_slice(line->buffer, (size_t)(line->cursor - line->buffer));
    tm_candidates found = in->complete(in->owner, in->arena, before);
    if (!found.texts.count)
        return CC_REFRESH_BEEP;
    const size_t typed = before.n - found.from, shared = common(&found.texts);
    if (shared > typed) {
        insert(edit, tm_text_slice(found.texts.items[0].p + typed, shared - typed));
        return CC_REFRESH;
    }
    if (found.texts.count == 1)
        return CC_REFRESH;
    list(in, &found.texts);
    return CC_REDISPLAY;
}

/* Control-C: what was typed is forgotten. */
static unsigned char cancel(EditLine *edit, int key)
{
    tm_repl_input *in = NULL;
    (void)key;
    el_get(edit, EL_CLIENTDATA, &in);
    in->cancelled = true;
    fputs("^C", stdout);
    return CC_NEWLINE;
}

/* Control-D on an empty line ends the session. */
static unsigned char end(EditLine *edit, int key)
{
    const LineInfo *line = el_line(edit);
    (void)key;
    if (line->lastchar > line->buffer)
        return CC_REFRESH_BEEP;
    fputs("\n", stdout);
    return CC_EOF;
}

/* ---- the terminal ---------------------------------------------------------------------------- */

static char *prompt(EditLine *edit)
{
    tm_repl_input *in = NULL;
    el_get(edit, EL_CLIENTDATA, &in);
    tm_arena_reset(in->arena);
    tm_buf out = {.arena = in->arena};
    in->prompt(in->owner, &out, in->more);
    tm_buf_add_char(&out, 0);
    return out.p;
}

static bool open_terminal(tm_repl_input *in)
{
    setlocale(LC_CTYPE, "");
    in->edit = el_init("tamis", stdin, stdout, stderr);
    in->history = history_init();
    if (!in->edit || !in->history)
        return false;
    history(in->history, &in->event, H_SETSIZE, HISTORY_MOST);
    history(in->history, &in->event, H_SETUNIQUE, 1);
    if (in->path.n)
        history(in->history, &in->event, H_LOAD, in->path.p);
    el_set(in->edit, EL_CLIENTDATA, in);
    el_set(in->edit, EL_PROMPT_ESC, prompt, '\1');
    el_set(in->edit, EL_EDITOR, "emacs");
    el_set(in->edit, EL_HIST, history, in->history);
    el_set(in->edit, EL_ADDFN, "tamis-complete", "completes a name", complete);
    el_set(in->edit, EL_ADDFN, "tamis-cancel", "forgets the line", cancel);
    el_set(in->edit, EL_ADDFN, "tamis-end", "ends the session", end);
    el_set(in->edit, EL_SETTY, "-d", "-isig", NULL);
    /* While something runs, control-C must not throw away what is on its way to the terminal: the
     * message that it has stopped, when the key is pressed twice. */
    el_set(in->edit, EL_SETTY, "-x", "+noflsh", NULL);
    el_set(in->edit, EL_SIGNAL, 1);
    el_source(in->edit, NULL);
    el_set(in->edit, EL_BIND, "\t", "tamis-complete", NULL);
    el_set(in->edit, EL_BIND, "^C", "tamis-cancel", NULL);
    el_set(in->edit, EL_BIND, "^D", "tamis-end", NULL);
    el_set(in->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    return true;
}

tm_repl_input *tm_repl_input_open(tm_repl_prompt_fn *ask, tm_repl_complete_fn *completion,
                                  void *owner, tm_text path)
{
    tm_repl_input *in = calloc(1, sizeof *in);
    if (!in)
        return NULL;
    *in = (tm_repl_input){.prompt = ask,
                          .complete = completion,
                          .owner = owner,
                          .arena = tm_arena_new(NULL),
                          .path = path};
    const bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (in->arena && (!terminal || open_terminal(in)))
        return in;
    tm_complain("the terminal cannot be used");
    tm_repl_input_close(in);
    return NULL;
}

void tm_repl_input_close(tm_repl_input *in)
{
    if (!in)
        return;
    if (in->history && in->path.n)
        history(in->history, &in->event, H_SAVE, in->path.p);
    if (in->edit)
        el_end(in->edit);
    if (in->history)
        history_end(in->history);
    tm_arena_free(in->arena);
    free(in->line);
    free(in);
}

bool tm_repl_input_is_terminal(const tm_repl_input *in)
{
    return in->edit != NULL;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Without its line break. False: there is none. */
static bool read_line(tm_repl_input *in, tm_text *line)
{
    int edited = 0;
    ssize_t n;
    if (in->edit) {
        const char *p = el_gets(in->edit, &edited);
        if (in->cancelled) /* of an empty line nothing is left, as at the end */
            edited = 0;
        else if (!p || edited <= 0)
            return false;
        *line = tm_text_slice(edited ? p : "", (size_t)edited);
    } else {
        if ((n = getline(&in->line, &in->room, stdin)) < 0)
            return false;
        *line = tm_text_slice(in->line, (size_t)n);
        in->lines++;
    }
    while (line->n && strchr("\r\n", line->p[line->n - 1]))
        line->n--;
    return true;
}

static void remember(tm_repl_input *in, const tm_buf *out)
{
    tm_buf copy = {.arena = out->arena};
    if (!in->edit || !tm_text_trim(tm_buf_text(out)).n)
        return;
    for (size_t i = 0; i < out->n; i++)
        tm_buf_add_char(&copy, out->p[i] == '\n' ? ' ' : out->p[i]);
    tm_buf_add_char(&copy, 0);
    history(in->history, &in->event, H_ENTER, copy.p);
}

bool tm_repl_input_next(tm_repl_input *in, tm_buf *out)
{
    tm_text line;
    in->more = false;
    in->first = in->lines + 1;
    while (read_line(in, &line)) {
        if (in->cancelled) {
            in->cancelled = in->more = false;
            out->n = 0;
            continue;
        }
        if (in->more)
            tm_buf_add_char(out, '\n');
        tm_buf_add(out, line);
        in->more = tm_repl_input_is_open(tm_buf_text(out));
        if (in->more)
            continue;
        remember(in, out);
        return true;
    }
    return out->n > 0;
}

unsigned tm_repl_input_line(const tm_repl_input *in)
{
    return in->edit ? 0 : in->first;
}
