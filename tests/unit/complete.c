/* complete: which word it is that a shell asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "settings/commands.h"
#include "settings/complete.h"

#define WORDS_MAX 16

/* Words divided by blanks; a blank at the end begins an empty one. */
struct line {
    char text[256];
    char *words[WORDS_MAX];
    size_t n;
};

static void find(struct complete *c, struct line *l, const char *text)
{
    snprintf(l->text, sizeof l->text, "%s", text);
    l->n = 0;
    for (char *at = l->text; at;) {
        assert_true(l->n < WORDS_MAX);
        l->words[l->n++] = strsep(&at, " ");
    }
    complete_find(c, l->n, l->words);
}

static void test_what(void **state)
{
    static const struct {
        const char *line;
        enum complete_what what;
        const char *typed, *option; /* option: NULL: no value */
        const char *input, *lookup;
    } cases[] = {
        {"", COMPLETE_COMMAND, "", NULL, NULL, NULL},
        {"cl", COMPLETE_COMMAND, "cl", NULL, NULL, NULL},
        {"-", COMPLETE_OPTION, "-", NULL, NULL, NULL},
        {"--he", COMPLETE_OPTION, "--he", NULL, NULL, NULL},
        {"-q ", COMPLETE_COMMAND, "", NULL, NULL, NULL},
        {"--log-format json c", COMPLETE_COMMAND, "c", NULL, NULL, NULL},
        {"clam ", COMPLETE_NOTHING, "", NULL, NULL, NULL},
        {"clam --", COMPLETE_OPTION, "--", NULL, NULL, NULL},
        {"claim ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"claim in.csv ", COMPLETE_NOTHING, "", NULL, "in.csv", NULL},
        {"claim -c ID in", COMPLETE_FILE, "in", NULL, NULL, NULL},
        {"claim -cID in", COMPLETE_FILE, "in", NULL, NULL, NULL},
        {"claim -q in", COMPLETE_FILE, "in", NULL, NULL, NULL},
        {"claim in.csv -", COMPLETE_OPTION, "-", NULL, "in.csv", NULL},
        {"claim in.csv -- --x", COMPLETE_NOTHING, "--x", NULL, "in.csv", NULL},
        {"claim -- --x", COMPLETE_FILE, "--x", NULL, NULL, NULL},
        {"claim in.csv --address W", COMPLETE_VALUE, "W", "address", "in.csv", NULL},
        {"claim --address W", COMPLETE_VALUE, "W", "address", NULL, NULL},
        {"claim in.csv --address=W", COMPLETE_VALUE, "W", "address", "in.csv", NULL},
        {"claim in.csv --address=", COMPLETE_VALUE, "", "address", "in.csv", NULL},
        {"claim in.csv --address W ", COMPLETE_NOTHING, "", NULL, "in.csv", NULL},
        /* what waits for a value takes the next word, whatever it looks like */
        {"claim in.csv --where --rate", COMPLETE_VALUE, "--rate", "where", "in.csv", NULL},
        {"claim in.csv --unheard ", COMPLETE_NOTHING, "", NULL, "in.csv", NULL},
        {"claim in.csv --force=", COMPLETE_OPTION, "--force=", NULL, "in.csv", NULL},
        {"claim in.csv -ou", COMPLETE_VALUE, "u", "output", "in.csv", NULL},
        {"claim in.csv -o ", COMPLETE_VALUE, "", "output", "in.csv", NULL},
        {"claim in.csv --lookup p.csv --on E", COMPLETE_VALUE, "E", "on", "in.csv", "p.csv"},
        {"claim in.csv --lookup=p.csv --on E", COMPLETE_VALUE, "E", "on", "in.csv", "p.csv"},
        {"run ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"run a.json ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"run a.json b.csv --key ", COMPLETE_VALUE, "", "key", "b.csv", NULL},
        {"run a.json b.csv c", COMPLETE_NOTHING, "c", NULL, "b.csv", NULL},
        {"watch ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"watch a.json ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"watch a.json in ", COMPLETE_NOTHING, "", NULL, NULL, NULL},
        {"watch a.json in --out o", COMPLETE_VALUE, "o", "out", NULL, NULL},
        {"help ", COMPLETE_TOPIC, "", NULL, NULL, NULL},
        {"help filters ", COMPLETE_NOTHING, "", NULL, NULL, NULL},
        {"version ", COMPLETE_NOTHING, "", NULL, NULL, NULL},
        {"check ", COMPLETE_CHECKED, "", NULL, NULL, NULL},
        {"check claim ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"check store in.csv --email ", COMPLETE_VALUE, "", "email", "in.csv", NULL},
        {"check run a.json b.csv --key ", COMPLETE_VALUE, "", "key", "b.csv", NULL},
        {"code --list 5 x", COMPLETE_NOTHING, "x", NULL, NULL, NULL},
        {"code x", COMPLETE_FILE, "x", NULL, NULL, NULL},
        {"report ", COMPLETE_RUN, "", NULL, NULL, NULL},
        {"report 1 ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"report 1 a.csv ", COMPLETE_NOTHING, "", NULL, NULL, NULL},
        {"presets ", COMPLETE_PRESET, "", NULL, NULL, NULL},
        {"ledger ", COMPLETE_LEDGER, "", NULL, NULL, NULL},
        {"ledger check ", COMPLETE_NOTHING, "", NULL, NULL, NULL},
        {"ledger backup ", COMPLETE_FILE, "", NULL, NULL, NULL},
        {"runs ", COMPLETE_RUN, "", NULL, NULL, NULL},
        {"runs 1 x", COMPLETE_NOTHING, "x", NULL, NULL, NULL},
        {"who x", COMPLETE_NOTHING, "x", NULL, NULL, NULL},
        {"a b c d e f g h i j k", COMPLETE_NOTHING, "k", NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct complete c;
        struct line l;

        find(&c, &l, cases[i].line);
        if (c.what != cases[i].what || strcmp(c.typed, cases[i].typed) != 0)
            fail_msg("\"%s\": %d \"%s\"", cases[i].line, (int)c.what, c.typed);
        if (!c.setting != !cases[i].option ||
            (c.setting && strcmp(c.setting->option, cases[i].option) != 0))
            fail_msg("\"%s\": %s", cases[i].line, c.setting ? c.setting->option : "no value");
        if (!c.input != !cases[i].input || (c.input && strcmp(c.input, cases[i].input) != 0))
            fail_msg("\"%s\": input %s", cases[i].line, c.input ? c.input : "none");
        if (!c.lookup != !cases[i].lookup || (c.lookup && strcmp(c.lookup, cases[i].lookup) != 0))
            fail_msg("\"%s\": lookup %s", cases[i].line, c.lookup ? c.lookup : "none");
    }
}

/* Options are those that the command line would take. */
static void test_offers(void **state)
{
    static const struct {
        const char *line, *option;
        bool offered;
    } cases[] = {
        {"claim in.csv -", "claim", true},
        {"claim in.csv -", "seed-from", false},
        {"claim in.csv -", "batch", false},
        {"claim in.csv -", "format", false},
        {"claim in.csv -c x -", "claim", false},
        {"claim in.csv --rate=5/s -", "rate", true}, /* one more limit */
        {"claim in.csv --burst=5 -", "burst", false},
        {"claim in.csv --where x -", "where", true},
        {"claim in.csv --set a.b=c -", "set", true},
        {"code in.csv -", "list", true},
        {"code in.csv -", "preset", true},
        {"code --list 5 -", "preset", false},
        {"code --list 5 -", "count", true},
        {"check claim in.csv -", "format", true},
        {"check claim in.csv -", "output", false},
        {"check claim in.csv -", "batch", false},
        {"check -", "batch", true},
        {"check -", "simulate", false},
        {"watch -", "once", true},
        {"watch -", "rate", true},
        {"watch -", "output", false},
        {"run -", "once", false},
        {"settle -c x -", "claim", true},
        {"doctor -c x -", "claim", true},
        {"doctor -", "format", true},
        {"doctor -", "output", false},
        {"settle -", "in-flight", true},
        {"settle -", "no-settle", false},
        {"run a b -", "rate", true},
        {"run a b -", "set", false},
        {"ledger -", "before", true},
        {"ledger prune -", "before", true},
        {"ledger check -", "before", false},
        {"clam -", "quiet", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct complete c;
        struct line l;
        size_t place = (size_t)(settings_find(cases[i].option) - settings_at(0));

        find(&c, &l, cases[i].line);
        assert_int_equal(c.what, COMPLETE_OPTION);
        if (complete_offers(&c, place) != cases[i].offered)
            fail_msg("\"%s\": --%s", cases[i].line, cases[i].option);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what), cmocka_unit_test(test_offers)};

    return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
