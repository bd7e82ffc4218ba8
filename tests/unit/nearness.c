/* nearness: which header is nearly a platform's, and what its preset lacks there.  Of the presets that come with
 * claimpipe: what can't be told from their headers is no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/nearness.h"
#include "settings/presets.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NAMES_MAX 160

static struct presets ours;

/* Cells between bars. */
static struct columns header_of(const char *bars, struct slice cells[NAMES_MAX])
{
    struct columns c = {.names = cells, .origin = "in.csv", .line = 1};

    for (;; bars++) {
        size_t len = strcspn(bars, "|");

        assert_true(c.n < NAMES_MAX);
        cells[c.n++] = (struct slice){bars, len};
        bars += len;
        if (*bars == '\0')
            return c;
    }
}

static const struct preset *nearest(const struct columns *c)
{
    const struct preset *found = NULL;
    size_t best = 0;

    for (size_t i = 0; i < ours.n; i++) {
        size_t near = nearness_of(&ours.list[i], c);

        if (near > best) {
            best = near;
            found = &ours.list[i];
        }
    }
    return found;
}

static void a_header_is_near_by_what_tells_the_platform(void **state)
{
    (void)state;
    static const struct {
        const char *header, *preset; /* NULL: near to none */
        const char *lacks;           /* what is tested and not there, or NULL */
    } cases[] = {
        {"id|Amount|Customer Email|Status", "stripe-payments", NULL},
        {"Description|Customer Email|Amount", NULL, NULL}, /* anybody's */
        {"Name|Email|External Id|Course|Course ID|Overall Progress|Completed|Completion Time",
         "coursera", NULL},
        {"name|email|course_id|course_completed", "learndash", NULL},
        {"NAME|E-Mail|Course ID|Course Completed|Wallet", "learndash", NULL},
        {"user_id|email|course_id|steps_completed|steps_total|course_title", "learndash",
         "\"course_completed\""},
        {"Name|Email|Patron Status|Tier", "patreon", NULL},
        {"Name|Email|Discord|Lifetime Amount|Pledge Amount|Tier", "patreon", "\"Patron Status\""},
        {"Order #|Email|Ticket Type|Attendee #|Status", "eventbrite", "\"Attendee Status\""},
        {"api_id|name|email|created_at|approval_status|ticket_name", "luma", "\"checked_in_at\""},
        {"Nom|Premi\xc3\xa8re|Adresse e-mail|ID (UPN)|R\xc3\xb4le", "teams-attendance",
         "\"In-Meeting Duration\" or \"Dauer der Besprechung\" or the like"},
        {"Name (urspr.)|Nom (nom original)|Dur\xc3\xa9\x65", "zoom-meeting",
         "\"Total Duration (Minutes)\" or \"Duration (Minutes)\" or the like"},
        {"Datum|Uhrzeit|Zeitzone|Brutto|Transaktionscode|Absender E-Mail-Adresse", "paypal-german",
         "\"Status\""},
        {"Date|Heure|Nom|Type|\xc3\x89tat|De l'adresse email", "paypal", "\"Status\""},
        {"Name|Email|Financial Status|Lineitem sku", "shopify-orders", "\"Cancelled at\""},
        {"ResponseId|RecipientEmail|Finished", "qualtrics", NULL},
        {"Email|Pledged Status|Reward Title", "kickstarter", NULL},
        {"Name|Email|Status", NULL, NULL},
        {"Name|Email|Ticket Type|Wallet", NULL, NULL},
        {"Name|Email|Attended", NULL, NULL},
        {"Name|Email|Course|Completed|Score", NULL, NULL},
        {"Customer Email|Status", NULL, NULL},
        {"name|email|eth_address", NULL, NULL},
        {"Zeitstempel|E-Mail-Adresse|Kommen Sie?", NULL, NULL},
        {"User Email|Course Title|Date Completed", NULL, NULL},
        {"Email", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        const struct columns c = header_of(cases[i].header, cells);
        const struct preset *p = nearest(&c);
        struct text t;

        if (!p != !cases[i].preset || (p && strcmp(p->name, cases[i].preset) != 0))
            fail_msg("%s: %s", cases[i].header, p ? p->name : "none");
        if (!p)
            continue;
        text_init(&t);
        if (nearness_lacks_test(p, &c, &t) != (cases[i].lacks != NULL) ||
            (cases[i].lacks && strcmp(t.ptr, cases[i].lacks) != 0))
            fail_msg("%s: lacks %s", cases[i].header, t.ptr ? t.ptr : "nothing");
        text_release(&t);
    }
}

static void a_preset_that_fits_or_is_chosen_by_name_is_never_near(void **state)
{
    (void)state;
    for (size_t i = 0; i < ours.n; i++) {
        const struct preset *p = &ours.list[i];
        struct slice cells[NAMES_MAX];
        struct columns c = {.names = cells, .n = p->n_header, .origin = p->name};
        struct preset by_name = *p;

        by_name.by_name_only = true;
        for (size_t k = 0; k < p->n_header; k++)
            cells[k] = slice_of(p->header[k].names[0]);
        if (p->like.n > 0)
            cells[c.n++] = slice_of(p->like.names[0]);
        if (p->alone.n > 0)
            cells[c.n++] = slice_of(p->alone.names[0]);
        assert_true(nearness_of(p, &c) == 0);
        c.n = 2;
        assert_true(nearness_of(&by_name, &c) == 0);
    }
}

static void groups_and_people_can_be_lacking(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct slice cells[NAMES_MAX];
    const struct preset *p = presets_find(&ours, "woocommerce-orders", &e);
    struct columns c = header_of("Order Status|Order Date|Email (Billing)", cells);

    assert_non_null(p);
    assert_true(nearness_lacks_group(p, &c));
    assert_false(nearness_lacks_people(p, &c));
    c = header_of("Order Number|Order Status|Item Name", cells);
    assert_false(nearness_lacks_group(p, &c));
    assert_true(nearness_lacks_people(p, &c));
}

/* More columns than are marked. */
static void a_wide_header_is_told_by_what_it_must_have(void **state)
{
    (void)state;
    static const char known[] = "Order #|Email|Ticket Type|Attendee #|Status";
    char bars[NAMES_MAX * 2 + sizeof known] = "";
    struct slice cells[NAMES_MAX];
    struct columns c;

    memcpy(bars, known, sizeof known);
    for (size_t i = 0; i < NAMES_MAX - 8; i++)
        memcpy(bars + sizeof known - 1 + 2 * i, "|q", 3);
    c = header_of(bars, cells);
    assert_true(nearest(&c) && strcmp(nearest(&c)->name, "eventbrite") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_near_by_what_tells_the_platform),
        cmocka_unit_test(a_preset_that_fits_or_is_chosen_by_name_is_never_near),
        cmocka_unit_test(groups_and_people_can_be_lacking),
        cmocka_unit_test(a_wide_header_is_told_by_what_it_must_have),
    };
    struct err e = ERR_INIT;
    int failed;

    if (setenv("CLAIMPIPE_PRESETS", "pipeline/presets", 1) != 0 || presets_load(&ours, &e) != 0) {
        print_error("%s\n", e.text);
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    presets_release(&ours);
    return failed;
}
