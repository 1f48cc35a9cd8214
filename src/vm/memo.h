/* Memo: what dear calls and searches answered last, for those that ask the same again. For this
 * room only. SPDX-License-Identifier: Apache-2.0
 *
 * A rule that parses a resource attribute for each span, or a span's name for each event, asks the
 * same again and again. What a call of nothing but values is asked a second time in a row is
 * remembered with its arguments as long as the request is judged (what is asked once might not be
 * worth its memory); but for short ones, texts and lists are told apart by where they lie, since
 * nothing that lies in a request or its arena changes while it is remembered, and maps are the same
 * as long as no rule has edited anything (vm->edits). What lambdas ask is not remembered. */
#ifndef TM_VM_MEMO_H
#define TM_VM_MEMO_H

#include "vm/vm.h"

enum { TM_MEMO_VALUES = 12 };

/* What was asked; `result` or `error` is what came of it. */
typedef struct tm_memo_row {
    const void *asked; /* a call site or a regex; NULL: nothing */
    bool answered;
    const void *latest;    /* who asked last, */
    uint64_t latest_epoch; /* when, */
    uint64_t seen;         /* and a hash of what */
    uint64_t epoch, edits;
    tm_value value[TM_MEMO_VALUES]; /* arguments, and behind them the elements of list literals */
    unsigned values;
    bool has_maps;
    bool done;
    tm_value result;
    tm_text error;
} tm_memo_row;

/* What is asked of n values. Too little to be worth remembering, for the first time in a row, or
 * nothing that can be: NULL. Else the row where it stands, or is to stand; *known says which. The
 * row is then filled in by tm_memo_keep. */
tm_memo_row *tm_memo_find(tm_vm *vm, const void *asked, const tm_value *value, unsigned n,
                          bool *known);

/* Remembers that it was asked, and what came of it; vm->error when that was nothing. */
void tm_memo_keep(tm_vm *vm, tm_memo_row *row, bool done, tm_value result);

#endif
