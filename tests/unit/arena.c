/* arena: pieces are apart and aligned, and a stream of batches settles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "policy/retry.h"

#include "residue.h"

#include <string.h>

#define PIECES 2000

static volatile size_t huge = SIZE_MAX;

static void pieces_are_aligned_and_do_not_touch_each_other(void **state)
{
    (void)state;
    struct arena a;
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES];
    uint64_t random = 1;
    arena_init(&a);
    for (int batch = 0; batch < 5; batch++) {
        for (size_t i = 0; i < PIECES; i++) {
            sizes[i] = retry_random(&random) % (i % 100 == 0 ? 200000 : 300);
            pieces[i] = arena_alloc(&a, sizes[i]);
            assert_non_null(pieces[i]);
            assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
            memset(pieces[i], (int)(i % 251), sizes[i]);
        }
        for (size_t i = 0; i < PIECES; i++) {
            for (size_t k = 0; k < sizes[i]; k++) {
                if (pieces[i][k] != i % 251)
                    fail_msg("piece %zu was overwritten at %zu", i, k);
            }
        }
        arena_reset(&a);
    }
    arena_release(&a);
}

static void a_reset_gives_the_same_memory_again(void **state)
{
    (void)state;
    static const size_t sizes[] = {10, 30000, 60000, 5, 2000, 1};
    void *first[sizeof sizes / sizeof sizes[0]];
    struct arena a;
    arena_init(&a);
    arena_reset(&a);
    for (int batch = 0; batch < 4; batch++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            void *piece = arena_alloc(&a, sizes[i]);
            assert_non_null(piece);
            if (batch == 0)
                first[i] = piece;
            assert_ptr_equal(piece, first[i]);
        }
        arena_reset(&a);
    }
    arena_release(&a);
}

static void a_piece_finds_its_block_behind_another(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    (void)arena_alloc(&a, 30000);
    void *large = arena_alloc(&a, 65000);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 30000));
    assert_ptr_equal(arena_alloc(&a, 65000), large);
    assert_non_null(arena_alloc(&a, 60000));
    arena_release(&a);
}

static void what_is_large_is_given_back(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_int_equal(arena_size(&a), 0);
    for (int batch = 0; batch < 4; batch++) {
        for (size_t i = 0; i < 100; i++)
            assert_non_null(arena_alloc(&a, i % 10 == 0 ? 1000000 : 50000));
        assert_true(arena_size(&a) >= 10 * 1000000 + 90 * 50000);
        arena_reset(&a);
        assert_true(arena_size(&a) <= ARENA_KEPT_MAX);
        assert_int_equal(a.resets, batch + 1);
    }
    arena_release(&a);
    assert_int_equal(arena_size(&a), 0);
}

static void copies_are_c_strings(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_string_equal(arena_copy(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&a, NULL, 0), "");
    assert_memory_equal(arena_copy(&a, "x\0y", 3), "x\0y", 4);
    arena_release(&a);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_null(arena_alloc(&a, huge));
    assert_null(arena_alloc(&a, huge - 64));
    assert_null(arena_copy(&a, "", huge));
    assert_non_null(arena_alloc(&a, 1));
    arena_release(&a);
}

/* In a block that a reset gives back, in one that it keeps, and in one that was used again since. */
static void nothing_is_left_of_a_secret(void **state)
{
    char secret[RESIDUE_SIZE];

    (void)state;
    for (unsigned n = 11; n <= 13; n++) {
        struct arena a;

        arena_init(&a);
        assert_non_null(arena_alloc(&a, 1000));
        assert_non_null(arena_copy(&a, residue_make(n, secret), RESIDUE_LEN));
        explicit_bzero(secret, sizeof(secret));
        assert_int_equal(residue_left(n), 1);
        if (n == 11)
            assert_non_null(arena_alloc(&a, ARENA_KEPT_MAX));
        arena_reset(&a);
        if (n == 13)
            assert_non_null(arena_alloc(&a, 8));
        arena_release(&a);
        assert_int_equal(residue_left(n), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_touch_each_other),
        cmocka_unit_test(a_reset_gives_the_same_memory_again),
        cmocka_unit_test(a_piece_finds_its_block_behind_another),
        cmocka_unit_test(what_is_large_is_given_back),
        cmocka_unit_test(copies_are_c_strings),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(nothing_is_left_of_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
