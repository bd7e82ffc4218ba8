/*
 * nearness: measures how near a header comes to a preset that it does not fit.
 *
 * It counts twice: by all columns that the preset knows, and by those that each of its headers has, for an export may
 * lack either.  Words that stand in everybody's tables count for nothing.
 */
#include "policy/nearness.h"

#include "policy/added.h"
#include "policy/filter.h"

#include <string.h>

#define KNOWN_MAX 128 /* columns; in a wider header those of a preset are never half of them */
#define PERCENT_HALF 50u
#define PERCENT_MOST 75u

/* In lower case, letters and digits only: what stands in everybody's tables. */
static const char *const common_names[] = {
    "abgeschlossen",
    "action",
    "address",
    "address1",
    "adressedemessagerie",
    "adresseemail",
    "adressemail",
    "age",
    "amount",
    "amountpaid",
    "anwesend",
    "apellido",
    "apellidos",
    "approvalstatus",
    "asistencia",
    "asistió",
    "attendance",
    "attendanceduration",
    "attended",
    "attendeeemail",
    "attendeename",
    "balance",
    "beendet",
    "begonnen",
    "bestellnummer",
    "betrag",
    "bewertung",
    "birthday",
    "category",
    "certificate",
    "checkedin",
    "choice",
    "city",
    "code",
    "comment",
    "comments",
    "company",
    "completado",
    "completed",
    "completedat",
    "completiondate",
    "connectiontype",
    "contactid",
    "correo",
    "correoelectrónico",
    "count",
    "country",
    "courriel",
    "cours",
    "course",
    "courseid",
    "coursename",
    "coursetitle",
    "coursetotal",
    "created",
    "createdat",
    "createdate",
    "currency",
    "curso",
    "customerid",
    "data",
    "date",
    "datecompleted",
    "dateenrolled",
    "datum",
    "dauer",
    "department",
    "description",
    "discord",
    "discount",
    "displayname",
    "duration",
    "durée",
    "email",
    "emailaddress",
    "emailadresse",
    "enddate",
    "endtime",
    "enrolled",
    "ergebnis",
    "estado",
    "event",
    "eventname",
    "externalid",
    "fecha",
    "fee",
    "finalgrade",
    "finalscore",
    "finished",
    "firma",
    "firstname",
    "fullname",
    "gender",
    "grade",
    "gross",
    "group",
    "groupe",
    "gruppe",
    "guest",
    "horodateur",
    "id",
    "idnumber",
    "importe",
    "institution",
    "ipaddress",
    "joindate",
    "jointime",
    "kurs",
    "land",
    "language",
    "lastaccess",
    "lastdownloadedfromthiscourse",
    "lastlogin",
    "lastname",
    "lastseen",
    "learneremail",
    "leavetime",
    "location",
    "login",
    "marcatemporal",
    "memberid",
    "menge",
    "mode",
    "modified",
    "montant",
    "nachname",
    "name",
    "net",
    "nickname",
    "nom",
    "nombre",
    "nota",
    "note",
    "notes",
    "order",
    "orderdate",
    "orderid",
    "ordernumber",
    "orderstatus",
    "organization",
    "ort",
    "owner",
    "paid",
    "passed",
    "pays",
    "país",
    "phone",
    "phonenumber",
    "points",
    "pontuação",
    "postalcode",
    "precio",
    "preis",
    "price",
    "prix",
    "product",
    "progress",
    "prénom",
    "présent",
    "punkte",
    "punktzahl",
    "puntuación",
    "quantity",
    "recordid",
    "refunded",
    "registeredat",
    "registrationdate",
    "registrationtime",
    "responseid",
    "result",
    "role",
    "rolle",
    "rsvp",
    "rôle",
    "score",
    "section",
    "sobrenome",
    "source",
    "startdate",
    "starttime",
    "state",
    "status",
    "statut",
    "student",
    "studentemail",
    "studentid",
    "submissiontime",
    "submittedat",
    "surname",
    "tags",
    "tax",
    "team",
    "teilgenommen",
    "telefon",
    "teléfono",
    "terminé",
    "ticket",
    "tickettype",
    "tier",
    "time",
    "timestamp",
    "timezone",
    "titel",
    "title",
    "total",
    "totalpoints",
    "transactionid",
    "typ",
    "type",
    "téléphone",
    "university",
    "updatedat",
    "useremail",
    "userfirstname",
    "userid",
    "userlastname",
    "username",
    "valor",
    "vorname",
    "wallet",
    "walletaddress",
    "website",
    "zeit",
    "zeitstempel",
    "zip",
};

/* "Order #" is not Order, and "% Score" no Score, though columns are found so. */
static bool is_common(struct slice name)
{
    if (memchr(name.ptr, '#', name.len) || memchr(name.ptr, '%', name.len))
        return false;
    for (size_t i = 0; i < sizeof(common_names) / sizeof(common_names[0]); i++) {
        const struct slice common = slice_of(common_names[i]);
        const struct columns one = {.names = &common, .n = 1, .origin = ""};
        size_t first = 0;
        if (columns_count(&one, name, &first) > 0)
            return true;
    }
    return false;
}

/* ---- what a header has of it ---- */

/* Columns of a header, each counted once whatever they are known as. */
struct seen {
    const struct columns *header;
    bool known[KNOWN_MAX], telling[KNOWN_MAX];
};

static void see(struct seen *s, const struct preset_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        size_t first = 0;
        if (columns_count(s->header, slice_of(names->names[i]), &first) == 0)
            continue;
        s->known[first] = true;
        s->telling[first] |= !is_common(s->header->names[first]);
    }
}

/* Recipients' names tell nothing of a platform. */
static void see_people(struct seen *s, const struct preset *p)
{
    for (size_t i = 0; i < s->header->n; i++)
        s->known[i] |= columns_is_usual(s->header->names[i]);
    for (int kind = 0; kind < IDENTITY_KINDS; kind++) {
        size_t column = preset_column(&p->recipient[kind], s->header);
        if (column != COLUMNS_NONE)
            s->known[column] = true;
    }
}

static void see_all(struct seen *s, const struct preset *p)
{
    const struct preset_names *const lists[] = {&p->also, &p->trigger, &p->completed, &p->date,
                                                &p->fill_down};
    for (size_t i = 0; i < p->n_header; i++)
        see(s, &p->header[i]);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        see(s, lists[i]);
    see_people(s, p);
}

static size_t count(const struct seen *s, const bool *of)
{
    size_t n = 0;
    for (size_t i = 0; i < s->header->n; i++)
        n += of[i];
    return n;
}

static size_t filled(const struct columns *header)
{
    size_t n = 0;
    for (size_t i = 0; i < header->n; i++)
        n += slice_trim(header->names[i]).len > 0;
    return n;
}

/* By all columns that the preset knows, whether its headers must have them or not: how many of the telling ones,
 * or 0. */
static size_t nearness_by_all(const struct preset *p, const struct columns *header)
{
    struct columns own = *header; /* of a results CSV without what was added */
    struct seen s = {.header = &own};
    own.n = added_at(header);
    if (own.n > KNOWN_MAX)
        return 0;
    see_all(&s, p);
    size_t known = 100 * count(&s, s.known), of = filled(&own);
    size_t telling = count(&s, s.telling) + (p->like.n > 0 && preset_has_like(p, &own) ? 2 : 0);
    size_t tested = preset_column(&p->completed, &own);
    if (telling >= 2 && known >= PERCENT_HALF * of)
        return telling;
    bool few = of < 3 && (tested == COLUMNS_NONE || !s.telling[tested]);
    return tested != COLUMNS_NONE && !few && known >= PERCENT_MOST * of ? telling : 0;
}

static bool is_telling(const struct columns *header, const struct preset_names *names)
{
    size_t first = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (columns_count(header, slice_of(names->names[i]), &first) > 0)
            return !is_common(header->names[first]);
    }
    return false;
}

/* By those that each of its headers has. */
static size_t nearness_by_header(const struct preset *p, const struct columns *header)
{
    size_t there = 0, telling = p->like.n > 0 && preset_has_like(p, header) ? 2 : 0;
    for (size_t i = 0; i < p->n_header; i++) {
        there += preset_has(header, &p->header[i]);
        telling += is_telling(header, &p->header[i]);
    }
    return telling >= 2 && there >= 2 * (p->n_header - there) ? there : 0;
}

size_t nearness_of(const struct preset *p, const struct columns *header)
{
    bool fits = preset_fits(p, header) && preset_stands_alone(p, header);
    if (p->by_name_only || fits)
        return 0;
    size_t near = nearness_by_header(p, header), all = nearness_by_all(p, header);
    if (preset_has_within(header, &p->hints))
        near++;
    return near > all ? near : all;
}

/* ---- what it lacks ---- */

static void put_missing(const struct preset *p, struct slice name, struct text *out)
{
    static const char *const aliases[] = {"@trigger", "@completed", "@date"};
    const struct preset_names *const names[] = {&p->trigger, &p->completed, &p->date};
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (slice_equal(name, slice_of(aliases[i])) && names[i]->n > 0) {
            preset_put_names(names[i], out);
            return;
        }
    }
    text_puts(out, "\"");
    text_append(out, name.ptr, name.len);
    text_puts(out, "\"");
}

/* The columns, and those that the preset has another name for. */
static struct columns with_aliases(const struct preset *p, const struct columns *header,
                                   struct columns_alias aliases[3])
{
    const char *const as[] = {"@trigger", "@completed", "@date"};
    const struct preset_names *const names[] = {&p->trigger, &p->completed, &p->date};
    struct columns c = *header;
    c.aliases = aliases;
    c.n_aliases = 0;
    for (size_t i = 0; i < sizeof(as) / sizeof(as[0]); i++) {
        size_t column = preset_column(names[i], header);
        if (column != COLUMNS_NONE)
            aliases[c.n_aliases++] = (struct columns_alias){as[i], column};
    }
    return c;
}

static bool lacks(const struct preset *p, const struct columns *columns, const char *where,
                  struct text *out)
{
    const struct filter_options o = {p->date_order, p->decimal_mark, p->group != NULL};
    const struct filter_text text = {where, p->name};
    struct text name;
    text_init(&name);
    bool is = filter_misses(&text, columns, &o, &name);
    if (is && text_ok(&name))
        put_missing(p, (struct slice){name.ptr, name.len}, out);
    text_release(&name);
    return is;
}

bool nearness_lacks_test(const struct preset *p, const struct columns *header, struct text *out)
{
    struct columns_alias aliases[3];
    const struct columns columns = with_aliases(p, header, aliases);
    if (p->where && lacks(p, &columns, p->where, out))
        return true;
    for (size_t i = 0; i < p->n_drops; i++) {
        const struct preset_drop *drop = &p->drops[i];
        bool is_asked = drop->with.n == 0 || preset_has(header, &drop->with);
        if (is_asked && lacks(p, &columns, drop->where, out))
            return true;
    }
    return false;
}

bool nearness_lacks_group(const struct preset *p, const struct columns *header)
{
    size_t first = 0;
    return p->group && columns_count(header, slice_of(p->group), &first) != 1;
}

bool nearness_lacks_people(const struct preset *p, const struct columns *header)
{
    for (int kind = 0; kind < IDENTITY_KINDS; kind++) {
        if (preset_column(&p->recipient[kind], header) != COLUMNS_NONE ||
            columns_recipients(header, (enum identity_kind)kind) > 0)
            return false;
    }
    return true;
}
