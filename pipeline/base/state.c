/*
 * state: the diagram of the header as a table: each state with those from which it may be entered.
 *
 * The ledger checks a transition by these bits in the very statement that makes it, so that two processes can't both do
 * it.
 */
#include "base/state.h"

#define BIT(s) (1u << (s))

static const struct {
    const char *name;
    unsigned sources;
    enum status status;
} states[STATE_COUNT] = {
    [STATE_PLANNED] = {"planned",
                       BIT(STATE_SENDING) | BIT(STATE_UNKNOWN) | BIT(STATE_FAILED) |
                           BIT(STATE_ELSEWHERE),
                       STATUS_UNSENT},
    [STATE_SENDING] = {"sending", BIT(STATE_PLANNED) | BIT(STATE_SENDING) | BIT(STATE_UNKNOWN),
                       STATUS_UNKNOWN},
    [STATE_ACCEPTED] = {"accepted",
                        BIT(STATE_SENDING) | BIT(STATE_ACCEPTED) | BIT(STATE_UNKNOWN) |
                            BIT(STATE_FAILED),
                        STATUS_PENDING},
    [STATE_SUCCESS] = {"success",
                       BIT(STATE_PLANNED) | BIT(STATE_SENDING) | BIT(STATE_ACCEPTED) |
                           BIT(STATE_UNKNOWN) | BIT(STATE_FAILED),
                       STATUS_SUCCESS},
    [STATE_FAILED] = {"failed",
                      BIT(STATE_PLANNED) | BIT(STATE_SENDING) | BIT(STATE_ACCEPTED) |
                          BIT(STATE_UNKNOWN),
                      STATUS_FAILED},
    [STATE_UNKNOWN] = {"unknown", BIT(STATE_PLANNED) | BIT(STATE_SENDING) | BIT(STATE_ACCEPTED),
                       STATUS_UNKNOWN},
    [STATE_ELSEWHERE] = {"elsewhere", BIT(STATE_PLANNED), STATUS_DUPLICATE},
};

const char *state_name(enum state s)
{
    return states[s].name;
}

unsigned state_sources(enum state to)
{
    return states[to].sources;
}

unsigned state_turn_sources(void)
{
    return (BIT(STATE_COUNT) - 1) & ~BIT(STATE_ELSEWHERE);
}

bool state_may(enum state from, enum state to)
{
    return (states[to].sources & BIT(from)) != 0;
}

bool state_is_done(enum state s)
{
    return s == STATE_SUCCESS || s == STATE_ELSEWHERE;
}

enum status state_status(enum state s)
{
    return states[s].status;
}
