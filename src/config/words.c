/* Words: the words that a key takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

static const char *const STATES[] = {"built", "not supported yet", "no effect"};

/* Takes the next word with its synonyms off the list; *soon: it is marked as not built yet. */
static bool next_word(tm_text *rest, tm_text *word, bool *soon)
{
    if (!tm_text_next(rest, ' ', word))
        return false;
    *soon = tm_text_starts(*word, TM_TEXT("~"));
    *word = tm_text_skip(*word, *soon);
    return true;
}

tm_text tm_key_word(const tm_key *key, int number)
{
    tm_text rest = tm_text_of(key->words), word = {0}, first;
    bool soon;
    for (int i = 0; i <= number && next_word(&rest, &word, &soon); i++)
        ;
    tm_text_next(&word, '=', &first);
    return first;
}

int tm_key_word_number(const tm_key *key, tm_text word, bool *soon)
{
    tm_text rest = tm_text_of(key->words), synonyms, synonym;
    for (int i = 0; next_word(&rest, &synonyms, soon); i++)
        while (tm_text_next(&synonyms, '=', &synonym))
            if (tm_text_same_word(synonym, word))
                return i;
    return -1;
}

const char *tm_state_name(tm_key_state state)
{
    return STATES[state];
}
