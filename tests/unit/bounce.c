/* bounce: tokens of ours, and what reports as mail systems write them say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/bounce.h"

#include "fixture.h"

#define TOKEN "1222652d1c9f12b53df70d8a645c2957"

static void test_address(void **state)
{
    static const struct {
        const char *text;
        bool found;
    } table[] = {{"bounces+" TOKEN "@example.org", true},
                 {"<bounces+1222652D1C9F12B53DF70D8A645C2957@example.org>", true},
                 {"Ann <a@example.org>, b+" TOKEN "@example.org", true},
                 {"a+b+" TOKEN "@example.org", true},
                 {"bounces+" TOKEN "0@example.org", false},
                 {"bounces-" TOKEN "@example.org", false},
                 {"bounces+1222652d@example.org", false},
                 {"bounces+" TOKEN, false},
                 {"+", false},
                 {"", false}};
    char token[BOUNCE_TOKEN_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (bounce_address(slice_of(table[i].text), token) != table[i].found)
            fail_msg("%s", table[i].text);
        if (table[i].found)
            assert_string_equal(token, TOKEN);
    }
}

static void test_message_id(void **state)
{
    static const struct {
        const char *text, *domain;
    } table[] = {{"<" TOKEN "@example.org>", "example.org"},
                 {"<a@b> <" TOKEN "@Mail.Example.org>", "mail.example.org"},
                 {"text\nMessage-ID: <" TOKEN "@example.org>\n", "example.org"},
                 {"<1222652d@example.org>", NULL},
                 {TOKEN "@example.org", NULL},
                 {"<" TOKEN "@>", NULL},
                 {"<" TOKEN "@", NULL},
                 {"", NULL}};
    char token[BOUNCE_TOKEN_MAX], domain[BOUNCE_DOMAIN_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        bool found = bounce_message_id(slice_of(table[i].text), token, domain);

        if (found != (table[i].domain != NULL))
            fail_msg("%s", table[i].text);
        if (found) {
            assert_string_equal(token, TOKEN);
            assert_string_equal(domain, table[i].domain);
        }
    }
}

#define REPORT(does, code, said)                                                                   \
    {                                                                                              \
        .report = true, .action = (does), .status = (code), .diagnostic = (said)                   \
    }

static const struct {
    const char *who;
    struct bounce_facts facts;
    const char *text;
    enum bounce says;
    const char *status, *words;
} reports[] = {
    {"Postfix",
     REPORT("failed", "5.1.1", "smtp; 550 5.1.1 <b@example.org>: Recipient address rejected"), NULL,
     BOUNCE_FAILED, "5.1.1", "<b@example.org>: Recipient address rejected"},
    {"Exim", REPORT("failed", "5.0.0", "smtp; 550 5.2.1 mailbox\n disabled"), NULL, BOUNCE_FAILED,
     "5.2.1", "mailbox disabled"},
    {"Office 365",
     REPORT("failed", "5.1.10",
            "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address"),
     NULL, BOUNCE_FAILED, "5.1.10",
     "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address"},
    {"Gmail",
     REPORT("failed", "5.1.1",
            "smtp; 550-5.1.1 The email account that you tried to reach does not exist."),
     NULL, BOUNCE_FAILED, "5.1.1", "The email account that you tried to reach does not exist."},
    {"SES", REPORT("failed", "5.7.1", "smtp; 554 Message rejected"), NULL, BOUNCE_FAILED, "5.7.1",
     "Message rejected"},
    {"sendmail", REPORT("failed", "5.1.1", "X-Unix; 67"), NULL, BOUNCE_FAILED, "5.1.1", "67"},
    {"sendmail, late", REPORT("delayed", "4.4.1", NULL), NULL, BOUNCE_DELAYED, "4.4.1", ""},
    {"relayed", REPORT("relayed (to non-DSN system)", "2.0.0", "smtp; 250 2.0.0 Ok"), NULL,
     BOUNCE_DELIVERED, "2.0.0", "Ok"},
    {"expanded", REPORT("Expanded", "2.1.5", NULL), NULL, BOUNCE_DELIVERED, "2.1.5", ""},
    {"delivered", REPORT("delivered", "2.1.5", NULL), NULL, BOUNCE_DELIVERED, "2.1.5", ""},
    {"no action", REPORT(NULL, "5.2.2 (mailbox full)", NULL), NULL, BOUNCE_FAILED, "5.2.2", ""},
    {"nothing", REPORT(NULL, NULL, NULL), NULL, BOUNCE_UNCLEAR, "", ""},
    {"no status", REPORT("failed", "what?", NULL), NULL, BOUNCE_FAILED, "", ""},
    {"control characters", REPORT("failed", "5.0.0", "smtp; 550 \033[31mno\r\n\tsuch  user"), NULL,
     BOUNCE_FAILED, "5.0.0", "\\x1b[31mno such user"},
    {"an auto-submitted report",
     {.report = true, .action = "failed", .status = "5.1.1", .auto_submitted = "auto-replied"},
     NULL,
     BOUNCE_FAILED,
     "5.1.1",
     ""},
    {"qmail",
     {.from = "MAILER-DAEMON@q.example", .subject = "failure notice"},
     "Hi. This is the qmail-send program at q.example.\n\n<b@example.org>:\n192.0.2.1 does not "
     "like recipient.\nRemote host said: 550 5.7.1 Mailbox closed\nGiving up on 192.0.2.1.\n",
     BOUNCE_FAILED,
     "5.7.1",
     "Mailbox closed"},
    {"qmail, local",
     {.from = "MAILER-DAEMON@q.example", .subject = "failure notice"},
     "<b@q.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
     BOUNCE_FAILED,
     "5.1.1",
     "Sorry, no mailbox here by that name. (#5.1.1)"},
    {"Exim, old",
     {.from = "Mail Delivery System <Mailer-Daemon@e.example>",
      .subject = "Mail delivery failed: returning message to sender",
      .failed_recipients = "b@example.org"},
     "This message was created automatically.\n\n  b@example.org\n    host mx [192.0.2.1]: 550 No "
     "such user\n",
     BOUNCE_FAILED,
     "",
     "No such user"},
    {"Exim, late",
     {.from = "Mailer-Daemon@e.example", .subject = "Warning: message 1x delayed 24 hours"},
     "No action is required.\n",
     BOUNCE_DELAYED,
     "",
     "No action is required."},
    {"Exchange, no report",
     {.from = "MicrosoftExchange329e@e.example", .subject = "Undeliverable: Your code"},
     "Your message wasn't delivered.\n",
     BOUNCE_FAILED,
     "",
     "Your message wasn't delivered."},
    {"a daemon's letter",
     {.from = "postmaster@e.example", .subject = "Hello"},
     "",
     BOUNCE_UNCLEAR,
     "",
     ""},
    {"out of office",
     {.from = "b@example.org", .subject = "Automatic reply: Your code"},
     "Away",
     BOUNCE_NONE,
     "",
     ""},
    {"vacation",
     {.from = "b@example.org", .subject = "Re: Your code", .auto_submitted = "auto-replied"},
     "Away",
     BOUNCE_NONE,
     "",
     ""},
    {"an auto-reply by a postmaster",
     {.from = "postmaster@e.example", .subject = "Undeliverable?", .precedence = "auto_reply"},
     "Away",
     BOUNCE_NONE,
     "",
     ""},
    {"a person",
     {.from = "b@example.org", .subject = "Re: delivery failed?"},
     "550 5.1.1 is what it said",
     BOUNCE_NONE,
     "",
     ""},
};

static void test_reports(void **state)
{
    char status[BOUNCE_STATUS_MAX], words[BOUNCE_WORDS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(reports); i++) {
        struct bounce_facts f = reports[i].facts;
        enum bounce says;

        f.text = slice_of(reports[i].text ? reports[i].text : "");
        says = bounce_judge(&f, status, words);
        if (says != reports[i].says || strcmp(status, reports[i].status) != 0 ||
            strcmp(words, reports[i].words) != 0)
            fail_msg("%s: %d \"%s\" \"%s\"", reports[i].who, (int)says, status, words);
    }
}

static void test_long(void **state)
{
    char status[BOUNCE_STATUS_MAX], words[BOUNCE_WORDS_MAX], said[5000];
    struct bounce_facts f = {.report = true, .action = "failed", .diagnostic = said};

    (void)state;
    memset(said, 'x', sizeof said - 1);
    said[sizeof said - 1] = '\0';
    assert_int_equal(bounce_judge(&f, status, words), BOUNCE_FAILED);
    assert_true(strlen(words) < BOUNCE_WORDS_MAX);
}

static void test_note(void **state)
{
    char note[BOUNCE_NOTE_MAX];

    (void)state;
    bounce_note(BOUNCE_FAILED, 1796083200000, "5.1.1", "no such user", note);
    assert_string_equal(note, "came back 2026-12-01: 5.1.1 no such user");
    bounce_note(BOUNCE_DELAYED, 1796083200000, "", "", note);
    assert_string_equal(note, "late 2026-12-01");
    bounce_note(BOUNCE_DELIVERED, 1796083200000, "2.0.0", "", note);
    assert_string_equal(note, "delivered 2026-12-01: 2.0.0");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address), cmocka_unit_test(test_message_id),
        cmocka_unit_test(test_reports), cmocka_unit_test(test_long),
        cmocka_unit_test(test_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
