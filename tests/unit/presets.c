/* presets: where they are looked for, what may stand in them, and how they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commands/presets_show.h"
#include "policy/preset.h"
#include "settings/presets.h"

#include "fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#define TINY "\"title\":\"T\",\"header\":[\"A\"],\"recipient\":{\"email\":\"A\"}"
#define MINE "config/claimpipe/presets"

static char *sources; /* the folder from which the test was started */

static void make_folders(void)
{
    assert_int_equal(mkdir("config", 0700), 0);
    assert_int_equal(mkdir("config/claimpipe", 0700), 0);
    assert_int_equal(mkdir(MINE, 0700), 0);
    assert_int_equal(mkdir("ours", 0700), 0);
}

static void set_path(const char *variable, const char *below)
{
    char here[PATH_MAX], path[PATH_MAX + 64];

    assert_non_null(getcwd(here, sizeof here));
    snprintf(path, sizeof path, "%s/%s", here, below);
    assert_int_equal(setenv(variable, path, 1), 0);
}

static int enter(void **state)
{
    int rc = enter_folder(state);

    make_folders();
    set_path("XDG_CONFIG_HOME", "config");
    setenv("CLAIMPIPE_PRESETS", "ours", 1);
    return rc;
}
#define AMONG(test) cmocka_unit_test_setup_teardown(test, enter, leave_folder)

/* A preset that holds nothing special. */
static void put_plain(const char *folder, const char *name, const char *title)
{
    char path[PATH_MAX], json[512];

    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    snprintf(json, sizeof json,
             "{\"name\":\"%s\",\"title\":\"%s\",\"header\":[\"A\"],\"recipient\":{\"id\":\"A\"}}",
             name, title);
    put_file(path, json);
}

static void load(struct presets *p)
{
    struct err e = ERR_INIT;

    if (presets_load(p, &e) != 0)
        fail_msg("%s", e.text);
}

static void refuses(const char *says)
{
    struct err e = ERR_INIT;
    struct presets p;

    assert_int_equal(presets_load(&p, &e), -1);
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(e.text, says);
    presets_release(&p); /* harmless */
}

/* ---- folders ---- */

static void the_users_come_first_and_all_are_sorted(void **state)
{
    (void)state;
    struct presets p;

    put_plain("ours", "b", "ours");
    put_plain("ours", "c", "ours");
    put_plain(MINE, "c", "mine");
    put_plain(MINE, "a", "mine");
    put_file("ours/.#b.json", "an editor's");
    put_file("ours/README", "no preset");
    put_file("ours/.json", "nor this");
    load(&p);
    assert_int_equal(p.n, 3);
    assert_string_equal(p.list[0].name, "a");
    assert_string_equal(p.list[1].title, "ours");
    assert_string_equal(p.list[1].path, "ours/b.json");
    assert_string_equal(p.list[2].title, "mine");
    presets_release(&p);
}

/* What the user has in place of ours is not even read. */
static void a_file_of_ours_that_is_overridden_may_be_wrong(void **state)
{
    (void)state;
    struct presets p;

    put_plain(MINE, "b", "mine");
    put_file("ours/b.json", "{");
    load(&p);
    assert_int_equal(p.n, 1);
    presets_release(&p);
}

static void folders_need_not_be_there(void **state)
{
    (void)state;
    static const char *const configs[] = {"", "config", NULL}; /* a relative one does not count */
    struct presets p;

    put_plain(MINE, "a", "mine");
    set_path("HOME", "nowhere");
    for (size_t i = 0; i < COUNT(configs); i++) {
        configs[i] ? setenv("XDG_CONFIG_HOME", configs[i], 1) : unsetenv("XDG_CONFIG_HOME");
        load(&p);
        assert_int_equal(p.n, 0);
        presets_release(&p);
    }
    setenv("CLAIMPIPE_PRESETS", "", 1); /* then beside the test's program */
    load(&p);
    presets_release(&p);
    setenv("CLAIMPIPE_PRESETS", "nowhere", 1);
    refuses("CLAIMPIPE_PRESETS: there is no folder nowhere");
}

static void home_has_them_too(void **state)
{
    (void)state;
    struct presets p;

    unsetenv("XDG_CONFIG_HOME");
    set_path("HOME", "");
    assert_int_equal(rename("config", ".config"), 0);
    put_plain(".config/claimpipe/presets", "a", "mine");
    load(&p);
    assert_int_equal(p.n, 1);
    presets_release(&p);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    (void)state;

    assert_int_equal(mkdir("ours/x.json", 0700), 0);
    refuses("ours/x.json: is a folder: a preset is an ordinary file");
    assert_int_equal(rmdir("ours/x.json"), 0);
    assert_int_equal(symlink("nowhere", "ours/x.json"), 0);
    refuses("ours/x.json: the preset cannot be read: No such file or directory");
    assert_int_equal(unlink("ours/x.json"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    setenv("CLAIMPIPE_PRESETS", "loop", 1);
    refuses("loop: the folder cannot be read: Too many levels of symbolic links");
}

/* ---- contents ---- */

static void everything_that_can_be_said_arrives(void **state)
{
    (void)state;
    struct presets p;
    const struct preset *x;

    put_file(
        "ours/x.json",
        "\xef\xbb\xbf{\"$schema\":\"s\",\"name\":\"x\",\"title\":\"T\","
        "\"header\":[\"A\",[\"B\",\"C\"]],\"like\":\"[Pts\",\"hints\":\"H\",\"also\":[\"I\",\"J\"],"
        "\"without\":\"D\","
        "\"after\":[\"E\"],"
        "\"alone\":\"L\",\"end\":[\"F\"],\"or_else\":\"O\",\"hashed\":[\"P\",\"Q\"],\"person\":"
        "\"buyer\","
        "\"by_name_only\":true,\"recipient\":{\"email\":\"A\",\"address\":[\"B\",\"W\"]},"
        "\"trigger\":\"G\",\"completed\":\"H\",\"date\":\"I\",\"where\":\"H = 1\","
        "\"drop\":[{\"where\":\"A is empty\",\"why\":\"none\"},"
        "{\"where\":\"B = 'x'\",\"why\":\"host\",\"with\":\"B\"}],\"date_order\":\"dmy\","
        "\"decimal\":\"comma\",\"group\":\"J\",\"per_recipient\":true,\"fill_down\":[\"A\",\"J\"],"
        "\"refuse\":\"no\",\"note\":\"N\"}");
    load(&p);
    assert_int_equal(p.n, 1);
    x = &p.list[0];
    assert_int_equal(x->n_header, 2);
    assert_int_equal(x->header[1].n, 2);
    assert_string_equal(x->header[1].names[1], "C");
    assert_string_equal(x->like.names[0], "[Pts");
    assert_string_equal(x->hints.names[0], "H");
    assert_string_equal(x->also.names[1], "J");
    assert_string_equal(x->alone.names[0], "L");
    assert_string_equal(x->or_else.names[0], "O");
    assert_int_equal(x->hashed.n, 2);
    assert_string_equal(x->person, "buyer");
    assert_true(x->per_recipient);
    assert_int_equal(x->drops[0].with.n, 0);
    assert_string_equal(x->drops[1].with.names[0], "B");
    assert_string_equal(x->without.names[0], "D");
    assert_string_equal(x->after.names[0], "E");
    assert_string_equal(x->end.names[0], "F");
    assert_true(x->by_name_only);
    assert_string_equal(x->recipient[IDENTITY_EMAIL].names[0], "A");
    assert_string_equal(x->recipient[IDENTITY_ADDRESS].names[1], "W");
    assert_int_equal(x->recipient[IDENTITY_ID].n, 0);
    assert_string_equal(x->trigger.names[0], "G");
    assert_string_equal(x->completed.names[0], "H");
    assert_string_equal(x->date.names[0], "I");
    assert_string_equal(x->where, "H = 1");
    assert_int_equal(x->n_drops, 2);
    assert_string_equal(x->drops[1].where, "B = 'x'");
    assert_string_equal(x->drops[1].why, "host");
    assert_int_equal(x->date_order, WHEN_ORDER_DMY);
    assert_int_equal(x->decimal_mark, ',');
    assert_string_equal(x->group, "J");
    assert_int_equal(x->fill_down.n, 2);
    assert_string_equal(x->refuse, "no");
    assert_string_equal(x->note, "N");
    presets_release(&p);
}

static void what_is_not_said_is_not_there(void **state)
{
    (void)state;
    struct presets p;

    put_file("ours/x.json", "{\"name\":\"x\"," TINY ",\"decimal\":\"point\"}");
    load(&p);
    assert_false(p.list[0].by_name_only);
    assert_null(p.list[0].where);
    assert_null(p.list[0].refuse);
    assert_int_equal(p.list[0].trigger.n, 0);
    assert_int_equal(p.list[0].date_order, WHEN_ORDER_UNSAID);
    assert_int_equal(p.list[0].decimal_mark, '.');
    presets_release(&p);
}

static void what_cannot_be_right_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"", "ours/x.json:1:1: "},
        {"{\n \"name\": }", "ours/x.json:2:"},
        {"[]", "ours/x.json: must be an object, not a list"},
        {"{}", "ours/x.json: name is missing"},
        {"{\"name\":\"x\",\"header\":[\"A\"]}", "ours/x.json: title is missing"},
        {"{\"name\":\"x\",\"title\":\"T\"}", "ours/x.json: header is missing"},
        {"{\"name\":\"x\",\"title\":\"T\",\"header\":[\"A\"]}", "recipient is missing (or refuse"},
        {"{\"name\":\"x\",\"title\":\"T\",\"header\":[\"A\"],\"recipient\":{}}",
         "recipient is missing"},
        {"{\"name\":\"y\"," TINY "}",
         "ours/x.json: name \"y\": a preset is called as its file is: \"x\""},
        {"{\"name\":\"x\"," TINY ",\"wher\":\"A = 1\"}",
         "ours/x.json: \"wher\" is unknown: nearest is \"where\""},
        {"{\"name\":\"x\"," TINY ",\"name\":\"x\"}", "ours/x.json:1:"},
        {"{\"name\":7}", "ours/x.json: name: must be a text, not a number"},
        {"{\"name\":\" \"}", "ours/x.json: name: is empty"},
        {"{\"header\":\"A\"}", "header: must be a list of the columns by which"},
        {"{\"header\":[]}", "header: must be a list of the columns by which"},
        {"{\"header\":[\"A\",3]}", "ours/x.json: header.2: must be a text or a list of texts, not"},
        {"{\"header\":[\"A\",[]]}", "ours/x.json: header.2: is empty"},
        {"{\"header\":[[\"A\",null]]}", "ours/x.json: header.1.2: must be a text, not null"},
        {"{\"after\":{}}", "after: must be a text or a list of texts, not an object"},
        {"{\"by_name_only\":1}", "by_name_only: must be true or false, not a number"},
        {"{\"recipient\":\"A\"}", "recipient: must be an object, not a text"},
        {"{\"recipient\":{\"mail\":\"A\"}}", "recipient: \"mail\" is unknown: "},
        {"{\"drop\":{\"where\":\"A\"}}",
         "drop: must be a list of objects, each with where and why"},
        {"{\"drop\":[{\"where\":\"A\"}]}", "ours/x.json: drop.1: needs where and why"},
        {"{\"drop\":[\"A\"]}", "ours/x.json: drop.1: must be an object, not a text"},
        {"{\"date_order\":\"us\"}", "date_order: \"us\": give \"mdy\", \"dmy\" or \"ymd\""},
        {"{\"decimal\":\",\"}", "decimal: \",\": give \"point\" or \"comma\""},
        {"{\"decimal\":1}", "decimal: must be a text, not a number"},
        {"{\"name\":\"x\"," TINY ",\"alone\":\"B\"}",
         "alone is about headers without a line above"},
        {"{\"name\":\"x\"," TINY ",\"per_recipient\":true}", "per_recipient is about groups"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        put_file("ours/x.json", cases[i].json);
        refuses(cases[i].says);
    }
}

/* ---- by name ---- */

static void a_name_finds_its_preset_or_the_nearest(void **state)
{
    (void)state;
    struct presets p;
    struct err e = ERR_INIT;

    load(&p);
    assert_null(presets_find(&p, "luma", &e));
    assert_string_equal(e.text, "no preset \"luma\": there are none: set CLAIMPIPE_PRESETS to the "
                                "folder that has them");
    presets_release(&p);
    put_plain("ours", "luma", "Luma");
    put_plain("ours", "zoom-webinar", "Zoom");
    load(&p);
    assert_ptr_equal(presets_find(&p, "zoom-webinar", &e), &p.list[1]);
    e = (struct err)ERR_INIT;
    assert_null(presets_find(&p, "Zoomwebinr", &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_string_equal(e.text, "no preset \"Zoomwebinr\": did you mean \"zoom-webinar\"?  presets "
                                "are: luma, zoom-webinar");
    e = (struct err)ERR_INIT;
    assert_null(presets_find(&p, "", &e));
    assert_string_equal(e.text, "no preset \"\": presets are: luma, zoom-webinar");
    presets_release(&p);
}

/* presets_show, with what it prints. */
static int show(const char *name, char *out, size_t size, struct err *e)
{
    int kept, file = open("shown", O_RDWR | O_CREAT | O_TRUNC, 0600), rc;
    ssize_t len;

    *e = (struct err)ERR_INIT;
    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    assert_true(kept >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
    rc = presets_show(name, false, e);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    len = pread(file, out, size - 1, 0);
    assert_true(len >= 0);
    out[len] = '\0';
    close(kept);
    close(file);
    return rc;
}

static void the_command_lists_all(void **state)
{
    (void)state;
    struct err e;
    char out[512];

    put_plain("ours", "luma", "Luma: guests");
    put_plain("ours", "zoom-webinar", "Zoom");
    assert_int_equal(show(NULL, out, sizeof out, &e), EXIT_DONE);
    assert_string_equal(out, "luma          Luma: guests\nzoom-webinar  Zoom\n");
    assert_int_equal(show("lumm", out, sizeof out, &e), EXIT_USAGE);
    assert_string_equal(out, "");
    assert_says(e.text, "did you mean \"luma\"?");
    put_file("ours/z.json", "{");
    assert_int_equal(show("luma", out, sizeof out, &e), EXIT_USAGE);
    assert_says(e.text, "ours/z.json:1:");
}

static void the_command_shows_one(void **state)
{
    (void)state;
    struct err e;
    char out[2048];

    put_file("ours/x.json",
             "{\"name\":\"x\",\"title\":\"The X\",\"header\":[\"A\",[\"B\",\"C\"]],"
             "\"without\":[\"D\",\"E\"],\"after\":[\"F\",\"G\"],\"by_name_only\":true,"
             "\"recipient\":{\"id\":\"B\",\"email\":[\"A\",\"M\"]},\"completed\":\"H\","
             "\"where\":\"@completed = 'Yes'\",\"date_order\":\"mdy\",\"decimal\":\"comma\","
             "\"drop\":[{\"where\":\"A = 'x'\",\"why\":\"a host\"},"
             "{\"where\":\"A = 'y'\",\"why\":\"a sum\"}],\"note\":\"Mind the gap.\"}");
    assert_int_equal(show("x", out, sizeof out, &e), EXIT_DONE);
    assert_string_equal(
        out, "x: The X\n"
             "  known by      \"A\", \"B\" or \"C\"\n"
             "  and not       \"D\", \"E\"\n"
             "  below a line  \"F\" or \"G\"\n"
             "  chosen        only where you say its name: other files look like this, too\n"
             "  @recipient    email: \"A\" or \"M\"\n"
             "                id: \"B\"\n"
             "  @completed    \"H\"\n"
             "  where         @completed = 'Yes'\n"
             "  left out      A = 'x': a host\n"
             "                A = 'y': a sum\n"
             "  dates         month, day, year\n"
             "  numbers       with a decimal comma\n"
             "  note          Mind the gap.\n"
             "  file          ours/x.json\n");
}

/* ---- those that come with claimpipe ---- */

/* A header of each, made of the first alternatives, fits no other. */
static void ours_can_be_told_apart(void **state)
{
    (void)state;
    struct presets p;
    char folder[PATH_MAX];
    struct slice names[32];

    snprintf(folder, sizeof folder, "%s/pipeline/presets", sources);
    setenv("CLAIMPIPE_PRESETS", folder, 1);
    load(&p);
    assert_in_range(p.n, 25, 100);
    for (size_t i = 0; i < p.n; i++) {
        const struct preset *x = &p.list[i];
        struct columns header = {.names = names, .n = x->n_header, .origin = x->name, .line = 1};

        assert_in_range(x->n_header, 1, COUNT(names) - 1);
        for (size_t c = 0; c < x->n_header; c++)
            names[c] = slice_of(x->header[c].names[0]);
        if (x->like.n > 0)
            names[header.n++] = slice_of(x->like.names[0]);
        for (size_t j = 0; j < p.n; j++)
            if (preset_fits(&p.list[j], &header) != (i == j) && !p.list[j].by_name_only)
                fail_msg("the header of %s, and the preset %s", x->name, p.list[j].name);
    }
    presets_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AMONG(the_users_come_first_and_all_are_sorted),
        AMONG(a_file_of_ours_that_is_overridden_may_be_wrong),
        AMONG(folders_need_not_be_there),
        AMONG(home_has_them_too),
        AMONG(what_cannot_be_read_is_an_error),
        AMONG(everything_that_can_be_said_arrives),
        AMONG(what_is_not_said_is_not_there),
        AMONG(what_cannot_be_right_is_refused),
        AMONG(a_name_finds_its_preset_or_the_nearest),
        AMONG(the_command_lists_all),
        AMONG(the_command_shows_one),
        AMONG(ours_can_be_told_apart),
    };
    static char here[PATH_MAX];

    sources = getcwd(here, sizeof here);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
