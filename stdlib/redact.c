/* Redact: what is to leave in no text, as far as no regular expression can tell it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

enum { LEAST_DIGITS = 13, MOST_DIGITS = 19 }; /* of a card number, ISO/IEC 7812 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned doubled(unsigned digit)
{
    return digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
}

/* Luhn's sums of every second digit doubled, from the first or from the second one: the digit
 * before the last one is to be doubled. */
typedef struct digits {
    unsigned n, sum[2];
} digits;

static void add_digit(digits *d, unsigned digit)
{
    d->sum[d->n % 2] += doubled(digit);
    d->sum[1 - d->n % 2] += digit;
    d->n++;
}

static bool is_card(const digits *d)
{
    return d->n >= LEAST_DIGITS && d->n <= MOST_DIGITS && d->sum[d->n % 2] % 10 == 0;
}

/* At most `most` of them. */
static size_t digits_at(tm_text text, size_t i, size_t most)
{
    size_t n = 0;
    /* Work: at most `most` digits, which are then passed by */
    while (n < most && i + n < text.n && is_digit(text.p[i + n]))
        n++;
    return n;
}

/* The bytes of the longest card number that the text starts with, made of whole groups of digits
 * with one space or dash between them; 0: none. Looks at 20 digits at most, whatever the text. */
static size_t card_at(tm_text text)
{
    digits d = {0};
    size_t card = 0;
    /* Work: at most MOST_DIGITS digits and as many blanks */
    for (size_t i = 0, n; (n = digits_at(text, i, MOST_DIGITS + 1)) && d.n + n <= MOST_DIGITS;) {
        for (size_t k = 0; k < n; k++)
            add_digit(&d, (unsigned)(text.p[i + k] - '0'));
        i += n;
        card = is_card(&d) ? i : card;
        if (i == text.n || (text.p[i] != ' ' && text.p[i] != '-'))
            break;
        i++;
    }
    return card;
}

TM_OWN_CONVERTER(
    MaskCards, TM_HOST_ANY, NULL, "string MaskCards(target: string, mask?: string = \"****\")",
    "The text with mask in place of each card number: 13 to 19 digits, one space or dash between "
    "groups of them at most, the last of which is the check digit (Luhn) of the others. A longer "
    "number, or one whose check digit is wrong, stays.",
    EX(MaskCards("pay 4111 1111-1111 1111 now") == "pay **** now")
    EX(MaskCards("/card/378282246310005?x=1", "X") == "/card/X?x=1")
    EX(MaskCards("4111111111111112") == "4111111111111112")
    EX(MaskCards("41111111111111110000 12") == "41111111111111110000 12")
    EX(MaskCards("12 4111111111111111 12 2025") == "12 **** 12 2025")
    EX(MaskCards("") == "") EX(MaskCards(1)) REFUSED)
{
    const tm_text target = tm_arg_text(c, 0);
    const tm_text mask = tm_arg_given(c, 1) ? tm_arg_text(c, 1) : TM_TEXT("****");
    tm_buf out = {.arena = c->arena};
    size_t copied = 0;
    if (!tm_charge(c, target.n))
        return false;
    /* Work: bytes of the text, charged before */
    for (size_t i = 0, n; i < target.n; i += n) {
        const size_t card = card_at(tm_text_skip(target, i));
        if (card) {
            tm_buf_add(&out, tm_text_slice(target.p + copied, i - copied));
            tm_buf_add(&out, mask);
            copied = i + card;
        }
        n = card ? card : digits_at(target, i, target.n);
        n += !n;
    }
    tm_buf_add(&out, tm_text_skip(target, copied));
    return tm_return_text(c, copied ? tm_buf_text(&out) : target);
}

TM_CHAPTER(redact, ROW(MaskCards))
