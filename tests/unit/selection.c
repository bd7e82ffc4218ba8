/* selection: which rows of small files are triggers, for whom, and what is said of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/preset.h"
#include "stages/job.h"
#include "stages/read.h"
#include "stages/selection.h"

#include "fixture.h"

#include <inttypes.h>

#define NOW INT64_C(1788782400000) /* 2026-09-07T12:00:00Z */
#define ONE(name)                                                                                  \
    {                                                                                              \
        (const char *const[]){name}, 1                                                             \
    }

/* What is said of an input; all zero: nothing, and a claim is what is to be done. */
struct setup {
    const char *input, *people; /* files' contents */
    const struct preset *preset;
    const char *where[4];
    const char *action; /* NULL: claim */
    enum identity_kind kind;
    const char *recipient, *key, *group, *fill_down, *on;
    enum when_order date_order;
    char decimal_mark;
    bool skip_otherwise, otherwise;
    int64_t again; /* 0: 1 */
};

/* A selection, from the job to what it says of each row. */
struct world {
    struct job job;
    struct job_step steps[2];
    struct job_target targets[2];
    struct input *in;
    struct selection s;
    struct text out;
};

static void fill_job(struct world *w, const struct setup *of)
{
    struct job *j = &w->job;

    job_init(j);
    j->steps = w->steps;
    j->n_steps = of->otherwise ? 2 : 1;
    job_step_init(&w->steps[0], of->action ? of->action : "claim", &w->targets[0]);
    job_step_init(&w->steps[1], "code", &w->targets[1]);
    w->steps[1].otherwise = true;
    j->input = "in.csv";
    for (; j->n_where < COUNT(of->where) && of->where[j->n_where]; j->n_where++)
        j->where[j->n_where] = (struct filter_text){of->where[j->n_where], "--where"};
    j->kind = of->kind;
    j->recipient = of->recipient;
    j->kind_said = of->recipient != NULL;
    j->key = of->key;
    j->group = of->group;
    j->fill_down = of->fill_down;
    j->on = of->on;
    j->lookup = of->people ? "people.csv" : NULL;
    j->date_order = of->date_order;
    j->decimal_mark = of->decimal_mark;
    j->skip_otherwise = of->skip_otherwise;
    j->again = of->again ? of->again : 1;
}

static int open_world(struct world *w, const struct setup *of, struct err *e)
{
    const struct read_wishes wishes = {.presets = of->preset, .n_presets = of->preset ? 1 : 0};

    memset(w, 0, sizeof *w);
    text_init(&w->out);
    fill_job(w, of);
    put_file("in.csv", of->input);
    if (of->people)
        put_file("people.csv", of->people);
    w->in = read_open("in.csv", &wishes, e);
    if (!w->in)
        fail_msg("%s", e->text);
    assert_ptr_equal(read_facts(w->in)->preset, of->preset);
    return selection_open(&w->s, &w->job, read_facts(w->in), e) == 0
               ? selection_try(&w->s, w->in, e)
               : -1;
}

static void close_world(struct world *w)
{
    selection_close(&w->s);
    read_close(w->in);
    text_release(&w->out);
}

static void say(struct world *w, const struct row *t)
{
    text_printf(&w->out, "%" PRIu64 " ", t->record->row);
    if (t->fate == ROW_OVER)
        text_printf(&w->out, "%s: %s\n", status_name(t->status), t->why);
    else
        text_printf(&w->out, "%s%s\n", t->otherwise ? "otherwise " : "", t->recipient);
}

/* What becomes of each row, in w->out; of the last trigger *key. */
static void judge_all(struct world *w, uint8_t key[KEY_SIZE])
{
    static struct batch b; /* too large for a stack */
    struct err e = ERR_INIT;
    struct row t;

    text_clear(&w->out);
    batch_init(&b);
    if (selection_begin(&w->s, w->in, NOW, &e) != 0 || read_rewind(w->in, &e) != 0)
        fail_msg("%s", e.text);
    do {
        if (read_batch(w->in, &b, &e) != 0)
            fail_msg("%s", e.text);
        for (size_t i = 0; i < b.n; i++) {
            if (selection_row(&w->s, &b.records[i], &b.arena, &t, &e) != 0)
                fail_msg("%s", e.text);
            assert_ptr_equal(t.record, &b.records[i]);
            assert_true(t.fate == ROW_OVER ? t.why != NULL : t.recipient != NULL);
            say(w, &t);
            if (t.fate == ROW_OPEN)
                memcpy(key, t.key, KEY_SIZE);
        }
    } while (b.n > 0);
    batch_release(&b);
}

struct case_of {
    const char *what;
    struct setup setup;
    const char *want;
};

static void check_cases(const struct case_of *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t key[KEY_SIZE];
        struct err e = ERR_INIT;
        struct world w;

        if (open_world(&w, &cases[i].setup, &e) != 0)
            fail_msg("%s: %s", cases[i].what, e.text);
        judge_all(&w, key);
        if (strcmp(w.out.ptr, cases[i].want) != 0)
            fail_msg("%s:\n%s", cases[i].what, w.out.ptr);
        close_world(&w);
    }
}

struct refused {
    const char *what;
    struct setup setup;
    enum exit_code code;
    const char *says;
};

static void check_refused(const struct refused *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct err e = ERR_INIT;
        struct world w;

        if (open_world(&w, &cases[i].setup, &e) != -1)
            fail_msg("%s: is taken", cases[i].what);
        if (e.code != cases[i].code || strcmp(e.text, cases[i].says) != 0)
            fail_msg("%s: %d %s", cases[i].what, e.code, e.text);
        close_world(&w);
    }
}

/* ---- who ---- */

#define WALLETS "Wallet,Email,Course\n" ALICE_HEX ",ann@X.org,Go\n" BOB ",bob@x.org,Rust\n"

static void test_recipients(void **state)
{
    static const struct case_of cases[] = {
        {"by its usual name", {.input = WALLETS}, "1 " ALICE "\n2 " BOB "\n"},
        {"by the name given",
         {.input = "A,B\n" BOB "," ALICE "\n", .recipient = "b"},
         "1 " ALICE "\n"},
        {"by its number",
         {.input = "A,B\n" BOB "," ALICE "\n", .recipient = "#2"},
         "1 " ALICE "\n"},
        {"an e-mail address",
         {.input = WALLETS, .action = "store", .kind = IDENTITY_EMAIL, .recipient = "Email"},
         "1 ann@x.org\n2 bob@x.org\n"},
        {"added columns do not compete",
         {.input = "Wallet,status,error,note,action,target,recipient,attempt_id,code,link,tries,"
                   "http_status,finished_at\n" ALICE ",success,,,claim,id," BOB ",,,,1,200,\n"},
         "1 " ALICE "\n"},
        {"rows that can't be",
         {.input = "Wallet\n0x12\n \n" ALICE ",x\n" ALICE "\n"},
         "1 invalid: column \"Wallet\": \"0x12\" is too short: an address has 40 hex digits after "
         "0x\n2 skipped: the row is empty\n3 invalid: has 2 fields, the header has 1\n4 " ALICE
         "\n"},
        {"beneath what spreadsheets put around it",
         {.input = "Wallet\n\"=\"\"" ALICE "\"\"\"\n"},
         "1 " ALICE "\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_no_recipient(void **state)
{
    static const struct refused cases[] = {
        {"no usual name",
         {.input = "Name,Course\nx,y\n"},
         EXIT_USAGE,
         "in.csv:1: no column is called address, wallet or the like: say which one names the "
         "recipient with --address COLUMN; columns are: \"Name\", \"Course\".  If another file has "
         "the addresses: --lookup FILE --on COLUMN, a CSV with that column and the address that "
         "belongs to each"},
        {"no usual name, and a column that a lookup may have",
         {.input = "Name,E-mail address\nx,y\n"},
         EXIT_USAGE,
         "in.csv:1: no column has addresses, and a claim needs them.  Give a second CSV that has "
         "them: --lookup people.csv --on \"E-mail address\".  Or, if there is one here: --address "
         "COLUMN"},
        {"two addresses are both named",
         {.input = "My wallet,Holder address\nx,y\n", .action = "code"},
         EXIT_USAGE,
         "in.csv:1: columns \"My wallet\" and \"Holder address\" (columns 1 and 2) could both name "
         "the recipient: say which with --address COLUMN"},
        {"two e-mail addresses are both named",
         {.input = "Buyer email,Attendee email\nx,y\n", .action = "code"},
         EXIT_USAGE,
         "in.csv: who are the recipients?  Say --email \"Buyer email\" or --email \"Attendee "
         "email\" "
         "(or --address, --email, --id or --username, with another column)"},
        {"two that may be looked up are both named",
         {.input = "Buyer email,Guest's email\nx,y\n", .people = "Mail,Wallet\n"},
         EXIT_USAGE,
         "in.csv:1: columns \"Buyer email\" and \"Guest's email\" (columns 1 and 2) could both "
         "name "
         "the recipient: say which with --on COLUMN"},
        {"a name that is not there",
         {.input = WALLETS, .recipient = "Walet"},
         EXIT_USAGE,
         "in.csv:1: no column \"Walet\" (--address): nearest is \"Wallet\"; columns are: "
         "\"Wallet\", \"Email\", \"Course\""},
        {"a key that is not there",
         {.input = WALLETS, .key = "Email,Kurs"},
         EXIT_USAGE,
         "in.csv:1: no column \"Kurs\" (--key): columns are: \"Wallet\", \"Email\", \"Course\"; "
         "aliases are: @recipient"},
        {"an alias without a preset",
         {.input = WALLETS, .key = "@trigger"},
         EXIT_USAGE,
         "in.csv:1: no column \"@trigger\" (--key): columns are: \"Wallet\", \"Email\", "
         "\"Course\"; "
         "aliases are: @recipient"},
    };

    (void)state;
    check_refused(cases, COUNT(cases));
}

/* ---- filters ---- */

#define SCORES                                                                                     \
    "Wallet,Score,Done,At\n" ALICE ",100,yes,2026-09-06\n" BOB ",95,yes,2026-09-07\n" CAROL        \
    ",100,no,2026-08-01\n"

#define NO_NUMBER(cell)                                                                            \
    "column \"Score\": \"" cell                                                                    \
    "\" is compared with the number 5 (--where): it is no number; correct it, or leave such rows " \
    "out with a test of their own\n"

static void test_filters(void **state)
{
    static const struct case_of cases[] = {
        {"one",
         {.input = SCORES, .where = {"Score >= 100"}},
         "1 " ALICE "\n2 skipped: did not pass Score >= 100: \"95\"\n3 " CAROL "\n"},
        {"all of them must pass",
         {.input = SCORES, .where = {"Score >= 100", "Done = yes"}},
         "1 " ALICE "\n2 skipped: did not pass Score >= 100: \"95\"\n3 skipped: did not pass Done "
         "= yes: \"no\"\n"},
        {"times count from when the run began",
         {.input = SCORES, .where = {"At >= -1d"}},
         "1 " ALICE "\n2 " BOB "\n3 skipped: did not pass At >= -1d: \"2026-08-01\"\n"},
        {"a filter is asked before the recipient is looked at",
         {.input = "Wallet,Done\nsomebody,no\nsomebody,yes\n", .where = {"Done = yes"}},
         "1 skipped: did not pass Done = yes: \"no\"\n2 invalid: column \"Wallet\": \"somebody\" "
         "is "
         "not an "
         "address (0x + 40 hex, or bb1…): if another file has it, name that with --lookup\n"},
        {"what can't be judged is invalid",
         {.input = "Wallet,Score\n" ALICE ",n.a.\n" BOB ",7\n", .where = {"Score > 5"}},
         "1 invalid: " NO_NUMBER("n.a.") "2 " BOB "\n"},
        {"a damaged row is invalid, whatever the filter",
         {.input = "Wallet,Done\n" ALICE ",no,x\n" BOB ",yes\n", .where = {"Done = yes"}},
         "1 invalid: has 3 fields, the header has 2\n2 " BOB "\n"},
        {"an empty one is skipped",
         {.input = "Wallet,Done\n,\n" BOB ",yes\n", .where = {"Done = yes"}},
         "1 skipped: the row is empty\n2 " BOB "\n"},
        {"the order of dates is said",
         {.input = "Wallet,At\n" ALICE ",5/4/2026\n",
          .where = {"At = 2026-04-05"},
          .date_order = WHEN_ORDER_DMY},
         "1 " ALICE "\n"},
        {"the decimal mark is said",
         {.input = "Wallet;Score\n" ALICE ";1,234\n", .where = {"Score < 2"}, .decimal_mark = ','},
         "1 " ALICE "\n"},
        {"columns by number",
         {.input = SCORES, .where = {"#3 = yes"}},
         "1 " ALICE "\n2 " BOB "\n3 skipped: did not pass #3 = yes: \"no\"\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_filters_that_cannot_be(void **state)
{
    static const struct refused cases[] = {
        {"no such column",
         {.input = SCORES, .where = {"Scor >= 100"}},
         EXIT_USAGE,
         "in.csv:1: no column \"Scor\" (--where): nearest is \"Score\"; columns are: \"Wallet\", "
         "\"Score\", \"Done\", \"At\"; aliases are: @recipient"},
        {"a text that is no number",
         {.input = SCORES, .where = {"Done >= 100"}},
         EXIT_USAGE,
         "in.csv:2: column \"Done\": \"yes\" is compared with the number 100 (--where): it is no "
         "number, nor is any other cell of the column one: name another column, or compare it with "
         "a "
         "text (=, !=, in, ~)"},
        {"a date that could be two",
         {.input = "Wallet,At\n" ALICE ",5/4/2026\n", .where = {"At = 2026-04-05"}},
         EXIT_USAGE,
         "in.csv:2: column \"At\": \"5/4/2026\" is compared with the date 2026-04-05 (--where): "
         "which is "
         "the month can't be told: say --date-order mdy or --date-order dmy"},
        {"a group where there is none",
         {.input = SCORES, .where = {"all(Done = yes)"}},
         EXIT_USAGE,
         "--where: character 1: \"all\" is about the rows of a group: say --group COLUMN, too"},
    };

    (void)state;
    check_refused(cases, COUNT(cases));
}

/* ---- presets ---- */

static const struct preset canvas = {
    .name = "canvas",
    .title = "Canvas",
    .header = (struct preset_names[]){ONE("Student"), ONE("Final")},
    .n_header = 2,
    .recipient = {[IDENTITY_ID] = ONE("SIS ID"), [IDENTITY_USERNAME] = ONE("Login")},
    .trigger = ONE("Section"),
    .completed = ONE("Final"),
    .date = ONE("Date"),
    .where = "@completed >= 50",
    .drops =
        (struct preset_drop[]){{.where = "Student = 'Points Possible'", .why = "is not a student"},
                               {.where = "Student ~ '^Test'", .why = "is a test"}},
    .n_drops = 2,
    .date_order = WHEN_ORDER_MDY,
};

/* The last column is the user's own. */
#define CANVAS_WITH(name)                                                                          \
    "Student,SIS ID,Login,Section,Final,Date," name "\n"                                           \
    "Points Possible,,,,many,,\n"                                                                  \
    "\"Doe, Ann\",007,ann,S1,80,5/4/2026," ALICE "\n"                                              \
    "\"Roe, Bob\",8,bob,S1,40,5/4/2026," BOB "\n"                                                  \
    "Test Student,9,test,S1,0,,\n"                                                                 \
    "\"Poe, Cas\",10,cas,S2,50,9/30/2026," CAROL "\n"
#define CANVAS CANVAS_WITH("Notes")

static void test_presets(void **state)
{
    static const struct case_of cases[] = {
        {"its filter, its drops, its recipient",
         {.input = CANVAS, .preset = &canvas, .action = "code"},
         "1 skipped: is not a student\n2 007\n3 skipped: did not pass @completed >= 50: \"40\"\n4 "
         "skipped: is a test\n5 10\n"},
        {"its filter and the user's",
         {.input = CANVAS, .preset = &canvas, .action = "code", .where = {"@trigger = S2"}},
         "1 skipped: is not a student\n2 skipped: did not pass @trigger = S2: \"S1\"\n3 skipped: "
         "did not pass @trigger = S2: \"S1\"\n4 skipped: is a test\n5 10\n"},
        {"the user's recipient",
         {.input = CANVAS,
          .preset = &canvas,
          .action = "code",
          .kind = IDENTITY_USERNAME,
          .recipient = "Login",
          .where = {"@recipient != cas"}},
         "1 skipped: is not a student\n2 ann\n3 skipped: did not pass @completed >= 50: \"40\"\n4 "
         "skipped: is a test\n5 skipped: did not pass @recipient != cas: \"cas\"\n"},
        {"a claim, by addresses that were added",
         {.input = CANVAS_WITH("Wallet"), .preset = &canvas},
         "1 skipped: is not a student\n2 " ALICE
         "\n3 skipped: did not pass @completed >= 50: \"40\"\n4 skipped: is a test\n5 " CAROL "\n"},
        {"codes for addresses that were added",
         {.input = CANVAS_WITH("Wallet Address"), .preset = &canvas, .action = "code"},
         "1 skipped: is not a student\n2 " ALICE
         "\n3 skipped: did not pass @completed >= 50: \"40\"\n4 skipped: is a test\n5 " CAROL "\n"},
        {"an Address is of a street, most likely",
         {.input = CANVAS_WITH("Address"), .preset = &canvas, .action = "code"},
         "1 skipped: is not a student\n2 007\n3 skipped: did not pass @completed >= 50: \"40\"\n"
         "4 skipped: is a test\n5 10\n"},
        {"unless the user says so",
         {.input = CANVAS_WITH("Address"), .preset = &canvas, .recipient = "Address"},
         "1 skipped: is not a student\n2 " ALICE
         "\n3 skipped: did not pass @completed >= 50: \"40\"\n4 skipped: is a test\n5 " CAROL "\n"},
        {"its order of dates",
         {.input = CANVAS, .preset = &canvas, .action = "store", .where = {"@date < 2026-05-05"}},
         "1 skipped: is not a student\n2 007\n3 skipped: did not pass @completed >= 50: \"40\"\n4 "
         "skipped: is a test\n5 skipped: did not pass @date < 2026-05-05: \"9/30/2026\"\n"},
        {"aliases in the key",
         {.input = CANVAS, .preset = &canvas, .action = "code", .key = "@recipient,@trigger"},
         "1 skipped: is not a student\n2 007\n3 skipped: did not pass @completed >= 50: \"40\"\n4 "
         "skipped: is a test\n5 10\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

/* Its groups, what it fills down, and the first of several names that is there. */
static const struct preset shop = {
    .name = "shop",
    .title = "Shop",
    .header = (struct preset_names[]){ONE("Order"), ONE("SKU")},
    .n_header = 2,
    .recipient = {[IDENTITY_EMAIL] = {(const char *const[]){"Contact", "Email", "Wallet"}, 3}},
    .trigger = ONE("SKU"),
    .where = "Status = paid",
    .group = "Order",
    .fill_down = {(const char *const[]){"Order", "Email", "Not there", "Status"}, 4},
};

static void test_presets_with_groups(void **state)
{
    static const struct case_of cases[] = {
        {"filled down, grouped",
         {.input = "Order,Email,Status,SKU\n#1,ann@x.org,paid,A\n,,,B\n#2,bob@x.org,open,A\n,,,B\n",
          .preset = &shop,
          .action = "code",
          .where = {"any(@trigger = B)"}},
         "1 ann@x.org\n2 ann@x.org\n3 skipped: did not pass Status = paid: \"open\"\n"
         "4 skipped: did not pass Status = paid: \"open\"\n"},
        {"what the user says wins",
         {.input = "Order,Email,Status,SKU\n#1,ann@x.org,paid,A\n,,,B\n#2,,paid,B\n",
          .preset = &shop,
          .action = "code",
          .group = "SKU",
          .fill_down = "Status",
          .where = {"any(@trigger = B)"}},
         "1 skipped: did not pass any(@trigger = B): it is not so in this group\n"
         "2 skipped: did not pass Status = paid: \"\"\n"
         "3 invalid: column \"Email\" is empty\n"},
        {"a damaged order stays damaged",
         {.input = "Order,Email,Status,SKU\n#1,ann@x.org,paid,A\n#2,bob@x.org,paid,A,x\n,,,B\n"
                   "#3,cas@x.org,paid,B\n",
          .preset = &shop,
          .action = "code"},
         "1 ann@x.org\n2 invalid: has 5 fields, the header has 4\n"
         "3 invalid: column \"Order\" is empty\n4 cas@x.org\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

/* Its orders are what filters are about; what is done is done once per buyer. */
static const struct preset buyers = {
    .name = "buyers",
    .title = "Buyers",
    .header = (struct preset_names[]){ONE("Order"), ONE("SKU")},
    .n_header = 2,
    .recipient = {[IDENTITY_EMAIL] = ONE("Email")},
    .or_else = ONE("Payer"),
    .hashed = ONE("Number"),
    .person = "buyer",
    .trigger = ONE("SKU"),
    .drops = (struct preset_drop[]){{.where = "Kind = host", .why = "a host", .with = ONE("Kind")}},
    .n_drops = 1,
    .group = "Order",
    .per_recipient = true,
    .fill_down = {(const char *const[]){"Order", "Email"}, 2},
};

static void test_presets_of_buyers(void **state)
{
    static const struct case_of cases[] = {
        {"an order's number may be that of another shop's",
         {.input = "Order,Email,SKU\n#1,ann@x.org,A\n#1,,B\n#2,ann@x.org,A\n#1,cas@x.org,A\n",
          .preset = &buyers,
          .action = "code"},
         "1 ann@x.org\n2 ann@x.org\n3 ann@x.org\n4 cas@x.org\n"},
        {"but then nobody can say what is in it",
         {.input = "Order,Email,SKU\n#1,ann@x.org,A\n#1,,B\n#2,ann@x.org,B\n#1,cas@x.org,A\n",
          .preset = &buyers,
          .action = "code",
          .where = {"any(@trigger = B)"}},
         "1 invalid: its group can't be judged, for line 5 has another recipient in it: are these "
         "the exports of two shops?  Give each alone\n2 invalid: its group can't be judged, for "
         "line 5 has another recipient in it: are these the exports of two shops?  Give each "
         "alone\n3 ann@x.org\n4 invalid: its group can't be judged, for line 5 has another "
         "recipient in it: are these the exports of two shops?  Give each alone\n"},
        {"whoever asks for orders gets them, each of its buyer",
         {.input = "Order,Email,SKU\n#1,ann@x.org,A\n#1,cas@x.org,A\n",
          .preset = &buyers,
          .action = "code",
          .group = "Order"},
         "1 ann@x.org\n2 cas@x.org\n"},
        {"the payer, where nobody is named",
         {.input = "Order,Email,Payer,SKU\n#1,ann@x.org,pay@x.org,A\n#2,-,pay@x.org,A\n#3,,,A\n",
          .preset = &buyers,
          .action = "code"},
         "1 ann@x.org\n2 pay@x.org\n3 invalid: column \"Email\" is empty\n"},
        {"but not in place of a column that was asked for",
         {.input = "Order,Email,Payer,SKU\n#2,-,pay@x.org,A\n",
          .preset = &buyers,
          .action = "code",
          .kind = IDENTITY_EMAIL,
          .recipient = "Email"},
         "1 invalid: column \"Email\": \"-\" stands for nobody: fill in who it is, or take the row "
         "out\n"},
        {"a # that is none of the id's",
         {.input =
              "Order,Email,Number,SKU\n#1,ann@x.org,#007,A\n#2,bob@x.org,8,A\n#3,x@x.org,#,A\n",
          .preset = &buyers,
          .action = "code",
          .kind = IDENTITY_ID,
          .recipient = "Number"},
         "1 007\n2 8\n3 invalid: column \"Number\": \"#\" stands for nobody: fill in who it is, or "
         "take the row out\n"},
        {"what only some of its exports have",
         {.input = "Order,Email,Kind,SKU\n#1,ann@x.org,host,A\n#2,bob@x.org,guest,A\n",
          .preset = &buyers,
          .action = "code"},
         "1 skipped: a host\n2 bob@x.org\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

/* What one trigger is, in words. */
static void test_once(void **state)
{
    static const struct {
        struct setup setup;
        const char *says;
    } cases[] = {
        {{.input = WALLETS}, "once per recipient (Wallet)"},
        {{.input = WALLETS, .key = "Email,Course"}, "once per \"Email\", \"Course\""},
        {{.input = WALLETS, .group = "Course"}, "once per \"Course\""},
        {{.input = WALLETS, .again = 2}, "once per recipient (Wallet), once more (--again 2)"},
        {{.input = "Order,Email,SKU\n", .preset = &buyers, .action = "code"},
         "once per buyer (Email)"},
        {{.input = "Order,Email,SKU\n", .preset = &buyers, .people = "Email,Wallet\n"},
         "once per buyer (Email, looked up in people.csv)"},
        {{.input = "Order,Email,SKU\n", .preset = &buyers, .action = "code", .key = "order"},
         "once per \"Order\", \"Email\""},
        {{.input = "Order,Email,SKU\n", .preset = &buyers, .action = "code", .group = "Order"},
         "once per \"Order\", \"Email\""},
        {{.input = "Order,Email,SKU\n", .preset = &buyers, .action = "code", .group = "SKU"},
         "once per \"SKU\""},
        {{.input = WALLETS, .otherwise = true}, "once per recipient (Wallet, else Email)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct world w;

        if (open_world(&w, &cases[i].setup, &e) != 0)
            fail_msg("%s", e.text);
        selection_say_once(&w.s, &w.out);
        assert_string_equal(w.out.ptr, cases[i].says);
        close_world(&w);
    }
}

static void test_presets_that_lack_something(void **state)
{
    static const struct refused cases[] = {
        {"no address",
         {.input = "Student,SIS ID,Final\nx,1,80\n", .preset = &canvas},
         EXIT_USAGE,
         "in.csv: names nobody by an address (preset canvas), which a claim needs: give --lookup "
         "FILE, a CSV of e-mail addresses or ids with the addresses that belong to them, or "
         "--address COLUMN"},
        {"the user's order of dates does not go with the file",
         {.input = CANVAS,
          .preset = &canvas,
          .action = "code",
          .date_order = WHEN_ORDER_YMD,
          .where = {"@date < 2026-05-05"}},
         EXIT_USAGE,
         "in.csv:3: column \"Date\": \"5/4/2026\" is compared with the date 2026-05-05 (--where): "
         "it is no date in a known form, such as 2026-10-01 16:32:40, 11/29/24 or 3 March 2025, "
         "nor "
         "is any other cell of the column one: name another column, or compare it with a text (=, "
         "!=, in, ~)"},
    };

    (void)state;
    check_refused(cases, COUNT(cases));
}

/* ---- groups, and what is blank because it repeats ---- */

#define ORDERS                                                                                     \
    "Order,Email,Status,SKU\n"                                                                     \
    "#1,ann@x.org,paid,A\n"                                                                        \
    "#1,,,B\n"                                                                                     \
    "#2,bob@x.org,open,A\n"                                                                        \
    "#3,cas@x.org,paid,B\n"                                                                        \
    "#1,,,C\n"

#define GROUPED .input = ORDERS, .action = "code", .kind = IDENTITY_EMAIL, .recipient = "Email"

static void test_groups(void **state)
{
    static const struct case_of cases[] = {
        {"any, wherever its rows stand",
         {GROUPED, .group = "Order", .where = {"any(SKU = C)"}},
         "1 ann@x.org\n2 invalid: column \"Email\" is empty\n3 skipped: did not pass any(SKU = C): "
         "it is not so in this group\n4 skipped: did not pass any(SKU = C): it is not so in this "
         "group\n5 invalid: column \"Email\" is empty\n"},
        {"all",
         {GROUPED, .group = "Order", .where = {"all(SKU != C)"}},
         "1 skipped: did not pass all(SKU != C): it is not so in this group\n2 skipped: did not "
         "pass all(SKU != C): it is not so in this group\n3 bob@x.org\n4 cas@x.org\n5 skipped: did "
         "not pass all(SKU != C): it is not so in this group\n"},
        {"filled down within the group, row by row",
         {GROUPED, .group = "Order", .fill_down = "Email,Status", .where = {"Status = paid"}},
         "1 ann@x.org\n2 ann@x.org\n3 skipped: did not pass Status = paid: \"open\"\n4 "
         "cas@x.org\n5 skipped: did not pass Status = paid: \"\"\n"},
        {"a blank group is none",
         {.input = "Order,Wallet\n#1," ALICE "\n," BOB "\n", .group = "Order"},
         "1 " ALICE "\n2 invalid: column \"Order\" is empty\n"},
        {"a blank group that repeats",
         {.input = "Order,Wallet\n#1," ALICE "\n,\"" BOB "\"\n",
          .group = "Order",
          .fill_down = "Order,Wallet"},
         "1 " ALICE
         "\n2 invalid: its group has another recipient, on line 2: a group is one trigger; "
         "with --key its columns can tell more\n"},
        {"a group with a row that can't be judged",
         {.input = "Order,Wallet,Score\n#1," ALICE ",7\n#2," BOB ",7\n#1," ALICE ",x\n#3," CAROL
                   ",x\n#3," CAROL ",1\n",
          .group = "Order",
          .where = {"all(Score > 5)"}},
         "1 invalid: its group can't be judged, for on line 4 " NO_NUMBER(
             "x") "2 " BOB "\n"
                  "3 invalid: its group can't be judged, for on line 4 " NO_NUMBER(
                      "x") "4 skipped: did not pass all(Score > 5): it is not so in this group\n5 "
                           "skipped: did not pass all(Score > 5): it is not so in this group\n"},
        {"a group with a damaged row",
         {.input = "Order,Wallet,Score\n#1," ALICE ",7\n#2," BOB ",7\n#1," ALICE ",7,x\n",
          .group = "Order",
          .where = {"all(Score > 5)"}},
         "1 invalid: its group can't be judged, for on line 4 has 4 fields, the header has "
         "3\n2 " BOB "\n3 invalid: has 4 fields, the header has 3\n"},
        {"without a group all rows are filled",
         {.input = "Name,Wallet,x\nAnn," ALICE ",1\n,,2\nBob," BOB ",3\n,,4\n",
          .fill_down = "Wallet"},
         "1 " ALICE "\n2 " ALICE "\n3 " BOB "\n4 " BOB "\n"},
        {"nothing is filled from above a damaged row",
         {.input = "Name,Wallet,x\nAnn," ALICE ",1\nBob," BOB ",2,3\n,,4\n", .fill_down = "Wallet"},
         "1 " ALICE
         "\n2 invalid: has 4 fields, the header has 3\n3 invalid: column \"Wallet\" is empty\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

/* A group is one trigger: its key is the group, and is it still if its rows name others. */
static void test_key_of_a_group(void **state)
{
    static const struct setup one = {.input = "Order,Wallet\n#1," ALICE "\n", .group = "Order"},
                              other = {.input = "Order,Wallet\n#1," BOB "\n", .group = "Order"},
                              keyed = {.input = "Order,Wallet\n#1," BOB "\n",
                                       .group = "Order",
                                       .key = "Wallet"},
                              again = {.input = "Order,Wallet\n#1," ALICE "\n",
                                       .group = "Order",
                                       .again = 2};
    static const struct {
        const struct setup *of;
        bool same;
        const char *key;
    } cases[] = {{&one, true, "Order"},
                 {&other, true, "Order"},
                 {&keyed, false, "Wallet"},
                 {&again, false, "Order"}};
    uint8_t first[KEY_SIZE] = {0}, key[KEY_SIZE] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct world w;

        assert_int_equal(open_world(&w, cases[i].of, &e), 0);
        assert_string_equal(w.s.key, cases[i].key);
        judge_all(&w, i == 0 ? first : key);
        if (i > 0)
            assert_int_equal(memcmp(first, key, KEY_SIZE) == 0, cases[i].same);
        close_world(&w);
    }
}

static void test_groups_that_cannot_be(void **state)
{
    static const struct refused cases[] = {
        {"no such group",
         {GROUPED, .group = "Ordr"},
         EXIT_USAGE,
         "in.csv:1: no column \"Ordr\" (--group): nearest is \"Order\"; columns are: \"Order\", "
         "\"Email\", \"Status\", \"SKU\"; aliases are: @recipient"},
        {"no such column to fill",
         {GROUPED, .fill_down = "Email,Stat"},
         EXIT_USAGE,
         "in.csv:1: no column \"Stat\" (--fill-down): columns are: \"Order\", \"Email\", "
         "\"Status\", \"SKU\"; aliases are: @recipient"},
    };

    (void)state;
    check_refused(cases, COUNT(cases));
}

/* ---- lookups ---- */

#define PEOPLE                                                                                     \
    "Mail;Wallet\nann@x.org;" ALICE_HEX "\nbob@x.org;" BOB "\nbob@x.org;" CAROL                    \
    "\nempty@x.org;\nbad@x.org;0x12\n"
#define ASKING                                                                                     \
    "Email,Name\nann@X.org,Ann\nBOB@x.org,Bob\nbob@x.org,Bob\nempty@x.org,E\nbad@x.org,B\n"        \
    "zoe@x.org,Zoe\n,Nobody\nann@x.org,Ann again\n1.23E+11,x\n"
#define TWICE                                                                                      \
    "column \"Email\": \"bob@x.org\" stands twice in people.csv (lines 3 and 4), with different "  \
    "addresses: leave only the right one\n"
#define CASE                                                                                       \
    "column \"Email\": \"BOB@x.org\" stands twice in people.csv (lines 3 and 4), with different "  \
    "addresses: leave only the right one\n"
#define EMPTY                                                                                      \
    "column \"Email\": \"empty@x.org\" has no address in people.csv (line 5): fill it in\n"
#define WRONG                                                                                      \
    "5 invalid: column \"Email\": \"bad@x.org\" has a wrong address in people.csv (line 6): "      \
    "\"0x12\" is too short: an address has 40 hex digits after 0x\n"
#define ABSENT "column \"Email\": \"zoe@x.org\" is not in people.csv: add a row there\n"
#define SHORTENED                                                                                  \
    "9 invalid: column \"Email\": \"1.23E+11\" is a number as Excel shortens it, its digits are "  \
    "lost: format the column as text and export the file again\n"

static void test_lookups(void **state)
{
    static const struct case_of cases[] = {
        {"found, or invalid and why",
         {.input = ASKING, .people = PEOPLE},
         "1 " ALICE "\n2 invalid: " CASE "3 invalid: " TWICE "4 invalid: " EMPTY WRONG
         "6 invalid: " ABSENT "7 invalid: column \"Email\" is empty\n8 " ALICE "\n" SHORTENED},
        {"those without an address are skipped, those in error not",
         {.input = ASKING, .people = PEOPLE, .skip_otherwise = true},
         "1 " ALICE "\n2 skipped: " CASE "3 skipped: " TWICE "4 skipped: " EMPTY WRONG
         "6 skipped: " ABSENT "7 skipped: column \"Email\" is empty\n8 " ALICE "\n" SHORTENED},
        {"those without an address go elsewhere",
         {.input = ASKING, .people = PEOPLE, .otherwise = true},
         "1 " ALICE
         "\n2 otherwise bob@x.org\n3 otherwise bob@x.org\n4 otherwise empty@x.org\n" WRONG
         "6 otherwise zoe@x.org\n7 invalid: column \"Email\" is empty\n8 " ALICE "\n" SHORTENED},
        {"ids go elsewhere as they are",
         {.input = "Student ID,x\n7,1\n\"=\"\"007\"\"\",2\nn/a,3\n",
          .people = "Student ID,Wallet\n7," ALICE "\n",
          .on = "Student ID",
          .otherwise = true},
         "1 " ALICE "\n2 otherwise 007\n"
         "3 invalid: column \"Student ID\": \"n/a\" stands for nobody: fill in who it is, or take "
         "the row out\n"},
        {"by columns of other names",
         {.input = "Wer,x\nann,1\n",
          .people = "x,Kennung,Konto\n1,ann," BOB "\n",
          .on = "Wer=Kennung",
          .recipient = "Konto"},
         "1 " BOB "\n"},
        {"by one name that both have",
         {.input = "Wer,x\nann,1\n", .people = "Wer,Wallet\nann," BOB "\n", .on = "wer"},
         "1 " BOB "\n"},
        {"by the preset's column",
         {.input = "Student,SIS ID,Final\nx,=\"007\",80\ny,7,90\n",
          .preset = &canvas,
          .people = "SIS ID,Wallet\n007," ALICE "\n"},
         "1 " ALICE
         "\n2 invalid: column \"SIS ID\": \"7\" is not in people.csv: add a row there\n"},
        {"filters first",
         {.input = "Email,Done\nzoe@x.org,no\nann@x.org,yes\n",
          .people = PEOPLE,
          .where = {"Done = yes"}},
         "1 skipped: did not pass Done = yes: \"no\"\n2 " ALICE "\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_lookups_that_cannot_be(void **state)
{
    static const struct refused cases[] = {
        {"recipients that are no addresses",
         {.input = ASKING,
          .people = PEOPLE,
          .action = "store",
          .kind = IDENTITY_EMAIL,
          .recipient = "Email"},
         EXIT_USAGE,
         "--email: with --lookup recipients are the addresses that it knows: say with --on which "
         "column is looked up"},
        {"a column that is not in the input",
         {.input = ASKING, .people = PEOPLE, .on = "Mail=Mail"},
         EXIT_USAGE,
         "in.csv:1: no column \"Mail\" (--on): nearest is \"Email\"; columns are: \"Email\", "
         "\"Name\""},
        {"a column that is not there",
         {.input = ASKING, .people = PEOPLE, .on = "Email=Name"},
         EXIT_USAGE,
         "people.csv:1: no column \"Name\" (--on): columns are: \"Mail\", \"Wallet\""},
        {"no column of addresses there",
         {.input = ASKING, .people = PEOPLE, .recipient = "Konto"},
         EXIT_USAGE,
         "people.csv:1: no column \"Konto\" (--address): columns are: \"Mail\", \"Wallet\"; with "
         "a lookup the address is looked for in its file: name a column of that, or none"},
        {"on, and nothing to look up in",
         {.input = WALLETS, .on = "Email"},
         EXIT_USAGE,
         "--on: goes with a lookup: say with --lookup in which file"},
        {"otherwise, and nobody else in the rows",
         {.input = "Wallet,Course\nx,y\n", .otherwise = true},
         EXIT_USAGE,
         "in.csv:1: no column is called email, e-mail address or the like: say which one names the "
         "recipient with --on COLUMN; columns are: \"Wallet\", \"Course\""},
        {"otherwise, and no address in any",
         {.input = "Name,Email\nx,y\n", .otherwise = true},
         EXIT_USAGE,
         "in.csv:1: no column has addresses, and a claim needs them.  Give a second CSV that has "
         "them: --lookup people.csv --on \"Email\".  Or, if there is one here: --address COLUMN"},
        {"otherwise, by a column of a lookup that is none",
         {.input = WALLETS, .otherwise = true, .on = "Email=Mail"},
         EXIT_USAGE,
         "--on: \"=Mail\" is about a lookup: say with --lookup in which file"},
        {"otherwise for e-mail addresses",
         {.input = WALLETS,
          .action = "store",
          .otherwise = true,
          .kind = IDENTITY_EMAIL,
          .recipient = "Email"},
         EXIT_USAGE,
         "email: otherwise is about rows without an address: name the column that has them with "
         "address, and with on whom the others are about"},
        {"a lookup with nothing in it",
         {.input = ASKING, .people = ""},
         EXIT_INPUT,
         "people.csv: is empty: it needs a header line"},
    };

    (void)state;
    check_refused(cases, COUNT(cases));
}

/* Some rows have an address of their own, and the others none. */
static void test_own_addresses(void **state)
{
#define SOME                                                                                       \
    "Name,Email,Wallet\nAnn,ann@x.org," ALICE_HEX "\nBob,BOB@x.org,\nCas,cas@x.org,n/a\nDan,,\n"   \
    "Eve,eve@x.org,0x12\nFay,," CAROL "\n"
    static const struct case_of cases[] = {
        {"those without get something else",
         {.input = SOME, .otherwise = true},
         "1 " ALICE
         "\n2 otherwise bob@x.org\n3 otherwise cas@x.org\n4 invalid: column \"Email\" is "
         "empty\n5 invalid: column \"Wallet\": \"0x12\" is too short: an address has 40 hex digits "
         "after 0x\n6 " CAROL "\n"},
        {"or are skipped",
         {.input = "Wallet,Course\n" ALICE ",Go\n,Go\nnone,Go\n0x12,Go\n", .skip_otherwise = true},
         "1 " ALICE
         "\n2 skipped: column \"Wallet\" is empty\n3 skipped: column \"Wallet\": \"none\" is "
         "no address\n4 invalid: column \"Wallet\": \"0x12\" is too short: an address has 40 hex "
         "digits after 0x\n"},
        {"by names that are said",
         {.input = "A,B\n,ann@x.org\n" BOB ",bob@x.org\n",
          .otherwise = true,
          .recipient = "A",
          .on = "B"},
         "1 otherwise ann@x.org\n2 " BOB "\n"},
        {"one column has either",
         {.input = "Contact\nAnn@x.org\n" BOB "\n-\n",
          .otherwise = true,
          .recipient = "Contact",
          .on = "Contact"},
         "1 otherwise ann@x.org\n2 " BOB
         "\n3 invalid: column \"Contact\": \"-\" stands for nobody: "
         "fill in who it is, or take the row out\n"},
    };

    (void)state;
    check_cases(cases, COUNT(cases));
}

/* The trigger of the first row as it would be if no address were known. */
static int first_otherwise(const struct setup *of, char recipient[64], uint8_t key[KEY_SIZE])
{
    static struct batch b;
    struct err e = ERR_INIT;
    struct row t, other;
    struct world w;
    int rc;

    batch_init(&b);
    if (open_world(&w, of, &e) != 0 || selection_begin(&w.s, w.in, NOW, &e) != 0 ||
        read_rewind(w.in, &e) != 0 || read_batch(w.in, &b, &e) != 0 ||
        selection_row(&w.s, &b.records[0], &b.arena, &t, &e) != 0)
        fail_msg("%s", e.text);
    rc = selection_otherwise(&w.s, &b.records[0], &b.arena, &other, &e);
    if (rc == 1) {
        assert_true(other.otherwise);
        assert_ptr_equal(other.record, &b.records[0]);
        snprintf(recipient, 64, "%s", other.recipient);
        memcpy(key, other.key, KEY_SIZE);
    }
    batch_release(&b);
    close_world(&w);
    return rc;
}

/* Somebody whose address is known by now is the one of whom it was not known. */
static void test_same_trigger_otherwise(void **state)
{
#define FOR(row, file, by)                                                                         \
    {                                                                                              \
        .input = "Email,Course\n" row, .people = file, .otherwise = true, .key = by                \
    }
#define NOT_ANN "Email,Wallet\nx@x.org," BOB "\n"
    static const struct setup unknown = FOR("ann@x.org,Go\n", NOT_ANN, NULL),
                              known = FOR("ann@X.org,Go\n", PEOPLE, NULL),
                              unknown_keyed = FOR("ann@x.org,Go\n", NOT_ANN, "Email,Course"),
                              known_keyed = FOR("ann@X.ORG,Go\n", PEOPLE, "Email,Course"),
                              nobody = FOR(",Go\n", PEOPLE, NULL);
    uint8_t one[KEY_SIZE], two[KEY_SIZE];
    char recipient[64];

    (void)state;
    assert_int_equal(first_otherwise(&unknown, recipient, one), 1);
    assert_string_equal(recipient, "ann@x.org");
    assert_int_equal(first_otherwise(&known, recipient, two), 1);
    assert_string_equal(recipient, "ann@x.org");
    assert_memory_equal(one, two, KEY_SIZE);
    assert_int_equal(first_otherwise(&unknown_keyed, recipient, one), 1);
    assert_memory_not_equal(one, two, KEY_SIZE);
    assert_int_equal(first_otherwise(&known_keyed, recipient, two), 1);
    assert_memory_equal(one, two, KEY_SIZE);
    assert_int_equal(first_otherwise(&nobody, recipient, two), 0);
}

/* ---- what tells one selection from another ---- */

static void variant_of(const struct setup *of, const struct reading *reading, char out[64])
{
    struct err e = ERR_INIT;
    struct world w;

    if (open_world(&w, of, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(
        selection_variant(&w.s, reading ? reading : &read_facts(w.in)->reading, &w.out), 0);
    snprintf(out, 64, "%s", w.out.ptr);
    close_world(&w);
}

static void test_variants_of_nothing(void **state)
{
    static const struct setup cases[] = {{.input = WALLETS},
                                         {.input = WALLETS, .recipient = "Wallet"},
                                         {.input = WALLETS, .key = "Email", .again = 2}};
    char variant[64];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        variant_of(&cases[i], NULL, variant);
        assert_string_equal(variant, "");
    }
}

static const struct reading semicolons = {"UTF-8", false, false, ';',   '"', "\n", 1, false,
                                          false,   false, '\0',  false, 0,   0,    0};

static void test_variants(void **state)
{
    static const struct {
        struct setup setup;
        const struct reading *reading;
    } cases[] = {
        {{.input = WALLETS, .where = {"Course = Go"}}, NULL},
        {{.input = WALLETS, .where = {"Course = Rust"}}, NULL},
        {{.input = WALLETS, .where = {"Course = Go"}}, &semicolons},
        {{.input = WALLETS, .where = {"Course = Go", "Course = Rust"}}, NULL},
        {{.input = WALLETS, .where = {"Course = Rust", "Course = Go"}}, NULL},
        {{.input = WALLETS, .group = "Course"}, NULL},
        {{.input = WALLETS, .group = "Email"}, NULL},
        {{.input = WALLETS, .fill_down = "Email"}, NULL},
        {{.input = WALLETS, .fill_down = "Course"}, NULL},
        {{.input = WALLETS, .date_order = WHEN_ORDER_DMY}, NULL},
        {{.input = WALLETS, .date_order = WHEN_ORDER_MDY}, NULL},
        {{.input = WALLETS, .decimal_mark = ','}, NULL},
        {{.input = "Email,x\na@x.org,1\n", .people = PEOPLE}, NULL},
        {{.input = "Email,x\na@x.org,1\n", .people = PEOPLE "zoe@x.org;" BOB "\n"}, NULL},
        {{.input = "Email,x\na@x.org,1\n", .people = PEOPLE, .on = "Email"}, NULL},
        {{.input = CANVAS, .preset = &canvas, .action = "code"}, NULL},
        {{.input = CANVAS, .preset = &canvas, .action = "code", .where = {"Section = S1"}}, NULL},
    };
    char variants[COUNT(cases)][64], again[64];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        variant_of(&cases[i].setup, cases[i].reading, variants[i]);
        assert_int_equal(strlen(variants[i]), strlen("rows 0123456789abcdef"));
        variant_of(&cases[i].setup, cases[i].reading, again);
        assert_string_equal(again, variants[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(variants[i], variants[k]) == 0)
                fail_msg("%zu and %zu", k, i);
    }
}

/* An export that was plain ASCII and is no more goes on with its run. */
static void test_variants_without_guesses(void **state)
{
    static const struct setup setup = {.input = WALLETS, .where = {"Course = Go"}};
    struct reading other = semicolons;
    char variant[64], again[64];

    (void)state;
    variant_of(&setup, &semicolons, variant);
    other.plain = true;
    variant_of(&setup, &other, again);
    assert_string_equal(again, variant);
    other.plain = false;
    other.guessed = true;
    variant_of(&setup, &other, again);
    assert_string_equal(again, variant);
}

/* A preset whose file has changed is another. */
static void test_variants_of_a_preset(void **state)
{
    struct preset changed[] = {canvas, canvas, canvas, canvas, canvas};
    const struct preset_names filled = ONE("Login"), none = {NULL, 0};
    struct preset_drop drop = {.where = "Student = 'Points Possible'", .why = "is not a student"};
    struct setup setup = {.input = CANVAS, .preset = &canvas, .action = "code"};
    char first[64], other[64];

    (void)state;
    variant_of(&setup, NULL, first);
    changed[0].where = "@completed >= 40";
    changed[1].drops = &drop;
    changed[1].n_drops = 1;
    changed[2].fill_down = filled;
    changed[3].recipient[IDENTITY_ID] = none;
    changed[4].group = "SIS ID";
    for (size_t i = 0; i < COUNT(changed); i++) {
        setup.preset = &changed[i];
        variant_of(&setup, NULL, other);
        if (strcmp(first, other) == 0)
            fail_msg("%zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_recipients),
        IN_FOLDER(test_no_recipient),
        IN_FOLDER(test_filters),
        IN_FOLDER(test_filters_that_cannot_be),
        IN_FOLDER(test_presets),
        IN_FOLDER(test_presets_with_groups),
        IN_FOLDER(test_presets_that_lack_something),
        IN_FOLDER(test_presets_of_buyers),
        IN_FOLDER(test_once),
        IN_FOLDER(test_own_addresses),
        IN_FOLDER(test_groups),
        IN_FOLDER(test_key_of_a_group),
        IN_FOLDER(test_groups_that_cannot_be),
        IN_FOLDER(test_lookups),
        IN_FOLDER(test_lookups_that_cannot_be),
        IN_FOLDER(test_same_trigger_otherwise),
        IN_FOLDER(test_variants_of_nothing),
        IN_FOLDER(test_variants),
        IN_FOLDER(test_variants_without_guesses),
        IN_FOLDER(test_variants_of_a_preset),
    };

    return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
