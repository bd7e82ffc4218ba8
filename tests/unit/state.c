/* state: the whole matrix of transitions, against the diagram in the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/state.h"

/* from, to */
static const bool may[STATE_COUNT][STATE_COUNT] = {
    [STATE_PLANNED] = {[STATE_SENDING] = true,
                       [STATE_SUCCESS] = true,
                       [STATE_FAILED] = true,
                       [STATE_UNKNOWN] = true,
                       [STATE_ELSEWHERE] = true},
    [STATE_SENDING] = {[STATE_PLANNED] = true,
                       [STATE_SENDING] = true,
                       [STATE_ACCEPTED] = true,
                       [STATE_SUCCESS] = true,
                       [STATE_FAILED] = true,
                       [STATE_UNKNOWN] = true},
    [STATE_ACCEPTED] = {[STATE_ACCEPTED] = true,
                        [STATE_SUCCESS] = true,
                        [STATE_FAILED] = true,
                        [STATE_UNKNOWN] = true},
    [STATE_SUCCESS] = {false},
    [STATE_FAILED] = {[STATE_PLANNED] = true, [STATE_ACCEPTED] = true, [STATE_SUCCESS] = true},
    [STATE_UNKNOWN] = {[STATE_PLANNED] = true,
                       [STATE_SENDING] = true,
                       [STATE_ACCEPTED] = true,
                       [STATE_SUCCESS] = true,
                       [STATE_FAILED] = true},
    [STATE_ELSEWHERE] = {[STATE_PLANNED] = true},
};

static void test_transitions(void **state)
{
    (void)state;
    for (enum state to = 0; to < STATE_COUNT; to++) {
        unsigned sources = 0;

        for (enum state from = 0; from < STATE_COUNT; from++) {
            if (state_may(from, to) != may[from][to])
                fail_msg("%s -> %s", state_name(from), state_name(to));
            sources |= (unsigned)may[from][to] << from;
        }
        assert_int_equal(state_sources(to), sources);
    }
}

static void test_success_is_said_by_a_server(void **state)
{
    (void)state;
    assert_false(state_may(STATE_ELSEWHERE, STATE_SUCCESS));
}

/* What may have been sent is sent again only through what says that it is absent, or from what is shown
 * as unknown, which the user has to ask for. */
static void test_what_is_sent(void **state)
{
    (void)state;
    assert_int_equal(state_sources(STATE_SENDING),
                     1u << STATE_PLANNED | 1u << STATE_SENDING | 1u << STATE_UNKNOWN);
    assert_false(state_may(STATE_ACCEPTED, STATE_PLANNED));
    assert_false(state_may(STATE_FAILED, STATE_SENDING));
    assert_int_equal(state_sources(STATE_PLANNED) & 1u << STATE_SUCCESS, 0);
}

/* What a server was asked about does not become unknown again once the answer is known. */
static void test_what_is_known_stays_known(void **state)
{
    (void)state;
    assert_int_equal(state_sources(STATE_UNKNOWN),
                     1u << STATE_PLANNED | 1u << STATE_SENDING | 1u << STATE_ACCEPTED);
    for (enum state to = 0; to < STATE_COUNT; to++)
        assert_false(state_may(STATE_SUCCESS, to));
}

/* … but of what may be repeated, whose opposite is done next; a claim made elsewhere is none of that. */
static void test_what_may_be_turned(void **state)
{
    (void)state;
    for (enum state from = 0; from < STATE_COUNT; from++)
        assert_int_equal(state_turn_sources() >> from & 1, from != STATE_ELSEWHERE);
}

static void test_words(void **state)
{
    static const struct {
        enum state state;
        int number;
        const char *name;
        enum status status;
    } words[] = {
        {STATE_PLANNED, 0, "planned", STATUS_UNSENT},
        {STATE_SENDING, 1, "sending", STATUS_UNKNOWN},
        {STATE_ACCEPTED, 2, "accepted", STATUS_PENDING},
        {STATE_SUCCESS, 3, "success", STATUS_SUCCESS},
        {STATE_FAILED, 4, "failed", STATUS_FAILED},
        {STATE_UNKNOWN, 5, "unknown", STATUS_UNKNOWN},
        {STATE_ELSEWHERE, 6, "elsewhere", STATUS_DUPLICATE},
    };

    (void)state;
    assert_int_equal(sizeof words / sizeof *words, STATE_COUNT);
    for (size_t i = 0; i < STATE_COUNT; i++) {
        assert_int_equal((int)words[i].state, words[i].number); /* they stand in ledgers */
        assert_string_equal(state_name(words[i].state), words[i].name);
        assert_int_equal(state_status(words[i].state), words[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transitions),
        cmocka_unit_test(test_success_is_said_by_a_server),
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_what_is_known_stays_known),
        cmocka_unit_test(test_what_may_be_turned),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
