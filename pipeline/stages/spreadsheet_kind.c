/*
 * spreadsheet_kind: first bytes -> parts -> what these say of themselves.
 *
 * What is no workbook, but looks like one to whoever has it, is told what it is, for "no CSV" would not help.
 */
#include "spreadsheet_internal.h"

#include "adapters/members.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE 512
#define LOCAL_NAME_AT 30 /* of a ZIP: its first member's name; its length is at 26 */
#define OLE_LOOKED_MAX ((int64_t)16 << 20)
#define OLE_PIECE ((size_t)64 << 10)
#define OLE_WORD_MAX 64u

#define WITH_PASSWORD_EXCEL                                                                        \
    "is protected with a password: open it, take the password off (File, Info, Protect Workbook, " \
    "Encrypt with Password) and save it again"
#define WITH_PASSWORD_ODS                                                                          \
    "is protected with a password: open it, and save it without one (File, Save As, without "      \
    "\"Save with password\")"
#define CUT_OFF "is cut off or damaged: download or copy it again"

static enum spreadsheet_kind fault(const char *name, const char *what, struct err *e)
{
    err_set(e, EXIT_INPUT, "%s: %s", name, what);
    return SPREADSHEET_FAULT;
}

static ssize_t read_at(int fd, void *buf, size_t size, int64_t at)
{
    ssize_t n;

    do
        n = pread(fd, buf, size, at);
    while (n < 0 && errno == EINTR);
    return n;
}

/* ---- OLE2, in which Office packs what is encrypted, and packed everything before 2007 ---- */

enum ole_word { ENCRYPTED, BOOK_8, BOOK_5, WORD, SLIDES, OLE_WORDS };
static const char *const ole_words[OLE_WORDS] = {"EncryptedPackage", "Workbook", "Book",
                                                 "WordDocument", "PowerPoint Document"};

/* Names of streams are UTF-16LE, and end with NUL. */
static void look_for_words(const char *bytes, size_t len, bool found[OLE_WORDS])
{
    for (size_t i = 0; i < OLE_WORDS; i++) {
        char wide[OLE_WORD_MAX] = {0};
        size_t n = strlen(ole_words[i]);
        for (size_t k = 0; k < n; k++)
            wide[2 * k] = ole_words[i][k];
        found[i] = found[i] || memmem(bytes, len, wide, 2 * n + 2) != NULL;
    }
}

static enum spreadsheet_kind tell_ole(int fd, const char *name, struct err *e)
{
    char piece[OLE_PIECE + OLE_WORD_MAX];
    bool found[OLE_WORDS] = {false};
    size_t kept = 0; /* of the piece before, for a word that lies on both */
    ssize_t n = 0;

    for (int64_t at = 0; at < OLE_LOOKED_MAX; at += n) {
        n = read_at(fd, piece + kept, OLE_PIECE, at);
        if (n <= 0)
            break;
        size_t len = kept + (size_t)n;
        look_for_words(piece, len, found);
        kept = len < OLE_WORD_MAX ? len : OLE_WORD_MAX;
        memmove(piece, piece + len - kept, kept);
    }
    if (found[ENCRYPTED])
        return fault(name, WITH_PASSWORD_EXCEL, e);
    if (!found[BOOK_8] && !found[BOOK_5] && found[WORD])
        return fault(name,
                     "is an old Word document (.doc): open it and save its table as .xlsx or as "
                     "CSV",
                     e);
    if (!found[BOOK_8] && !found[BOOK_5] && found[SLIDES])
        return fault(name, "is an old presentation (.ppt): give a table, as .xlsx or as CSV", e);
    return fault(name, "is an old Excel workbook (.xls): open it and save it as .xlsx or as CSV",
                 e);
}

/* ---- Office Open XML ---- */

struct root {
    char name[32];
};

static int root_start(void *context, const char *name, const char *const *attributes)
{
    struct root *r = context;

    (void)attributes;
    snprintf(r->name, sizeof(r->name), "%s", name);
    return XML_ENOUGH;
}

static int nothing_end(void *context, const char *name)
{
    (void)context, (void)name;
    return 0;
}

static enum spreadsheet_kind tell_main_part(const struct spreadsheet_parts *p, const char *part,
                                            struct err *e)
{
    static const struct xml_events events = {root_start, nothing_end, NULL};
    struct root root = {""};

    if (slice_ends(slice_of(part), ".bin"))
        return fault(p->name,
                     "is a binary Excel workbook (.xlsb): open it and save it as .xlsx or as CSV",
                     e);
    if (spreadsheet_xml_all(p, part, &events, &root, e) < 0)
        return SPREADSHEET_FAULT;
    if (strcmp(root.name, "workbook") == 0)
        return SPREADSHEET_XLSX;
    if (strcmp(root.name, "document") == 0)
        return fault(p->name, "is a Word document: open it and save its table as .xlsx or as CSV",
                     e);
    if (strcmp(root.name, "presentation") == 0)
        return fault(p->name, "is a presentation: give a table, as .xlsx or as CSV", e);
    return SPREADSHEET_NONE;
}

static enum spreadsheet_kind tell_ooxml(const struct spreadsheet_parts *p, struct err *e)
{
    const char *part = NULL;

    /* other things are packed so as well, as packages of programs */
    if (!spreadsheet_parts_find(p, "_rels/.rels") &&
        !spreadsheet_parts_find(p, "xl/workbook.xml") &&
        !spreadsheet_parts_find(p, "xl/workbook.bin"))
        return SPREADSHEET_NONE;
    if (spreadsheet_main_part(p, &part, e) < 0)
        return SPREADSHEET_FAULT;
    if (part)
        return tell_main_part(p, part, e);
    if (spreadsheet_parts_find(p, "xl/workbook.xml"))
        return fault(p->name, "names no workbook in its _rels/.rels: save it again", e);
    return SPREADSHEET_NONE;
}

/* ---- OpenDocument ---- */

#define ODF "application/vnd.oasis.opendocument."

enum manifest_place { MANIFEST = 1, ENTRY, ENCRYPTION };
static const struct spreadsheet_rule manifest_rules[] = {
    {0, "manifest", MANIFEST},
    {MANIFEST, "file-entry", ENTRY},
    {ENTRY, "encryption-data", ENCRYPTION},
    {0, NULL, 0},
};
enum body_place { CONTENT = 1, BODY, SPREADSHEET };
static const struct spreadsheet_rule body_rules[] = {
    {0, "document-content", CONTENT},
    {CONTENT, "body", BODY},
    {BODY, "spreadsheet", SPREADSHEET},
    {0, NULL, 0},
};

/* Looks for a place, and has enough when it is there. */
struct looking {
    struct spreadsheet_way way;
    unsigned char wanted;
};

static int looking_start(void *context, const char *name, const char *const *attributes)
{
    struct looking *l = context;

    (void)attributes;
    return spreadsheet_enter(&l->way, name) == l->wanted ? XML_ENOUGH : 0;
}

static int looking_end(void *context, const char *name)
{
    struct looking *l = context;

    (void)name;
    spreadsheet_leave(&l->way);
    return 0;
}

/* XML_ENOUGH: it has it. */
static int look(const struct spreadsheet_parts *p, const char *part,
                const struct spreadsheet_rule *rules, unsigned char wanted, struct err *e)
{
    static const struct xml_events events = {looking_start, looking_end, NULL};
    struct looking l = {.way = {.rules = rules}, .wanted = wanted};

    return spreadsheet_xml_all(p, part, &events, &l, e);
}

static enum spreadsheet_kind tell_ods(const struct spreadsheet_parts *p, struct err *e)
{
    int rc = 0;

    if (spreadsheet_parts_find(p, "META-INF/manifest.xml"))
        rc = look(p, "META-INF/manifest.xml", manifest_rules, ENCRYPTION, e);
    if (rc == XML_ENOUGH)
        return fault(p->name, WITH_PASSWORD_ODS, e);
    return rc < 0 ? SPREADSHEET_FAULT : SPREADSHEET_ODS;
}

static enum spreadsheet_kind tell_odf(const struct spreadsheet_parts *p, struct slice type,
                                      struct err *e)
{
    if (slice_is(type, ODF "spreadsheet") || slice_is(type, ODF "spreadsheet-template"))
        return tell_ods(p, e);
    if (slice_begins(type, ODF "text"))
        return fault(p->name,
                     "is a text document (.odt): open it and save its table as .ods, .xlsx or CSV",
                     e);
    if (slice_begins(type, ODF "presentation"))
        return fault(p->name, "is a presentation (.odp): give a table, as .ods, .xlsx or CSV", e);
    return fault(p->name, "is an OpenDocument file without a table: give one as .ods, .xlsx or CSV",
                 e);
}

static enum spreadsheet_kind tell_by_content(const struct spreadsheet_parts *p, struct err *e)
{
    int rc = look(p, "content.xml", body_rules, SPREADSHEET, e);

    if (rc == XML_ENOUGH)
        return tell_ods(p, e);
    /* somebody else's content.xml */
    if (rc < 0 && e->code == EXIT_INPUT)
        *e = (struct err)ERR_INIT;
    return e->code == EXIT_DONE ? SPREADSHEET_NONE : SPREADSHEET_FAULT;
}

/* ---- a ZIP ---- */

static bool is_apple(const struct spreadsheet_parts *p)
{
    return spreadsheet_parts_find(p, "Index/Document.iwa") ||
           spreadsheet_parts_find(p, "Index.zip") || spreadsheet_parts_find(p, "index.apxl");
}

static enum spreadsheet_kind tell_parts(const struct spreadsheet_parts *p, struct err *e)
{
    char type[128];
    ssize_t n = 0;

    /* Some writers leave the types out, which only tell what the relations tell as well. */
    if (spreadsheet_parts_find(p, "[Content_Types].xml") ||
        spreadsheet_parts_find(p, "xl/workbook.xml")) {
        enum spreadsheet_kind kind = tell_ooxml(p, e);
        if (kind != SPREADSHEET_NONE)
            return kind;
    }
    if (spreadsheet_parts_find(p, "mimetype")) {
        n = spreadsheet_parts_begin(p, "mimetype", type, sizeof(type), e);
        struct slice said = slice_trim((struct slice){type, n > 0 ? (size_t)n : 0});
        if (n < 0)
            return SPREADSHEET_FAULT;
        if (slice_begins(said, ODF))
            return tell_odf(p, said, e);
    } else if (spreadsheet_parts_find(p, "content.xml")) {
        return tell_by_content(p, e);
    }
    if (is_apple(p))
        return fault(p->name,
                     "is a file of Apple's Numbers, Pages or Keynote: open it and export its table "
                     "as Excel or CSV",
                     e);
    return SPREADSHEET_NONE;
}

/* Does its first member look like that of a workbook? */
static bool begins_as_workbook(const unsigned char *first, size_t len)
{
    static const char *const names[] = {"[Content_Types].xml", "mimetype", "_rels/", "xl/",
                                        "docProps/"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        size_t n = strlen(names[i]);
        if (len >= LOCAL_NAME_AT + n && memcmp(first + LOCAL_NAME_AT, names[i], n) == 0)
            return true;
    }
    return false;
}

static enum spreadsheet_kind tell_zip(int fd, const char *name, const unsigned char *first,
                                      size_t len, struct err *e)
{
    enum spreadsheet_kind kind = SPREADSHEET_NONE;
    struct spreadsheet_parts parts;
    struct err why = ERR_INIT;
    struct arena arena;

    arena_init(&arena);
    if (spreadsheet_parts_list(&parts, fd, name, &arena, &why) == 0)
        kind = tell_parts(&parts, &why);
    if (why.code != EXIT_DONE && why.code != EXIT_INPUT)
        kind = SPREADSHEET_FAULT;
    if (kind == SPREADSHEET_FAULT)
        err_set(e, why.code, "%s", why.text);
    else if (why.code == EXIT_INPUT && begins_as_workbook(first, len))
        kind = fault(name, CUT_OFF, e);
    spreadsheet_parts_release(&parts);
    arena_release(&arena);
    return kind;
}

enum spreadsheet_kind spreadsheet_kind(int fd, const char *name, struct err *e)
{
    static const unsigned char ole[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    unsigned char first[FIRST_SIZE];
    ssize_t n = read_at(fd, first, sizeof(first), 0);

    if (n < 0) {
        err_set(e, EXIT_INPUT,
                "%s: cannot be read: %s: run the same command again when this is mended", name,
                strerror(errno));
        return SPREADSHEET_FAULT;
    }
    if ((size_t)n >= sizeof(ole) && memcmp(first, ole, sizeof(ole)) == 0)
        return tell_ole(fd, name, e);
    if (members_kind((struct slice){(const char *)first, (size_t)n}) == MEMBERS_ZIP)
        return tell_zip(fd, name, first, (size_t)n, e);
    return SPREADSHEET_NONE;
}
