/* header: real exports with what stands above their headers, and files whose first record must stay it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/header.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define CELLS_MAX 512
#define NO_LINE 0

/* Records by the lines of a text, fields between bars, a line with ! in front is a faulty one.  An empty
 * line is no record; in a cell, ^ is a line end. */
struct file {
    char bytes[4096];
    struct slice cells[CELLS_MAX];
    struct header_record records[HEADER_RECORDS_MAX];
    size_t n, n_cells;
};

static void add_record(struct file *f, char *line, size_t len, uint64_t *number)
{
    struct header_record *r = &f->records[f->n++];
    *r = (struct header_record){*number, &f->cells[f->n_cells], 0, *line == '!'};
    for (size_t at = r->faulty, from = at; at <= len; at++) {
        if (at < len && line[at] == '^') {
            line[at] = '\n';
            ++*number;
        }
        if (at < len && line[at] != '|')
            continue;
        assert_true(f->n_cells < CELLS_MAX);
        f->cells[f->n_cells++] = (struct slice){line + from, at - from};
        from = at + 1;
        r->n++;
    }
}

static void read_file(struct file *f, const char *text)
{
    uint64_t number = 1;
    assert_true(strlen(text) < sizeof f->bytes);
    memcpy(f->bytes, text, strlen(text) + 1);
    f->n = f->n_cells = 0;
    for (char *at = f->bytes; *at != '\0'; number++) {
        size_t len = strcspn(at, "\n");
        char *next = at + len + (at[len] == '\n');
        if (len > 0 && f->n < HEADER_RECORDS_MAX)
            add_record(f, at, len, &number);
        at = next;
    }
}

static void expect(const char *text, const struct header_wishes *w, uint64_t line,
                   const char *preset, const char *other)
{
    static struct file f;
    read_file(&f, text);
    struct header_found found = header_find(f.records, f.n, w);
    assert_true(found.at <= f.n);
    uint64_t at = found.at < f.n ? f.records[found.at].line : NO_LINE;
    const char *fits = found.preset != NULL ? found.preset->name : "none";
    const char *fits_too = found.other != NULL ? found.other->name : "none";
    if (at != line || strcmp(fits, preset) != 0 || strcmp(fits_too, other) != 0)
        fail_msg("line %d, %s, %s, of:\n%s", (int)at, fits, fits_too, text);
}

/* ---- Presets ---- */

#define ONE(name)                                                                                  \
    {                                                                                              \
        (const char *const[]){name}, 1                                                             \
    }
#define TWO(a, b)                                                                                  \
    {                                                                                              \
        (const char *const[]){a, b}, 2                                                             \
    }

static struct preset_names webinar[] = {ONE("Attended"), ONE("User Name (Original Name)"),
                                        ONE("Email"), ONE("Is Guest")};
static struct preset_names meeting[] = {ONE("Name (Original Name)"), ONE("User Email"),
                                        TWO("Duration (Minutes)", "Total Duration (Minutes)")};
static struct preset_names teams[] = {TWO("Name", "Full Name"), ONE("First Join"),
                                      ONE("Last Leave"), ONE("Participant ID (UPN)")};
static struct preset_names canvas[] = {ONE("Student"), ONE("SIS Login ID"), ONE("Section")};
static struct preset_names edx[] = {ONE("Student ID"), ONE("Username"), ONE("Grade")};
static struct preset_names quiz[] = {ONE("Timestamp"), ONE("Score")};
static const struct preset presets[] = {
    {.name = "zoom-webinar", .header = webinar, .n_header = 4, .after = ONE("Attendee Details")},
    {.name = "zoom-meeting", .header = meeting, .n_header = 3},
    {.name = "teams", .header = teams, .n_header = 4, .after = ONE("2. ")},
    {.name = "canvas", .header = canvas, .n_header = 3},
    {.name = "edx", .header = edx, .n_header = 3, .without = ONE("Error")},
    {.name = "google-quiz", .header = quiz, .n_header = 2},
    {.name = "google-quiz-mine", .header = quiz, .n_header = 2},
};

static struct preset_names open_cells[] = {ONE("Attended"), ONE("User Name (Original Name)"),
                                           ONE("Email"), ONE("Time in Session (minutes)")};
static const struct preset open_webinar = {.name = "open",
                                           .header = open_cells,
                                           .n_header = 4,
                                           .after = ONE("Attendee Details"),
                                           .alone = ONE("Approval Status")};

static const struct header_wishes nothing = {.line = 0};
static const struct header_wishes known = {.presets = presets, .n_presets = COUNT(presets)};

#define ZOOM_TOPIC                                                                                 \
    "Attendee Report\n"                                                                            \
    "Report Generated:|Mar 23, 2025 6:26 PM\n"                                                     \
    "Topic|Webinar ID|Actual Start Time|Actual Duration (minutes)|# Registered|# "                 \
    "Cancelled|Unique "                                                                            \
    "Viewers|Total Users|Max Concurrent Views|Enable Registration\n"                               \
    "Rust|912 3456 7890|Mar 22, 2025 6:50 PM|97|40|0|31|35|28|Yes\n"
#define ZOOM_SHORT                                                                                 \
    "Attended|User Name (Original Name)|Email|Join Time|Leave Time|Time in Session (minutes)|Is "  \
    "Guest|Country/Region Name\n"
#define ZOOM_HOSTS                                                                                 \
    "Host Details\n" ZOOM_SHORT                                                                    \
    "Yes|Jo|jo@school.org|Mar 22, 2025 18:50:01|Mar 22, 2025 20:27:00|97|No|Spain\n"               \
    "Panelist Details\n" ZOOM_SHORT                                                                \
    "Yes|Max|max@school.org|Mar 22, 2025 18:51:01|Mar 22, 2025 20:27:00|96|No|Spain\n"
#define ZOOM_ATTENDEES                                                                             \
    "Attended|User Name (Original Name)|First Name|Last Name|Email|Phone|Registration "            \
    "Time|Approval Status|Join Time|Leave Time|Time in Session (minutes)|Is Guest|Country/Region " \
    "Name\n"                                                                                       \
    "Yes|Ada|Ada|Lovelace|ada@example.org||Mar 1, 2025 10:00:00|approved|Mar 22, 2025 "            \
    "19:13:27|Mar 22, 2025 20:01:00|48|Yes|France\n"                                               \
    "No|Bob|Bob|--|bob@example.org||Mar 2, 2025 10:00:00|approved|--|--|--|--|--\n"
#define ZOOM_BLOCK                                                                                 \
    "Meeting ID|Topic|Start Time|End Time|User Email|Duration (Minutes)|Participants\n"            \
    "912 3456 7890|Rust|10/05/2026 05:50:00 PM|10/05/2026 07:00:00 PM|host@school.org|70|3\n"
#define ZOOM_MEETING                                                                               \
    "Name (Original Name)|User Email|Join Time|Leave Time|Duration (Minutes)|Guest\n"              \
    "Ada|ada@example.org|10/05/2026 05:55:00 PM|10/05/2026 06:55:00 PM|60|Yes\n"                   \
    "Bob||10/05/2026 05:56:00 PM|10/05/2026 06:55:00 PM|59|Yes\n"
#define TEAMS                                                                                      \
    "1. Summary\n"                                                                                 \
    "Meeting title|Rust 101\n"                                                                     \
    "Attended participants|2\n"                                                                    \
    "Start time|7/20/23, 4:00:00 PM\n"                                                             \
    "Average attendance time|1h 3m 10s\n"                                                          \
    "\n"                                                                                           \
    "2. Participants\n"                                                                            \
    "Name|First Join|Last Leave|In-Meeting Duration|Email|Participant ID (UPN)|Role\n"             \
    "Ada|7/20/23, 4:16:29 PM|7/20/23, 5:16:29 PM|1h 0m 0s|ada@x.org|ada@x.org|Presenter\n"         \
    "Bob|7/20/23, 4:17:29 PM|7/20/23, 5:16:29 PM|59m 0s|bob@x.org|bob@x.org|Attendee\n"            \
    "\n"                                                                                           \
    "3. In-Meeting Activities\n"                                                                   \
    "Name|Join Time|Leave Time|Duration|Email|Role\n"                                              \
    "Ada|7/20/23, 4:16:29 PM|7/20/23, 5:16:29 PM|1h 0m 0s|ada@x.org|Presenter\n"

static void presets_find_their_headers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t line;
        const char *preset, *other;
    } cases[] = {
        {ZOOM_TOPIC ZOOM_HOSTS "Attendee Details\n" ZOOM_ATTENDEES, 12, "zoom-webinar", "none"},
        {ZOOM_TOPIC ZOOM_HOSTS "Attendee Details||\n\n" ZOOM_ATTENDEES, 13, "zoom-webinar", "none"},
        {ZOOM_ATTENDEES, 1, "zoom-webinar", "none"}, /* cut off by hand */
        {ZOOM_BLOCK "\n" ZOOM_MEETING, 4, "zoom-meeting", "none"},
        {ZOOM_MEETING, 1, "zoom-meeting", "none"},
        {TEAMS, 8, "teams", "none"},
        {"Student|ID|SIS User ID|SIS Login ID|Section|Quiz 1 (7)|Final Score\n"
         "|||||Manual Posting|\n"
         "    Points Possible||||||(read only)\n"
         "Lovelace, Ada|17|u1|ada|A and B|9|90\n",
         1, "canvas", "none"},
        {"|||\nStudent ID|Email|Username|Grade\n1|a@x.org|ada|0.9\n", 2, "edx", "none"},
        {"Student ID|Username|Grade|Error\n1|ada|0.9|none\n", 1, "none", "none"},
        {"Grades\nof 2026\nStudent ID|Email|Username|Grade\n1|a@x.org|ada|0.9\n", 3, "edx", "none"},
        {"Timestamp|Email Address|Score\n2026/09/27 3:00:00 PM GMT+3|a@x.org|4 / 5\n", 1,
         "google-quiz", "google-quiz-mine"},
        {"!Student ID|Email|Username|Grade\n1|a@x.org|ada|0.9\n", 1, "edx", "none"},
        /* one file after another: nobody's rows are passed over for a header that comes later */
        {"Name|Wallet|Code|Mark\nAda|0x1|c|7\nStudent ID|Email|Username|Grade\n1|a@x.org|ada|1\n",
         1, "none", "none"},
        /* under the line that the preset knows there is another table */
        {"Attendee Details\nName|Email\nAda|ada@x.org\nBob|bob@x.org\n", 2, "none", "none"},
        {"", NO_LINE, "none", "none"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(cases[i].text, &known, cases[i].line, cases[i].preset, cases[i].other);
}

static void the_preset_that_was_asked_for_is_the_only_one(void **state)
{
    (void)state;
    struct header_wishes w = known;
    w.preset = &presets[5];
    expect("Timestamp|Email Address|Score\nx|a@x.org|4 / 5\n", &w, 1, "google-quiz", "none");
    expect("a|b|c\nd|e|f\nTimestamp|Email Address|Score\n", &w, 3, "google-quiz", "none");
    expect(ZOOM_MEETING, &w, 1, "none", "none");
    w.preset = &presets[0];
    expect("x\nHosts\n" ZOOM_SHORT "Yes|Jo|jo@school.org|||97|No|Spain\n", &w, 3, "zoom-webinar",
           "none");
}

/* Lines above it tell a table from others of its kind: by itself a preset is not chosen without them. */
static void a_table_of_hosts_is_not_the_attendees(void **state)
{
    (void)state;
    static struct file f;
    read_file(&f, ZOOM_TOPIC ZOOM_HOSTS);
    struct header_found found = header_find(f.records, f.n, &known);
    assert_null(found.preset);
    assert_null(found.other);
}

/* A webinar without registration: three tables of like columns, of which the line above tells. */
static void attendees_stand_below_their_line(void **state)
{
    (void)state;
    struct header_wishes w = {.presets = &open_webinar, .n_presets = 1};
    static struct file f;
    expect(ZOOM_TOPIC ZOOM_HOSTS "Attendee Details\n" ZOOM_SHORT
                                 "Yes|Ann|ann@x.org|||60|Yes|Italy\n",
           &w, 12, "open", "none");
    expect(ZOOM_ATTENDEES, &w, 1, "open", "none");
    for (int said = 0; said < 2; said++) { /* the user's word makes no attendees of hosts */
        w.preset = said ? &open_webinar : NULL;
        read_file(&f, ZOOM_TOPIC ZOOM_HOSTS);
        struct header_found found = header_find(f.records, f.n, &w);
        assert_null(found.preset);
        assert_ptr_equal(found.near, &open_webinar);
        assert_int_equal(f.records[found.near_at].line, 6);
        w.line = 6;
        found = header_find(f.records, f.n, &w);
        assert_null(found.preset);
        assert_ptr_equal(found.near, &open_webinar);
        w.line = 0;
    }
}

/* Nearly a preset's: said, and with the user's word taken, on the line where it stands. */
static void a_header_that_lacks_a_column_is_near(void **state)
{
    (void)state;
    static struct file f;
    static const char text[] = "Report\n\nName|First Join|Last Leave|Email\nAnn|x|y|ann@x.org\n";
    struct header_wishes w = {.presets = &presets[2], .n_presets = 1};
    read_file(&f, text);
    struct header_found found = header_find(f.records, f.n, &w);
    assert_null(found.preset);
    assert_ptr_equal(found.near, &presets[2]);
    assert_int_equal(f.records[found.near_at].line, 3);
    w.preset = &presets[2];
    expect(text, &w, 3, "teams", "none");
    w.line = 3;
    expect(text, &w, 3, "teams", "none");
    w.preset = NULL;
    expect(text, &w, 3, "none", "none");
}

static void the_user_says_the_line(void **state)
{
    (void)state;
    static const struct {
        uint64_t line, found;
        const char *preset;
    } cases[] = {
        {1, 1, "none"}, {2, 2, "none"},       {4, NO_LINE, "none"},  {5, 5, "zoom-meeting"},
        {6, 6, "none"}, {3, NO_LINE, "none"}, {99, NO_LINE, "none"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header_wishes w = known;
        w.line = cases[i].line;
        expect("Meeting^ID|User Email\n\n", &w, cases[i].line == 1 ? 1 : NO_LINE, "none", "none");
        expect("Meeting|User Email\nx^y|z\n\n" ZOOM_MEETING, &w, cases[i].found, cases[i].preset,
               "none");
    }
    struct header_wishes w = known;
    w.line = 1;
    expect("!a|b\nc|d\n", &w, 1, "none", "none");
    w.line = 5;
    w.preset = &presets[0];
    expect("Meeting|User Email\nx^y|z\n\n" ZOOM_MEETING, &w, 5, "none", "none");
    w.preset = NULL;
    w.line = 3;
    expect("x\ny\nTimestamp|Score\n1|2\n", &w, 3, "google-quiz", "google-quiz-mine");
}

/* ---- Without a preset ---- */

static void a_header_is_found_under_a_preamble(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t line;
    } cases[] = {
        /* a title, and an empty line */
        {"Course completions\n\nName|Email|Done\nAda|ada@x.org|yes\nBob|bob@x.org|no\n", 3},
        {"Course completions\n\nName|Status\nAda|done\nBob|open\n", 3},
        {"Course completions\n\nName|Score\nAda|7\n", 3},
        {"Course completions||\n||\nName|Team|Done\nAda|A|yes\nBob|B|no\n", 3},
        {"Course completions\nName|Email|Done\nAda|ada@x.org|yes\nBob|bob@x.org|no\n", 2},
        {"Course completions\nName|Progress\nAda|70 %\nBob|100 %\n", 2},
        {"Course completions||\nName|Progress|x\nAda|70 %|\nBob|100 %|\n", 2},
        {"\n\nCourse completions\nName|Progress\nAda|70 %\nBob|100 %\n", 4},
        {"Course^completions\n\nName|Status\nAda|done\nBob|open\n", 4},
        /* key, value */
        {"Course|Rust 101\nTeacher|Jo\nName|Email|Progress\nAda|ada@x.org|100\n", 3},
        {"Course|Rust 101\nTeacher|Jo\nEmail|jo@school.org\nID|12345\n\nName|Email|Progress\n"
         "Ada|ada@x.org|100\nBob|bob@x.org|90\n",
         6},
        {"Email|jo@school.org\n\nName|Email|Progress\nAda|ada@x.org|100\nBob|bob@x.org|90\n", 3},
        {"ID|12345\nCourse|Rust\nName|Email|Progress\nAda|ada@x.org|100\nBob|bob@x.org|90\n", 3},
        {"Course|Rust 101||\nDate|2026-10-01||\nName|Points|Grade|Team\nAda|9|1.0|\nBob|8|2.0|B\n",
         3},
        {"Exported|2026-10-01\nName|Points|Team\nAda|9|A\nBob|8|B\n", 2},
        {"Course|Rust 101\nName|Email|Progress\nAda|ada@x.org|100\nBob|bob@x.org|90\n", 2},
        {"Course|Rust|A\n\nName|User ID|Team|Done\nAda|u1|A|yes\nBob|u2|B|no\n", 3},
        {"Course completions\nName|Email|2026-10-01|2026-10-02\nAda|ada@x.org|yes|no\n", 2},
        {"A|B|C|D\n1|2|3|4\n5|6|7|8\n\nName|Email|Done\nAda|ada@x.org|yes\n", 5},
        /* titles with commas: as many fields as the header has, or more */
        {"Attendance| Monday\nName|Email\nAda|ada@x.org\nBob|bob@x.org\n", 2},
        {"Attendance| Monday| 5 October 2026\nName|Email\nAda|ada@x.org\nBob|bob@x.org\n", 2},
        {"# Made by X| 1.1\n# at 2026-09-10\nEmail|Name\nada@x.org|Ada\nbob@x.org|Bob\n", 3},
        {"Report generated: Oct 5| 2026 18:00\nEmail|Name\nada@x.org|Ada\n", 2},
        /* rows that are shorter than their header */
        {"Course|Rust "
         "101\nTeacher|Jo\nName|Email|Progress|Notes\nAda|ada@x.org|100\nBob|bob@x.org|90\n",
         3},
        {"Course|Rust 101\nID|Name|Notes\n17|Ada\n18|Bob\n", 2},
        {"Course completions\n\nName|Login\n", 3}, /* nobody has done it yet */
        /* the host of a meeting is no attendee */
        {ZOOM_BLOCK "\n" ZOOM_MEETING, 4},
        {ZOOM_BLOCK "|\n" ZOOM_MEETING, 4},
        {"Topic|Start|End|Host\nRust|5 PM|6 PM|Jo\n\nName|Email|Done\nAda|ada@x.org|yes\n", 4},
        {"Course|Rust\nTeacher|Jo\nName|Login|Team\nAda|a|A\nName|Login|Team\nBob|b|B\n", 3},
        {"Teacher|jo@school.org\nName|Points|Team\nAda|9|A\nBob|8|B\n", 2},
        {"Course completions\n\nName|Email\nAda|ada@x.org\nName|Email\nBob|bob@x.org\n", 3},
        {ZOOM_TOPIC "Attendee Details\n" ZOOM_SHORT
                    "Yes|Ada|ada@x.org|x|y|48|Yes|France\nYes|Bob|bob@x.org|x|y|48|Yes|France\n",
         6},
        {ZOOM_TOPIC ZOOM_HOSTS "Attendee Details\n" ZOOM_ATTENDEES, 12},
        {TEAMS, 8},
        {ZOOM_TOPIC "Attendee Details\n" ZOOM_ATTENDEES, 6},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect(cases[i].text, &nothing, cases[i].line, "none", "none");
}

static void the_column_that_was_asked_for_tells_the_header(void **state)
{
    (void)state;
    static const char text[] = "Report|Week 1\nName|Badge|Team\nAda|x|A\nBob|y|B\n";
    static const char exported[] = "Exported|2026-10-01\nName|Badge|Team\nAda|x|A\nBob|y|B\n";
    struct header_wishes w = nothing;
    expect(text, &w, 1, "none", "none");
    expect(exported, &w, 1, "none", "none");
    w.named = "badge";
    expect(text, &w, 2, "none", "none"); /* what is above it stands in the results */
    expect(exported, &w, 2, "none", "none");
    w.named = "#2";
    expect(exported, &w, 1, "none", "none");
    w.named = "@recipient";
    expect(exported, &w, 1, "none", "none");
}

static void the_name_that_was_asked_for_is_looked_for(void **state)
{
    (void)state;
    static const struct {
        const char *named, *text;
        uint64_t line, asked; /* asked: where it stands */
    } cases[] = {
        {"Email", "Attendance for Bread| Autumn\nEmail|Name\nann@x.org|Ann\n", 2, 2},
        {"Email", "Course: Bread| Autumn| A\nEmail|Name\nann@x.org|Ann\nbo@x.org|Bo\n", 2, 2},
        {"username", "Course: Bread| Autumn\nusername|full_name\njdoe|J Doe\nbkim|B Kim\n", 2, 2},
        {"username", "Report|Bread\nBy|Ann\n\nusername|full_name\njdoe|J Doe\n", 4, 4},
        {"Kennung", "Report|Bread\nBy|Ann\nKennung|Name|Team\nu1|J|A\nu2|B|A\n", 3, 3},
        {"Badge", "Name|Team|Done\nAda|A|yes\nBob|Badge|no\nCid|A|no\n", 1, 3},
        {"Email", "Name|Contact\nBob|Phone\nAda|Email\nCid|Email\n", 1, 3},
        {"Walet", "Name|Wallet\nBob|x\n", 1, NO_LINE},
        {"#2", "Name|Wallet\nBob|#2\n", 1, NO_LINE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct file f;
        struct header_wishes w = nothing;
        w.named = cases[i].named;
        read_file(&f, cases[i].text);
        struct header_found found = header_find(f.records, f.n, &w);
        uint64_t asked = found.asked < f.n ? f.records[found.asked].line : NO_LINE;
        if (f.records[found.at].line != cases[i].line || asked != cases[i].asked)
            fail_msg("line %d, asked %d, of:\n%s", (int)f.records[found.at].line, (int)asked,
                     cases[i].text);
    }
}

static void two_tables_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *named, *text;
        uint64_t above;
    } cases[] = {
        {"#1",
         "Attended||||\nName|Town|||\nAnn|Graz|||\nBob|Linz|||\n||||\nOverseas||||\n"
         "Name|Town|Country|Mode|Cost\nDee|Rome|Italy|Train|120\nEve|Oslo|Norway|Bus|310\n",
         2},
        {"#1", "Course|Rust 101\nTeacher|Jo\n\nName|Points|Team\nAda|9|A\nBob|8|B\n", NO_LINE},
        {NULL, "Course|Score\nRust|20\n\nName|Email|Team\nAda|ada@x.org|A\n", NO_LINE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct file f;
        struct header_wishes w = nothing;
        w.named = cases[i].named;
        read_file(&f, cases[i].text);
        struct header_found found = header_find(f.records, f.n, &w);
        uint64_t above = found.above < f.n ? f.records[found.above].line : NO_LINE;
        if (above != cases[i].above)
            fail_msg("%d, of:\n%s", (int)above, cases[i].text);
    }
}

static void people_above_a_header_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t at, person;
    } cases[] = {
        {"ann@x.org|Ann\nbob@x.org|Bob\nEmail|Name\nzed@x.org|Zed\n", 3, 1},
        {"Hack Day|\nann@x.org|Ann\n|\nEmail|Name\nzed@x.org|Zed\n", 4, 2},
        {"Ann|0x52908400098527886E0F7030069857D2E4169EE7\nName|Wallet\n"
         "Zed|0xde709f2102306220921060314715629080e2fb77\n",
         2, 1},
        {"ann@x.org\nEmail\nzed@x.org\n", 2, 1},
        {"ann@x.org|Ann|9|\nEmail|Name|Points|Notes\nzed@x.org|Zed|9|\n", 2, 1},
        {"ann@x.org|Ann\nEmail|Name\n", 2, 1},
        /* titles */
        {"Contact|events@x.org\nName|Username\nZed|zed\n", 2, NO_LINE},
        {"Contact|events@x.org||\nName|Email|Team|Points\nZed|zed@x.org|A|9\n", 2, NO_LINE},
        {"Host|host@x.org\nName|Email\nZed|zed@x.org\n", 2, NO_LINE},
        {"Contact:|host@x.org\nName|Email\nZed|zed@x.org\n", 2, NO_LINE},
        {"events@x.org\nName|Email\nZed|zed@x.org\n", 2, NO_LINE},
        {"Topic|Host\nRust|host@x.org\n\nName|Email\nZed|zed@x.org\n", 4, NO_LINE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct file f;
        read_file(&f, cases[i].text);
        size_t at = 0;
        while (at + 1 < f.n && f.records[at].line != cases[i].at)
            at++;
        size_t person = header_person_above(f.records, f.n, at, &nothing);
        uint64_t line = person < f.n ? f.records[person].line : NO_LINE;
        if (line != cases[i].person)
            fail_msg("%d, of:\n%s", (int)line, cases[i].text);
    }
}

static void in_doubt_it_is_the_first_record(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Name|Email\nAda|ada@x.org\n",
        "Name\n",
        "Email\n",
        "Name|Email\n",
        "2026|7\n8|9\n",
        /* ragged rows */
        "Name|Email|Done\nAda|ada@x.org|yes|x\nBob|bob@x.org|no|y\n",
        "First|Last|Course\nAda|Lovelace|Rust|done\nBob|Builder|Rust|open\n",
        "First|Last|Score\nAda|Lovelace|absent|x\nBob|Builder|7|y\nCid|Cider|8|z\n",
        "Name|Score\nAda|absent|x\nBob|7|y\nCid|8|z\n",
        "Name|Contact\nAda|Email|x\nBob|Phone|y\nCid|Email|z\n",
        "Name|Contact\nBob|Phone|y\nAda|Email|x\nCid|Post|z\n",
        "Name|Done\nAda|yes|x\nBob|no|y\n",
        "Wallet\nAda|0x12|x\n",
        "Email|Name\nID|Ada|x\nb|Bob|y\n",
        "Name|Email|Done|Team\nAda|ada@x.org\nBob|bob@x.org\n",
        /* nameless columns at the end */
        "Name|Email||\nAda|ada@x.org||\nBob|bob@x.org|x|\n",
        "First|Last||\nAda|Lovelace|Rust|done\nBob|Builder|Rust|open\n",
        "Name|Score||\nAda|7|x|y\nBob|8|x|y\n",
        "Name|||\nAda|Rust|done|x\nBob|Rust|open|y\n",
        "Email|||\nAda|Rust|done|x\nBob|Rust|open|y\n",
        /* one column */
        "code\nABC\nDEF\n",
        "Email\nada@x.org\nbob@x.org\n",
        "ABC\n123\n456\n",
        "Email\n\nada@x.org\n\nbob@x.org\n",
        /* each line in quotes as a whole, but for a row: not the first row is the header */
        "First,Last,Course\nAda|Lovelace|Rust\nBob|Builder|Rust\n",
        /* another table behind the first one */
        "Email|Name\na@x.org|Ada\nb@x.org|Bob\n\nCourse|Email|Score\nRust|c@x.org|7\nRust|d@x.org|"
        "8\n"
        "Rust|e@x.org|9\n",
        "Name|Badge|Team\nAda|x|A\nBob|y|B\nName|Email|Team|Done\nCid|c@x.org|A|yes\n",
        /* the header again, on each page */
        "Name|Team|Done\nAda|A|yes\nName|Team|Done\nBob|B|no\n",
        /* what can't be read may have been the header */
        "Course completions\n\n!Name|Ema?l|Done\nName|Team|Email\nAda|x|ada@x.org\n",
        "!Name|Email\nAda|ada@x.org\n",
        "!Course completions\nName|Email\nAda|ada@x.org\nBob|bob@x.org\n",
        /* nothing but a preamble */
        "Course completions\n\n",
        "Course|Rust 101\nTeacher|Jo\nStarted|2026-10-01\n",
        "A\nB|C\nD|E|F\nG|H|I|J\n",
        /* a table that names nobody, and another one */
        "A|B|C|D\n1|2|3|4\n5|6|7|8\n\nName|Post|Done\nAda|x|yes\nBob|y|no\n",
        "Email|Name\na@x.org|Ada\n\nName|Email\nBob|b@x.org\n",
        "Email|Name\n\na@x.org|Ada\n\nName|Email|Done\nBob|b@x.org|yes\n",
        /* what looks like a header may be a row */
        "Note\nAda|Email|x\nBob|Phone|7\nCid|Email|z\n",
        "Course completions\n\nAda|7\nBob|8\n",
        "Course completions\n\nAda|Ada|x\nBob|Builder|y\n",
        "Course completions\n\nAda||x\nBob|b|y\n",
        "Course completions\nFirst|Last|Team\nAda|Lovelace|7\nBob|Builder|A\nCid|Cider|B\n",
        "Course|Rust 101\n\nFirst|Last|Team\nAda|Lovelace|A\nBob|Builder|B\n",
        /* the first row is no preamble for a title alone */
        "Course completions\nFirst|Last|Course\nAda|Lovelace|Rust\nBob|Builder|Rust\n",
        "||\n||\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        expect(texts[i], &nothing, 1, "none", "none");
}

/* Each real header, with rows beneath, is the header wherever the rows are of its width; and with a title
 * and an empty line above it, it is found there. */
static void real_headers_are_found(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "First name|Surname|ID number|Institution|Department|Email address|Course total",
        "Name|Email|External Id|Course|Course ID|Course Slug|Completed|Completion Time",
        "user_id|name|email|course_id|course_title|steps_completed|course_completed_on",
        "Course Name|Survey/Quiz Name|Student Email|Date Completed (UTC)|% Score",
        "ID|Start time|Completion time|Email|Name|What^was good?",
        "#|Your e-mail, please|Start Date (UTC)|Submit Date (UTC)|Network ID",
        "Name|Attendance|User ID|Title|RSVP|Guests|RSVPed on|Notes",
        "Email Address|First Name|UNSUB_REASON|UNSUB_REASON|LEID|EUID|NOTES|TAGS",
        "ID|Collection|ENS|Minting Date|Tx Count|Power",
        "AuthorID|Author|Date|Content|Attachments|Reactions",
        "|Email|Quiz 1||Quiz 2|",
    };
    for (size_t i = 0; i < COUNT(headers); i++) {
        char text[512], row[64] = "";
        for (const char *c = strchr(headers[i], '|'); c != NULL; c = strchr(c + 1, '|'))
            strncat(row, "|7", 3);
        (void)snprintf(text, sizeof text, "%s\nx%s\ny%s\n", headers[i], row, row);
        expect(text, &nothing, 1, "none", "none");
        bool names_nobody = headers[i][0] == '#';
        if (names_nobody)
            continue;
        (void)snprintf(text, sizeof text, "A title\n\n%s\nx%s\ny%s\n", headers[i], row, row);
        expect(text, &nothing, 3, "none", "none");
    }
}

static void bytes_of_any_kind_are_survived(void **state)
{
    (void)state;
    static const char bytes[] = "|\n|!^\"=',;-#@0xEmailName12.7\n\n\xc3\xc2\xa0%";
    unsigned seed = 1;
    for (int round = 0; round < 400; round++) {
        static struct file f;
        char text[200];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = bytes[(seed >> 16) % (sizeof bytes - 1)];
        }
        text[sizeof text - 1] = '\0';
        read_file(&f, text);
        struct header_wishes w = known;
        w.named = round % 3 == 0 ? "Name" : NULL;
        w.line = round % 7 == 0 ? 3 : 0;
        struct header_found found = header_find(f.records, f.n, &w);
        assert_true(found.at <= f.n);
        assert_true(w.line > 0 || f.n == 0 || found.at < f.n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_find_their_headers),
        cmocka_unit_test(the_preset_that_was_asked_for_is_the_only_one),
        cmocka_unit_test(attendees_stand_below_their_line),
        cmocka_unit_test(a_header_that_lacks_a_column_is_near),
        cmocka_unit_test(a_table_of_hosts_is_not_the_attendees),
        cmocka_unit_test(the_user_says_the_line),
        cmocka_unit_test(a_header_is_found_under_a_preamble),
        cmocka_unit_test(the_column_that_was_asked_for_tells_the_header),
        cmocka_unit_test(the_name_that_was_asked_for_is_looked_for),
        cmocka_unit_test(two_tables_are_seen),
        cmocka_unit_test(people_above_a_header_are_seen),
        cmocka_unit_test(in_doubt_it_is_the_first_record),
        cmocka_unit_test(real_headers_are_found),
        cmocka_unit_test(bytes_of_any_kind_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
