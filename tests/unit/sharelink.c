/* sharelink: each form of a link to a page, where its file is, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/sharelink.h"

#include "fixture.h"

#define ID "1aB-_9xYz0123456789"
#define SHEETS "https://docs.google.com/spreadsheets/"
#define DRIVE "https://drive.usercontent.google.com/download?export=download&id=" ID
#define PUB "2PACX-1vQlNH_bUt7"
#define POINT "https://acme.sharepoint.com/:x:/s/team/EsCYEdnX"

struct form {
    const char *url, *want; /* "": it stays as it is */
};

static void check_forms(const struct form *forms, size_t n)
{
    struct sharelink l;

    sharelink_init(&l);
    for (size_t i = 0; i < n; i++) {
        sharelink_read(&l, forms[i].url, false);
        assert_true(text_ok(&l.address));
        if (strcmp(l.address.ptr, forms[i].want) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", forms[i].url, l.address.ptr, forms[i].want);
        if ((l.gives != NULL) != (l.address.len > 0))
            fail_msg("%s: gives %s", forms[i].url, l.gives ? l.gives : "nothing");
        if (l.address.len > 0 && !l.advice)
            fail_msg("%s: no advice", forms[i].url);
    }
    sharelink_release(&l);
}

static void test_sheets(void **state)
{
    static const struct form forms[] = {
        /* the workbook */
        {SHEETS "d/" ID, SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit/", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit?usp=sharing", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit#", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit?gid=#gid=", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit?gid=x#gid=-1", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit?xgid=1#range=A1", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/view", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/preview", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/htmlview?pli=1", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "u/0/d/" ID "/edit", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "u/12/d/" ID, SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit?usp=sharing&resourcekey=0-a_B&rtpof=true",
         SHEETS "d/" ID "/export?format=xlsx&resourcekey=0-a_B"},
        /* a sheet of it */
        {SHEETS "d/" ID "/edit#gid=0", SHEETS "d/" ID "/export?format=csv&gid=0"},
        {SHEETS "d/" ID "#gid=7", SHEETS "d/" ID "/export?format=csv&gid=7"},
        {SHEETS "d/" ID "/edit?gid=123#gid=123", SHEETS "d/" ID "/export?format=csv&gid=123"},
        {SHEETS "d/" ID "/edit?gid=123#gid=45", SHEETS "d/" ID "/export?format=csv&gid=45"},
        {SHEETS "d/" ID "/edit?gid=123", SHEETS "d/" ID "/export?format=csv&gid=123"},
        {SHEETS "d/" ID "/edit?gid=123#gid=x", SHEETS "d/" ID "/export?format=csv&gid=123"},
        {SHEETS "d/" ID "/edit?usp=sharing#range=A1:B2&gid=9",
         SHEETS "d/" ID "/export?format=csv&gid=9"},
        {SHEETS "d/" ID "/edit?resourcekey=0-a_B#gid=1",
         SHEETS "d/" ID "/export?format=csv&gid=1&resourcekey=0-a_B"},
        /* published */
        {SHEETS "d/e/" PUB "/pubhtml", SHEETS "d/e/" PUB "/pub?output=csv"},
        {SHEETS "d/e/" PUB "/pub", SHEETS "d/e/" PUB "/pub?output=csv"},
        {SHEETS "d/e/" PUB "/pub?", SHEETS "d/e/" PUB "/pub?output=csv"},
        {SHEETS "d/e/" PUB "/pubhtml?gid=5&single=true",
         SHEETS "d/e/" PUB "/pub?output=csv&gid=5&single=true"},
        {SHEETS "d/e/" PUB "/pubhtml?widget=true&headers=false#gid=5",
         SHEETS "d/e/" PUB "/pub?output=csv&gid=5&single=true"},
        {SHEETS "d/" ID "/pubhtml?gid=0", SHEETS "d/" ID "/pub?output=csv&gid=0&single=true"},
        /* files already, and what is not known */
        {SHEETS "d/" ID "/export?format=csv", ""},
        {SHEETS "d/" ID "/export", ""},
        {SHEETS "d/" ID "/gviz/tq?tqx=out:csv", ""},
        {SHEETS "d/e/" PUB "/pub?output=csv", ""},
        {SHEETS "d/e/" PUB "/pub?gid=1&output=tsv", ""},
        {SHEETS "d/e/" PUB, ""},
        {SHEETS "d/e/" PUB "/edit", ""},
        {SHEETS "d/e", ""},
        {SHEETS "d/", ""},
        {SHEETS "d", ""},
        {SHEETS, ""},
        {SHEETS "d//edit", ""},
        {SHEETS "d/" ID "/edit/more", ""},
        {SHEETS "d/" ID "/Edit", ""},
        {SHEETS "d/" ID "%2Fx/edit", ""},
        {SHEETS "u/x/d/" ID "/edit", ""},
        {SHEETS "u/d/" ID "/edit", ""},
        {"https://docs.google.com/document/d/" ID "/edit", ""},
        {"https://docs.google.com/forms/d/" ID "/edit", ""},
        {"https://docs.google.com//spreadsheets/d/" ID "/edit", ""},
        {"https://docs.google.com", ""},
        {"https://docs.google.com?/spreadsheets/d/" ID, ""},
    };

    (void)state;
    check_forms(forms, COUNT(forms));
}

static void test_drive(void **state)
{
    static const struct form forms[] = {
        {"https://drive.google.com/file/d/" ID "/view?usp=sharing", DRIVE "&confirm=t"},
        {"https://drive.google.com/file/d/" ID "/view", DRIVE "&confirm=t"},
        {"https://drive.google.com/file/d/" ID "/edit", DRIVE "&confirm=t"},
        {"https://drive.google.com/file/d/" ID "/preview#x", DRIVE "&confirm=t"},
        {"https://drive.google.com/file/d/" ID, DRIVE "&confirm=t"},
        {"https://drive.google.com/file/u/1/d/" ID "/view", DRIVE "&confirm=t"},
        {"https://drive.google.com/open?id=" ID, DRIVE "&confirm=t"},
        {"https://drive.google.com/open?usp=drive_copy&id=" ID, DRIVE "&confirm=t"},
        {"https://drive.google.com/uc?id=" ID, DRIVE "&confirm=t"},
        {"https://drive.google.com/u/0/uc?id=" ID "&export=download", DRIVE "&confirm=t"},
        {"https://drive.google.com/file/d/" ID "/view?usp=sharing&resourcekey=0-k",
         DRIVE "&resourcekey=0-k&confirm=t"},
        {"https://drive.google.com/drive/folders/" ID, ""},
        {"https://drive.google.com/open", ""},
        {"https://drive.google.com/open?id=", ""},
        {"https://drive.google.com/open?id=a%26b", ""},
        {"https://drive.google.com/open?x=1#id=" ID, ""},
        {"https://drive.google.com/open/x?id=" ID, ""},
        {"https://drive.google.com/file/d/", ""},
        {"https://drive.google.com/file/" ID "/view", ""},
        {"https://drive.google.com/file/d/" ID "/view/x", ""},
        {"https://drive.google.com/file/d/" ID "/copy", ""},
        {"https://drive.usercontent.google.com/download?id=" ID, ""},
    };

    (void)state;
    check_forms(forms, COUNT(forms));
}

static void test_others(void **state)
{
    static const struct form forms[] = {
        {POINT "?e=kNrp5D", POINT "?e=kNrp5D&download=1"},
        {POINT, POINT "?download=1"},
        {POINT "?", POINT "?download=1"},
        {POINT "?e=k&download=0", POINT "?e=k&download=1"},
        {POINT "?d=w8&csf=1&web=1&e=k#x", POINT "?d=w8&csf=1&e=k&download=1"},
        {"http://Acme-My.SharePoint.com/:u:/g/personal/a_b/EYKh?e=1",
         "https://Acme-My.SharePoint.com/:u:/g/personal/a_b/EYKh?e=1&download=1"},
        {"https://acme.sharepoint.com/:t:/r/sites/a/b%20c.csv?e=1",
         "https://acme.sharepoint.com/:t:/r/sites/a/b%20c.csv?e=1&download=1"},
        {POINT "?e=k&download=1", ""},
        {"https://acme.sharepoint.com/:f:/s/team/EsCY?e=1", ""},
        {"https://acme.sharepoint.com/:w:/s/team/EsCY?e=1", ""},
        {"https://acme.sharepoint.com/:x:/r/sites/a/_layouts/15/Doc.aspx?sourcedoc=%7B1%7D", ""},
        {"https://acme.sharepoint.com/:x:/s", ""},
        {"https://acme.sharepoint.com/:x:/s/", ""},
        {"https://acme.sharepoint.com/:x:", ""},
        {"https://acme.sharepoint.com/sites/a/b.csv", ""},
        {"https://a.b.sharepoint.com/:x:/s/team/EsCY", ""},
        {"https://sharepoint.com/:x:/s/team/EsCY", ""},
        {"https://.sharepoint.com/:x:/s/team/EsCY", ""},
        {"https://acme.sharepoint.com.example/:x:/s/team/EsCY", ""},

        {"https://www.dropbox.com/s/a1b2/x.csv?dl=0", "https://www.dropbox.com/s/a1b2/x.csv?dl=1"},
        {"https://www.dropbox.com/s/a1b2/x.csv", "https://www.dropbox.com/s/a1b2/x.csv?dl=1"},
        {"https://www.dropbox.com/scl/fi/a1/x.xlsx?rlkey=k1&st=s&dl=0",
         "https://www.dropbox.com/scl/fi/a1/x.xlsx?rlkey=k1&st=s&dl=1"},
        {"https://dropbox.com/scl/fi/a1/x.xlsx?dl=0&rlkey=k1",
         "https://dropbox.com/scl/fi/a1/x.xlsx?rlkey=k1&dl=1"},
        {"https://www.dropbox.com/scl/fi/a1/x.xlsx?rlkey=k1&raw=0",
         "https://www.dropbox.com/scl/fi/a1/x.xlsx?rlkey=k1&dl=1"},
        {"https://www.dropbox.com/s/a1b2/x.csv?dl=1", ""},
        {"https://www.dropbox.com/s/a1b2/x.csv?raw=1", ""},
        {"https://www.dropbox.com/sh/a1b2/folder?dl=0", ""},
        {"https://www.dropbox.com/scl/fo/a1/folder?rlkey=k&dl=0", ""},
        {"https://www.dropbox.com/s/", ""},
        {"https://www.dropbox.com/s", ""},
        {"https://www.dropbox.com/home", ""},
        {"https://dl.dropboxusercontent.com/s/a1b2/x.csv", ""},

        {"https://1drv.ms/x/s!AkCh-QtrC8VfZl1", ""},
        {"https://onedrive.live.com/edit?resid=A!1&authkey=!B", ""},
    };

    (void)state;
    check_forms(forms, COUNT(forms));
}

/* Somebody else's host, another port, a user: what is asked for must be what was meant. */
static void test_hosts(void **state)
{
#define PATH "/spreadsheets/d/" ID "/edit"
#define WANT SHEETS "d/" ID "/export?format=xlsx"
    static const struct form forms[] = {
        {"http://docs.google.com" PATH, WANT},
        {"HTTPS://DOCS.Google.COM" PATH, WANT},
        {"https://docs.google.com:443" PATH, WANT},
        {"https://docs.google.com:" PATH, WANT},
        {"http://docs.google.com:80" PATH, WANT},
        {"http://docs.google.com:443" PATH, ""},
        {"https://docs.google.com:80" PATH, ""},
        {"https://docs.google.com:8443" PATH, ""},
        {"https://docs.google.com.evil.example" PATH, ""},
        {"https://evil-docs.google.com" PATH, ""},
        {"https://xdocs.google.com" PATH, ""},
        {"https://docs.google.co" PATH, ""},
        {"https://docs.google.com." PATH, ""},
        {"https://docs.google.com@evil.example" PATH, ""},
        {"https://docs.google.com:443@evil.example" PATH, ""},
        {"https://me@docs.google.com" PATH, ""},
        {"https://me:secret@docs.google.com" PATH, ""},
        {"https://evil.example/docs.google.com" PATH, ""},
        {"https://evil.example\\docs.google.com" PATH, ""},
        {"https://docs.google.com\\" PATH, ""},
        {"https://evil.example?https://docs.google.com" PATH, ""},
        {"https://evil.example#https://docs.google.com" PATH, ""},
        {"docs.google.com" PATH, ""},
        {"https:/docs.google.com" PATH, ""},
        {"https://" PATH, ""},
        {"sftp://docs.google.com" PATH, ""},
        {"file://docs.google.com" PATH, ""},
        {" https://docs.google.com" PATH, ""},
        {"https://", ""},
        {"", ""},
    };

    (void)state;
    check_forms(forms, COUNT(forms));
}

/* Also where the address stays as it is. */
static void test_advice(void **state)
{
    static const struct {
        const char *url, *says; /* NULL: nothing */
    } cases[] = {
        {SHEETS "d/" ID "/edit", "(File, Download)"},
        {SHEETS "d/" ID "/export?format=csv", "Anyone with the link"},
        {"https://drive.google.com/drive/folders/" ID, "of a Google Sheet"},
        {"https://acme.sharepoint.com/sites/a/b.csv", "your organization"},
        {"https://dropbox.com/s/a/b", "Anyone with the link"},
        {"https://1drv.ms/x/s!Ak", "choose Download there"},
        {"https://onedrive.live.com/redir?resid=1", "choose Download there"},
        {"https://docs.google.com.evil.example/spreadsheets/d/" ID, NULL},
        {"https://files.example/x", NULL},
        {"sftp://docs.google.com/x", NULL},
    };
    struct sharelink l;

    (void)state;
    sharelink_init(&l);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *advice;

        sharelink_read(&l, cases[i].url, false);
        advice = l.advice ? l.advice : "nothing";
        if (!cases[i].says)
            assert_string_equal(advice, "nothing");
        else
            assert_says(advice, cases[i].says);
    }
    sharelink_release(&l);
}

/* What the address gives is said; and nothing is left of the URL before. */
static void test_gives(void **state)
{
    static const struct {
        const char *url, *gives;
    } cases[] = {
        {SHEETS "d/" ID "/edit", "the whole workbook, as .xlsx"},
        {SHEETS "d/" ID "/edit#gid=0", "the sheet that the link names, as CSV"},
        {SHEETS "d/e/" PUB "/pubhtml", "its first sheet, as CSV"},
        {SHEETS "d/e/" PUB "/pubhtml?gid=1", "the sheet that the link names, as CSV"},
        {POINT, "the file itself"},
    };
    struct sharelink l;

    (void)state;
    sharelink_init(&l);
    for (size_t i = 0; i < COUNT(cases); i++) {
        sharelink_read(&l, cases[i].url, false);
        assert_string_equal(l.gives, cases[i].gives);
    }
    sharelink_read(&l, "https://files.example/x", false);
    assert_string_equal(l.address.ptr, "");
    assert_null(l.gives);
    assert_null(l.advice);
    sharelink_release(&l);
}

/* Who names a sheet needs all of them. */
static void test_whole(void **state)
{
    static const struct form forms[] = {
        {SHEETS "d/" ID "/edit?gid=7#gid=7", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/" ID "/edit", SHEETS "d/" ID "/export?format=xlsx"},
        {SHEETS "d/e/" PUB "/pubhtml?gid=1&single=true", SHEETS "d/e/" PUB "/pub?output=xlsx"},
        {POINT "?e=a", POINT "?e=a&download=1"},
    };
    struct sharelink l;

    (void)state;
    sharelink_init(&l);
    for (size_t i = 0; i < COUNT(forms); i++) {
        sharelink_read(&l, forms[i].url, true);
        assert_string_equal(l.address.ptr, forms[i].want);
    }
    sharelink_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sheets), cmocka_unit_test(test_drive),  cmocka_unit_test(test_others),
        cmocka_unit_test(test_hosts),  cmocka_unit_test(test_advice), cmocka_unit_test(test_gives),
        cmocka_unit_test(test_whole),
    };

    return cmocka_run_group_tests_name("sharelink", tests, NULL, NULL);
}
