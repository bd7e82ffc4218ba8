/* preset: whose header it is, where a table begins and ends, and which column is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/preset.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NAMES_MAX 8
#define NAMES(...)                                                                                 \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)                      \
    }

/* Cells between bars. */
static size_t cells_of(const char *bars, struct slice cells[NAMES_MAX])
{
    for (size_t n = 0;; bars++) {
        size_t len = strcspn(bars, "|");
        assert_true(n < NAMES_MAX);
        cells[n++] = (struct slice){bars, len};
        bars += len;
        if (*bars == '\0')
            return n;
    }
}

static struct columns header_of(const char *bars, struct slice cells[NAMES_MAX])
{
    return (struct columns){
        .names = cells, .n = cells_of(bars, cells), .origin = "in.csv", .line = 1};
}

static void a_header_fits_by_all_of_its_columns(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool fits;
    } cases[] = {
        {"Attended|User Name|Email", true},
        {"Email|x|Attended|User Name", true},
        {"attended| USER NAME |e-mail\xc2\xa0", true},
        {"Attended|User Name (Original Name)|Email", true}, /* one or the other */
        {"Attended|User Name|Email|Email", true},           /* twice is there as well */
        {"Attended|Email", false},
        {"Attended|User Name|Email|Guest", false},
        {"Attended|User Name|Email|is guest", false},
        {"", false},
        {"||", false},
    };
    struct preset_names header[] = {
        NAMES("Attended"), NAMES("User Name", "User Name (Original Name)"), NAMES("Email")};
    const struct preset p = {
        .header = header, .n_header = COUNT(header), .without = NAMES("Guest", "Is Guest")};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        const struct columns c = header_of(cases[i].header, cells);
        if (preset_fits(&p, &c) != cases[i].fits)
            fail_msg("%s", cases[i].header);
    }
}

static void a_preset_of_no_columns_fits_nothing(void **state)
{
    (void)state;
    struct slice cells[NAMES_MAX];
    const struct columns c = header_of("A|B", cells);
    static struct preset_names nothing[] = {{NULL, 0}};
    const struct preset empty = {.name = "empty"};
    const struct preset hollow = {.header = nothing, .n_header = 1};
    assert_false(preset_fits(&empty, &c));
    assert_false(preset_fits(&hollow, &c));
}

static void a_line_begins_a_table_or_ends_it(void **state)
{
    (void)state;
    static const struct {
        const char *cells;
        bool begins;
    } cases[] = {
        {"Attendee Details", true},
        {"attendee details|", true},
        {" Attendee Details,|| \xc2\xa0", true},
        {"\xef\xbb\xbf"
         "2. Participants",
         true},
        {"2. Participants (7)", true},
        {"Attendee Details|Ada", false}, /* a person may be called so */
        {"Attendee Detail", false},
        {"x|Attendee Details", false},
        {"|Attendee Details", false},
        {"", false},
        {"||", false},
    };
    const struct preset_names names = NAMES("", " ", "Attendee Details ", "2. Participants");
    const struct preset_names none = {NULL, 0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        size_t n = cells_of(cases[i].cells, cells);
        if (preset_begins(&names, cells, n) != cases[i].begins)
            fail_msg("%s", cases[i].cells);
        assert_false(preset_begins(&none, cells, n));
    }
    assert_false(preset_begins(&names, NULL, 0));
}

static void the_first_name_that_is_there_is_the_column(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t column;
    } cases[] = {
        {"Name|Email|User Email", 2},
        {"Name|Email", 1},
        {"Name|user-email", 1},
        {"Name|mail", COLUMNS_NONE},
        {"User Email|Email|User Email", COLUMNS_NONE}, /* never one of two */
        {"User Email|Email|user email", 0},            /* one of them exactly */
        {"Email|User Email|Email", 1},
        {"", COLUMNS_NONE},
    };
    const struct preset_names names = NAMES("User Email", "Email"), none = {NULL, 0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        const struct columns c = header_of(cases[i].header, cells);
        if (preset_column(&names, &c) != cases[i].column)
            fail_msg("%s: %zu", cases[i].header, preset_column(&names, &c));
        assert_true(preset_column(&none, &c) == COLUMNS_NONE);
    }
}

static void what_differs_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *header, *says;
    } cases[] = {
        {"Order #|Email|Ticket Type|Attendee #", "has no column \"Attendee Status\""},
        {"Order #|Ticket Type|Attendee #|Attendee Status", "has no column \"Email\""},
        {"Order #|Email|Ticket Type|Attendee #|Attendee Status", ""},
        {"Order #|Email|Ticket Type|Attendee #|Attendee Status|Void", "has a column \"Void\""},
    };
    struct preset_names header[] = {NAMES("Order #"), NAMES("Email"), NAMES("Ticket Type"),
                                    NAMES("Attendee #"), NAMES("Attendee Status")};
    const struct preset p = {.header = header, .n_header = COUNT(header), .without = NAMES("Void")};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        const struct columns c = header_of(cases[i].header, cells);
        struct text t;
        text_init(&t);
        preset_say_misfit(&p, &c, &t);
        assert_string_equal(t.ptr ? t.ptr : "", cases[i].says);
        text_release(&t);
    }
}

/* A part of a name tells it, a line above, or a column that others of its kind have not. */
static void a_header_is_told_from_others_of_its_kind(void **state)
{
    (void)state;
    struct preset_names header[] = {NAMES("First Join", "Erster Beitritt"),
                                    NAMES("Last Leave", "Letztes Verlassen")};
    const struct preset p = {.header = header,
                             .n_header = COUNT(header),
                             .like = NAMES("Role", "Rolle"),
                             .after = NAMES("2."),
                             .alone = NAMES("Role")};
    static const struct {
        const char *header;
        bool fits, alone;
        const char *says;
    } cases[] = {
        {"First Join|Last Leave|ID (upn)|Role", true, true, ""},
        {"Erster Beitritt|Letztes Verlassen|Teilnehmer-ID (UPN)|Rolle", true, false,
         "has no line \"2.\" above it"},
        {"First Join|Last Leave|Duration", false, false,
         "has no column with \"Role\" in its name, no line \"2.\" above it"},
        {"Entrada|Salida|ID (UPN)|Role", false, true,
         "has no column \"First Join\" or \"Erster Beitritt\", none \"Last Leave\" or \"Letztes "
         "Verlassen\""},
        {"Entrada|Salida|Rol", false, false, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        const struct columns c = header_of(cases[i].header, cells);
        struct text t;
        text_init(&t);
        preset_say_misfit(&p, &c, &t);
        if (preset_fits(&p, &c) != cases[i].fits || preset_stands_alone(&p, &c) != cases[i].alone)
            fail_msg("%s", cases[i].header);
        if (cases[i].says != NULL)
            assert_string_equal(t.ptr, cases[i].says);
        text_release(&t);
    }
}

/* Its filter with the columns that this header has. */
static void a_filter_is_shown_with_the_columns_names(void **state)
{
    (void)state;
    static const struct {
        const char *where, *header, *want;
    } cases[] = {
        {"@completed = 'YES'", "course_completed|Name", "course_completed = 'YES'"},
        {"@completed = 'YES'", "Fertig am|Name", "[Fertig am] = 'YES'"},
        {"@completed = 'YES'", "Other|Name", "@completed = 'YES'"},
        {"@date >= 2026-01-01 and @completed = 'a@x'", "course_completed|Tag",
         "Tag >= 2026-01-01 and course_completed = 'a@x'"},
        {"Grade >= 5", "Grade", "Grade >= 5"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[NAMES_MAX];
        const struct columns c = header_of(cases[i].header, cells);
        const struct preset p = {.where = cases[i].where,
                                 .completed = NAMES("course_completed", "Fertig am"),
                                 .date = NAMES("Tag")};
        struct text t;
        text_init(&t);
        preset_put_where(&p, &c, &t);
        assert_string_equal(t.ptr, cases[i].want);
        text_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_fits_by_all_of_its_columns),
        cmocka_unit_test(a_preset_of_no_columns_fits_nothing),
        cmocka_unit_test(what_differs_is_said),
        cmocka_unit_test(a_header_is_told_from_others_of_its_kind),
        cmocka_unit_test(a_filter_is_shown_with_the_columns_names),
        cmocka_unit_test(a_line_begins_a_table_or_ends_it),
        cmocka_unit_test(the_first_name_that_is_there_is_the_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
