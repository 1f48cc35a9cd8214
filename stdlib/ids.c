/* Ids: identifiers made of randomness and time (RFC 9562).
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/fn.h"

#include "base/clock.h"

enum { UUID_BYTES = 16 };

/* Puts version and variant into 16 bytes and writes them as 8-4-4-4-12 hex digits. */
static bool return_uuid(tm_call *c, unsigned char id[UUID_BYTES], unsigned version)
{
    tm_buf out = {.arena = c->arena};
    id[6] = (unsigned char)((id[6] & 0x0f) | version << 4);
    id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
    /* Work: UUID_BYTES */
    for (unsigned i = 0, n; i < UUID_BYTES; i += n) {
        n = i == 0 ? 4 : i == 10 ? 6 : 2;
        if (i)
            tm_buf_add_char(&out, '-');
        tm_buf_add_hex(&out, tm_text_slice(id + i, n));
    }
    return tm_return_text(c, tm_buf_text(&out));
}

TM_CONVERTER_FOR(
    UUID, TM_HOST_IMPURE, NULL, "string UUID()", "A new UUID of version 4: 122 random bits.",
    EX(IsMatch(UUID(), "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))
    EX(UUID(1)) REFUSED)
{
    unsigned char id[UUID_BYTES];
    if (!tm_vm_random(c->vm, id, sizeof id))
        return tm_fail(c, "the system has no randomness to give");
    return return_uuid(c, id, 4);
}

TM_CONVERTER_FOR(
    UUIDv7, TM_HOST_IMPURE, NULL, "string UUIDv7()",
    "A new UUID of version 7: the time in milliseconds, then random bits, so that later ones "
    "sort behind earlier ones.",
    EX(IsMatch(UUIDv7(), "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))
    EX(UUIDv7(1)) REFUSED)
{
    unsigned char id[UUID_BYTES];
    uint64_t ms = tm_clock_realtime_ns(c->vm->clock) / 1000000;
    if (!tm_vm_random(c->vm, id, sizeof id))
        return tm_fail(c, "the system has no randomness to give");
    /* Work: UUID_BYTES */
    for (unsigned i = 0; i < 6; i++)
        id[i] = (unsigned char)(ms >> (40 - 8 * i));
    return return_uuid(c, id, 7);
}

TM_CHAPTER(ids, ROW(UUID), ROW(UUIDv7))
