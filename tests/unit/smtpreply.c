/* smtpreply: what each reply means at each stage, and what is said of it. */
#include "policy/smtpreply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define STAGES (MAIL_END + 1)

static const char *const names[] = {"HANDED_OVER", "REFUSED_ROW", "LATER_ROW", "LATER_ALL",
                                    "STOP",        "AGAIN",       "LOST"};

/* Of the same, in this order. */
static const char letters[] = "+rlAS.?";

static enum smtpreply read_reply(enum mail_stage stage, int status, const char *body,
                                 struct text *words)
{
    struct answer a = {.fate = FATE_ANSWERED, .stage = stage, .status = status};
    enum smtpreply found;

    text_init(&a.body);
    text_puts(&a.body, body);
    text_clear(words);
    found = smtpreply_read(&a, words);
    assert_true(text_ok(words));
    text_release(&a.body);
    return found;
}

/* By stage: greeting, AUTH, MAIL, the copy's RCPT, the recipient's, DATA, the end. */
static void test_codes(void **state)
{
    static const struct {
        int status;
        const char *want; /* of each stage the letter in `letters` */
    } cases[] = {
        /* what is no refusal is success at the end alone, and there only as 2xx */
        {220, "??????+"},
        {250, "??????+"},
        {251, "??????+"},
        {354, "???????"},
        {0, "???????"},
        /* the server closes, or can't log in anybody now: at any stage it is about all */
        {421, "AAAAAAA"},
        {454, "AAAAAAA"},
        {450, "AAAAlll"},
        {451, "AAAAlll"},
        /* 452 is a full disk, for all if it comes early; 552 at MAIL is about this message's size */
        {452, "AAAAlll"},
        {552, "SSrSrrr"},
        {500, "SSSSrrr"},
        {535, "SSSSrrr"},
        {550, "SSSSrrr"},
        {554, "SSSSrrr"},
    };
    struct text words;

    (void)state;
    text_init(&words);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int stage = 0; stage < STAGES; stage++) {
            enum smtpreply got = read_reply((enum mail_stage)stage, cases[i].status, "x", &words);

            if (letters[got] != cases[i].want[stage])
                fail_msg("%d at stage %d: %s, want %c", cases[i].status, stage, names[got],
                         cases[i].want[stage]);
        }
    text_release(&words);
}

/* Limits of the sender's account come as replies to a recipient or a message, and hold for the next as well. */
static void test_limits_of_the_sender(void **state)
{
    static const struct {
        enum mail_stage stage;
        int status;
        const char *body;
        enum smtpreply want;
    } cases[] = {
        {MAIL_TO, 550, "550 5.4.5 Daily user sending limit exceeded.", SMTPREPLY_STOP},
        {MAIL_END, 550, "550-5.4.5 Daily user sending\r\n550 5.4.5 limit", SMTPREPLY_STOP},
        {MAIL_TO, 452, "452 4.5.3 too many recipients", SMTPREPLY_LATER_ROW},
        {MAIL_TO, 450, "450 4.7.28 Daily quota of sender exceeded", SMTPREPLY_LATER_ALL},
        {MAIL_END, 451, "451 4.4.5 too busy", SMTPREPLY_LATER_ALL},
        {MAIL_DATA, 450, "450 4.4.5", SMTPREPLY_LATER_ALL},
        /* of others than the sender, or no enhanced code at all */
        {MAIL_TO, 450, "450 4.2.1 receives mail too quickly", SMTPREPLY_LATER_ROW},
        {MAIL_TO, 550, "550 5.7.28 spam", SMTPREPLY_REFUSED_ROW},
        {MAIL_TO, 550, "550 5.4.50 no", SMTPREPLY_REFUSED_ROW},
        {MAIL_TO, 550, "550 user 5.4.5 is unknown", SMTPREPLY_REFUSED_ROW},
        {MAIL_TO, 550, "5.4.5", SMTPREPLY_REFUSED_ROW},
        {MAIL_TO, 550, "", SMTPREPLY_REFUSED_ROW},
        {MAIL_END, 250, "250 5.4.5 ok", SMTPREPLY_HANDED_OVER},
    };
    struct text words;

    (void)state;
    text_init(&words);
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum smtpreply got = read_reply(cases[i].stage, cases[i].status, cases[i].body, &words);

        if (got != cases[i].want)
            fail_msg("\"%s\": %s, want %s", cases[i].body, names[got], names[cases[i].want]);
    }
    text_release(&words);
}

static void test_words_of_replies(void **state)
{
    static const struct {
        enum mail_stage stage;
        int status;
        const char *body, *want;
    } cases[] = {
        {MAIL_TO, 550, "550 5.1.1 no such user\r\n", "mail server: 550 5.1.1 no such user"},
        {MAIL_TO, 550, "550-5.7.1 blocked:\r\n550 5.7.1 see x",
         "mail server: 550 5.7.1 blocked: 5.7.1 see x"},
        {MAIL_TO, 550, "550\n", "mail server: "},
        {MAIL_TO, 550, "550 a\x1b[2Jb", "mail server: 550 a\\x1b[2Jb"},
        {MAIL_AUTH, 535, "535 no", "mail server: 535 no: check --smtp-user and its password"},
        {MAIL_FROM, 550, "550 no",
         "mail server: 550 no: check who sends (From, --bounces-to), and --smtp-user"},
        {MAIL_COPY, 550, "550 no", "mail server: 550 no: check --bcc"},
        {MAIL_FROM, 452, "452 no", "mail server: 452 no"},
        {MAIL_AUTH, 454, "454 no", "mail server: 454 no"},
        {MAIL_GREETING, 554, "554 go away", "mail server: 554 go away"},
    };
    struct text words;

    (void)state;
    text_init(&words);
    for (size_t i = 0; i < COUNT(cases); i++) {
        read_reply(cases[i].stage, cases[i].status, cases[i].body, &words);
        assert_string_equal(words.ptr, cases[i].want);
    }
    text_release(&words);
}

static void test_no_reply(void **state)
{
    static const struct {
        enum fate fate;
        enum trouble trouble;
        enum smtpreply want;
    } cases[] = {
        {FATE_NOT_SENT, TROUBLE_NAME, SMTPREPLY_AGAIN},
        {FATE_NOT_SENT, TROUBLE_CONNECT, SMTPREPLY_AGAIN},
        {FATE_NOT_SENT, TROUBLE_TIME, SMTPREPLY_AGAIN},
        {FATE_NOT_SENT, TROUBLE_OTHER, SMTPREPLY_AGAIN},
        {FATE_NOT_SENT, TROUBLE_MESSAGE, SMTPREPLY_REFUSED_ROW},
        {FATE_NOT_SENT, TROUBLE_TLS, SMTPREPLY_STOP},
        {FATE_NOT_SENT, TROUBLE_LOGIN, SMTPREPLY_STOP},
        {FATE_NOT_SENT, TROUBLE_OUTBOX, SMTPREPLY_STOP},
        {FATE_LOST, TROUBLE_TIME, SMTPREPLY_LOST},
        {FATE_LOST, TROUBLE_OTHER, SMTPREPLY_LOST},
        {FATE_LOST, TROUBLE_MESSAGE, SMTPREPLY_LOST},
    };
    struct text words;

    (void)state;
    text_init(&words);
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* whatever came before counts no more, a 250 least of all */
        struct answer a = {.fate = cases[i].fate,
                           .trouble = cases[i].trouble,
                           .status = 250,
                           .stage = MAIL_END,
                           .problem = "nobody is there"};

        text_clear(&words);
        assert_int_equal(smtpreply_read(&a, &words), cases[i].want);
        assert_says(words.ptr, "nobody is there");
        if (cases[i].trouble == TROUBLE_TLS)
            assert_says(words.ptr, "--cacert FILE");
    }
    text_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_limits_of_the_sender),
        cmocka_unit_test(test_words_of_replies),
        cmocka_unit_test(test_no_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
