/* Partition: keys by headers, and the bound on how many there are.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pipe/partition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static tm_text keys[] = {TM_TEXT("X-Tenant"), TM_TEXT("zone")};
static const tm_partition_names NAMES = {.headers = {keys, 2}};

static bool same(const tm_metadata *a, unsigned a_count, const tm_metadata *b, unsigned b_count)
{
    tm_client clients[] = {{.header = a, .headers = a_count}, {.header = b, .headers = b_count}};
    tm_bytes key[2] = {0};
    for (int i = 0; i < 2; i++)
        assert_true(tm_partition_key(&NAMES, &clients[i], &key[i]));
    bool equal = tm_text_equal(tm_bytes_text(&key[0]), tm_bytes_text(&key[1]));
    for (int i = 0; i < 2; i++)
        tm_bytes_free(&key[i]);
    return equal;
}

static void keys_are_equal_when_all_values_are(void **state)
{
    (void)state;
    const tm_metadata blue[] = {{TM_TEXT("x-tenant"), TM_TEXT("blue")},
                                {TM_TEXT("other"), TM_TEXT("1")}};
    const tm_metadata also[] = {{TM_TEXT("other"), TM_TEXT("2")},
                                {TM_TEXT("x-tenant"), TM_TEXT("blue")}};
    const tm_metadata red[] = {{TM_TEXT("x-tenant"), TM_TEXT("red")}};
    const tm_metadata twice[] = {{TM_TEXT("x-tenant"), TM_TEXT("blue")},
                                 {TM_TEXT("x-tenant"), TM_TEXT("blue")}};
    const tm_metadata empty[] = {{TM_TEXT("x-tenant"), TM_TEXT("")}};
    const tm_metadata zone[] = {{TM_TEXT("zone"), TM_TEXT("blue")}};
    assert_true(same(blue, 2, also, 2));
    assert_false(same(blue, 2, red, 1));
    assert_false(same(blue, 2, twice, 2));
    assert_false(same(empty, 1, NULL, 0)); /* empty is not the same as absent */
    assert_false(same(blue, 1, zone, 1));
}

static void values_cannot_be_made_to_look_like_others(void **state)
{
    (void)state;
    const tm_metadata sly[] = {{TM_TEXT("x-tenant"), TM_TEXT("a;1:b")}};
    const tm_metadata plain[] = {{TM_TEXT("x-tenant"), TM_TEXT("a")},
                                 {TM_TEXT("zone"), TM_TEXT("b")}};
    assert_false(same(sly, 1, plain, 2));
}

static void assert_value(tm_text key, const char *name, const char *value)
{
    tm_text found;
    assert_int_equal(tm_partition_value(key, tm_text_of(name), &found), value != NULL);
    if (value)
        assert_true(tm_text_is(found, value));
}

static void a_key_gives_back_the_first_value_of_each_header(void **state)
{
    (void)state;
    const tm_metadata headers[] = {{TM_TEXT("zone"), TM_TEXT("4:zone1:x;")},
                                   {TM_TEXT("x-tenant"), TM_TEXT("")},
                                   {TM_TEXT("x-tenant"), TM_TEXT("second")}};
    tm_bytes key = {0};
    assert_true(tm_partition_key(&NAMES, &(tm_client){.header = headers, .headers = 3}, &key));
    assert_value(tm_bytes_text(&key), "zone", "4:zone1:x;");
    assert_value(tm_bytes_text(&key), "X-TENANT", "");
    assert_value(tm_bytes_text(&key), "other", NULL);
    assert_value(tm_bytes_text(&key), "4:zone", NULL);
    key.n = 0;
    assert_true(tm_partition_key(&NAMES, &(tm_client){.header = headers, .headers = 1}, &key));
    assert_value(tm_bytes_text(&key), "x-tenant", NULL);
    for (size_t n = 0; n < key.n; n++) /* a key that is cut */
        assert_value(tm_text_slice(key.p, n), "other", NULL);
    assert_value(TM_TEXT(""), "zone", NULL);
    tm_bytes_free(&key);
}

static void headers_and_attributes_do_not_mix(void **state)
{
    (void)state;
    tm_text name[] = {TM_TEXT("name"), TM_TEXT("raw")};
    const tm_partition_names names = {.headers = {name, 1}, .attributes = {name, 2}};
    const tm_metadata header = {TM_TEXT("name"), TM_TEXT("of the header")};
    const tm_metadata attributes[] = {{TM_TEXT("raw"), TM_TEXT("4:name1:x;")},
                                      {TM_TEXT("name"), TM_TEXT("of the client")}};
    tm_bytes key = {0};
    tm_text found;
    assert_true(tm_partition_key(
        &names,
        &(tm_client){.header = &header, .headers = 1, .attribute = attributes, .attributes = 2},
        &key));
    assert_value(tm_bytes_text(&key), "NAME", "of the header");
    assert_value(tm_bytes_text(&key), "raw", NULL);
    assert_true(tm_partition_attribute(tm_bytes_text(&key), TM_TEXT("name"), &found));
    assert_true(tm_text_is(found, "of the client"));
    assert_true(tm_partition_attribute(tm_bytes_text(&key), TM_TEXT("raw"), &found));
    assert_true(tm_text_is(found, "4:name1:x;"));
    assert_false(tm_partition_attribute(tm_bytes_text(&key), TM_TEXT("Raw"), &found));
    for (size_t n = 0; n < key.n; n++) /* a key that is cut */
        assert_false(tm_partition_attribute(tm_text_slice(key.p, n), TM_TEXT("other"), &found));
    key.n = 0;
    assert_true(tm_partition_key(&names, &(tm_client){.header = &header, .headers = 1}, &key));
    assert_false(tm_partition_attribute(tm_bytes_text(&key), TM_TEXT("name"), &found));
    tm_bytes_free(&key);
}

static void a_new_key_above_the_bound_is_refused_and_known_ones_are_not(void **state)
{
    (void)state;
    tm_partitions p;
    tm_partitions_init(&p, 3);
    assert_true(tm_partitions_admit(&p, TM_TEXT("b")));
    assert_true(tm_partitions_admit(&p, TM_TEXT("")));
    assert_true(tm_partitions_admit(&p, TM_TEXT("a")));
    assert_false(tm_partitions_admit(&p, TM_TEXT("c")));
    assert_true(tm_partitions_admit(&p, TM_TEXT("a")));
    assert_true(tm_partitions_admit(&p, TM_TEXT("")));
    assert_int_equal(p.count, 3);
    tm_partitions_drop(&p);
}

static void without_a_bound_all_are_taken(void **state)
{
    (void)state;
    tm_partitions p;
    tm_partitions_init(&p, 0);
    char key[12];
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_true(tm_partitions_admit(&p, tm_text_of(key)));
    }
    tm_partitions_drop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_equal_when_all_values_are),
        cmocka_unit_test(values_cannot_be_made_to_look_like_others),
        cmocka_unit_test(a_key_gives_back_the_first_value_of_each_header),
        cmocka_unit_test(headers_and_attributes_do_not_mix),
        cmocka_unit_test(a_new_key_above_the_bound_is_refused_and_known_ones_are_not),
        cmocka_unit_test(without_a_bound_all_are_taken),
    };
    return cmocka_run_group_tests_name("pipe/partition", tests, NULL, NULL);
}
