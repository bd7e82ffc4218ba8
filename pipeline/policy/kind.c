/*
 * kind: tells a name from a value and an account, by the looks of one cell.
 *
 * Ids of letters alone are names here, for nothing tells them from words.
 */
#include "policy/kind.h"

#include "policy/cell.h"
#include "policy/identity.h"
#include "policy/quantity.h"
#include "policy/when.h"

#include <stdlib.h>
#include <string.h>

#define TITLE_MAX 24u /* bytes of the longest title, with its NUL */

static bool is_account(struct slice value)
{
    char out[IDENTITY_VALUE_MAX];
    return !identity_read(IDENTITY_EMAIL, value, out) ||
           !identity_read(IDENTITY_ADDRESS, value, out);
}

/* Digits, and no letter among them: also phone numbers, times, and numbers too long to be read. */
static bool is_digits(struct slice value)
{
    bool digits = false;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c >= 0x80 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
            return false;
        digits = digits || (c >= '0' && c <= '9');
    }
    return digits;
}

enum kind kind_of(struct slice cell)
{
    struct slice value = cell_value(cell);
    struct quantity q;
    struct when w;
    if (cell_is_nobody(value))
        return KIND_NOTHING;
    if (is_account(value))
        return KIND_ACCOUNT;
    if (is_digits(value) || cell_is_shortened(value) ||
        quantity_read(value, 0, &q) != QUANTITY_NONE ||
        when_read(value, WHEN_ORDER_UNSAID, &w) != WHEN_NONE)
        return KIND_VALUE;
    return KIND_NAME;
}

size_t kind_count(const struct slice *cells, size_t n, enum kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += kind_of(cells[i]) == kind;
    return count;
}

/* ---- Titles ---- */

/* In the order of strcmp.  Not so words that are values as well: Email and Phone (the preferred contact),
 * Completed and Attended (the status), Total (a last row). */
static const char *const titles[] = {
    "addressline1",
    "addressline2",
    "age",
    "amount",
    "anzahl",
    "apellido",
    "apellidos",
    "attempts",
    "attendance",
    "badge",
    "balance",
    "bemerkung",
    "benutzername",
    "birthdate",
    "birthday",
    "category",
    "citta",
    "city",
    "ciudad",
    "class",
    "code",
    "cognome",
    "cohort",
    "comment",
    "comments",
    "company",
    "companyname",
    "completedat",
    "completeddate",
    "completedon",
    "completiondate",
    "completiontime",
    "corso",
    "cost",
    "country",
    "county",
    "cours",
    "course",
    "coursecode",
    "courseid",
    "coursename",
    "coursetitle",
    "createdat",
    "currency",
    "curso",
    "date",
    "dateofbirth",
    "datetime",
    "datum",
    "department",
    "description",
    "displayname",
    "duration",
    "end",
    "enddate",
    "endtime",
    "eventid",
    "eventname",
    "familienname",
    "familyname",
    "fecha",
    "field",
    "finalgrade",
    "finalscore",
    "firstname",
    "fullname",
    "gender",
    "givenname",
    "grade",
    "group",
    "groupe",
    "groups",
    "grupo",
    "gruppe",
    "gruppo",
    "institution",
    "item",
    "jobtitle",
    "jointime",
    "key",
    "klasse",
    "kurs",
    "land",
    "language",
    "lastname",
    "leavetime",
    "lesson",
    "mark",
    "marks",
    "middlename",
    "mobilenumber",
    "module",
    "nachname",
    "name",
    "nickname",
    "nom",
    "nombre",
    "notes",
    "orderdate",
    "orderid",
    "ordernumber",
    "organisation",
    "organization",
    "organizationname",
    "ort",
    "pais",
    "pays",
    "percent",
    "percentage",
    "phonenumber",
    "phonenumbers",
    "plz",
    "points",
    "position",
    "postalcode",
    "postcode",
    "preis",
    "prenom",
    "price",
    "product",
    "productid",
    "productname",
    "progress",
    "province",
    "punkte",
    "puntos",
    "qty",
    "quantity",
    "rank",
    "rating",
    "recordeddate",
    "region",
    "registeredat",
    "registrationdate",
    "registrationtime",
    "remarks",
    "responseid",
    "responsetype",
    "result",
    "role",
    "score",
    "scores",
    "section",
    "sku",
    "source",
    "stadt",
    "start",
    "startdate",
    "startedat",
    "starttime",
    "state",
    "status",
    "strasse",
    "street",
    "submissiondate",
    "submittedat",
    "surname",
    "tags",
    "team",
    "telefon",
    "telefonnummer",
    "ticketid",
    "ticketname",
    "ticketnumber",
    "tickettype",
    "time",
    "timestamp",
    "totalcost",
    "totalscore",
    "town",
    "type",
    "uhrzeit",
    "unitcost",
    "unitprice",
    "updatedat",
    "url",
    "uuid",
    "value",
    "ville",
    "vorname",
    "website",
    "zip",
    "zipcode",
};

static int by_text(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

/* Letters and digits of ASCII in lower case, or false: it has too many, or others. */
static bool fold(struct slice name, char out[TITLE_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (c >= 0x80 || n + 1 == TITLE_MAX)
            return false;
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = (char)(upper ? c - 'A' + 'a' : c);
    }
    out[n] = '\0';
    return true;
}

bool kind_is_title(struct slice name)
{
    char folded[TITLE_MAX];
    return fold(slice_trim(name), folded) &&
           bsearch(folded, titles, sizeof(titles) / sizeof(titles[0]), sizeof(titles[0]),
                   by_text) != NULL;
}
