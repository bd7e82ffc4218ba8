/* zone: a table of names, and when summer time is. */
#include "policy/zone.h"

#include <string.h>

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_DAY (1440 * MS_PER_MINUTE)

static const struct {
    const char *name;
    struct zone zone;
} zones[] = {
    {"UTC", {0, ZONE_FIXED}},
    {"GMT", {0, ZONE_FIXED}},
    {"UCT", {0, ZONE_FIXED}},
    {"WET", {0, ZONE_FIXED}},
    {"WEST", {60, ZONE_FIXED}},
    {"BST", {60, ZONE_FIXED}},
    {"EST", {-300, ZONE_FIXED}},
    {"EDT", {-240, ZONE_FIXED}},
    {"CST", {-360, ZONE_FIXED}},
    {"CDT", {-300, ZONE_FIXED}},
    {"MST", {-420, ZONE_FIXED}},
    {"MDT", {-360, ZONE_FIXED}},
    {"PST", {-480, ZONE_FIXED}},
    {"PDT", {-420, ZONE_FIXED}},
    {"AKST", {-540, ZONE_FIXED}},
    {"AKDT", {-480, ZONE_FIXED}},
    {"HST", {-600, ZONE_FIXED}},
    {"AST", {-240, ZONE_FIXED}},
    {"ADT", {-180, ZONE_FIXED}},
    {"NST", {-210, ZONE_FIXED}},
    {"NDT", {-150, ZONE_FIXED}},
    {"CET", {60, ZONE_FIXED}},
    {"CEST", {120, ZONE_FIXED}},
    {"MEZ", {60, ZONE_FIXED}},
    {"MESZ", {120, ZONE_FIXED}},
    {"EET", {120, ZONE_FIXED}},
    {"EEST", {180, ZONE_FIXED}},
    {"MSK", {180, ZONE_FIXED}},
    {"TRT", {180, ZONE_FIXED}},
    {"IST", {330, ZONE_FIXED}},
    {"PKT", {300, ZONE_FIXED}},
    {"SGT", {480, ZONE_FIXED}},
    {"HKT", {480, ZONE_FIXED}},
    {"JST", {540, ZONE_FIXED}},
    {"KST", {540, ZONE_FIXED}},
    {"PHT", {480, ZONE_FIXED}},
    {"WIB", {420, ZONE_FIXED}},
    {"ICT", {420, ZONE_FIXED}},
    {"AEST", {600, ZONE_FIXED}},
    {"AEDT", {660, ZONE_FIXED}},
    {"ACST", {570, ZONE_FIXED}},
    {"ACDT", {630, ZONE_FIXED}},
    {"AWST", {480, ZONE_FIXED}},
    {"NZST", {720, ZONE_FIXED}},
    {"NZDT", {780, ZONE_FIXED}},
    {"SAST", {120, ZONE_FIXED}},
    {"WAT", {60, ZONE_FIXED}},
    {"EAT", {180, ZONE_FIXED}},
    {"CAT", {120, ZONE_FIXED}},
    {"BRT", {-180, ZONE_FIXED}},
    {"ART", {-180, ZONE_FIXED}},
    {"Coordinated Universal Time", {0, ZONE_FIXED}},
    {"Greenwich Mean Time", {0, ZONE_FIXED}},
    {"British Summer Time", {60, ZONE_FIXED}},
    {"Eastern Standard Time", {-300, ZONE_FIXED}},
    {"Eastern Daylight Time", {-240, ZONE_FIXED}},
    {"Central Standard Time", {-360, ZONE_FIXED}},
    {"Central Daylight Time", {-300, ZONE_FIXED}},
    {"Mountain Standard Time", {-420, ZONE_FIXED}},
    {"Mountain Daylight Time", {-360, ZONE_FIXED}},
    {"Pacific Standard Time", {-480, ZONE_FIXED}},
    {"Pacific Daylight Time", {-420, ZONE_FIXED}},
    {"Alaska Standard Time", {-540, ZONE_FIXED}},
    {"Alaska Daylight Time", {-480, ZONE_FIXED}},
    {"Hawaii Standard Time", {-600, ZONE_FIXED}},
    {"Atlantic Standard Time", {-240, ZONE_FIXED}},
    {"Atlantic Daylight Time", {-180, ZONE_FIXED}},
    {"Western European Standard Time", {0, ZONE_FIXED}},
    {"Western European Summer Time", {60, ZONE_FIXED}},
    {"Central European Standard Time", {60, ZONE_FIXED}},
    {"Central European Summer Time", {120, ZONE_FIXED}},
    {"Eastern European Standard Time", {120, ZONE_FIXED}},
    {"Eastern European Summer Time", {180, ZONE_FIXED}},
    {"Mitteleuropäische Zeit", {60, ZONE_FIXED}},
    {"Mitteleuropäische Normalzeit", {60, ZONE_FIXED}},
    {"Mitteleuropäische Sommerzeit", {120, ZONE_FIXED}},
    {"heure normale d’Europe centrale", {60, ZONE_FIXED}},
    {"heure d’été d’Europe centrale", {120, ZONE_FIXED}},
    {"Moscow Standard Time", {180, ZONE_FIXED}},
    {"India Standard Time", {330, ZONE_FIXED}},
    {"Indian Standard Time", {330, ZONE_FIXED}},
    {"China Standard Time", {480, ZONE_FIXED}},
    {"Singapore Standard Time", {480, ZONE_FIXED}},
    {"Hong Kong Standard Time", {480, ZONE_FIXED}},
    {"Philippine Standard Time", {480, ZONE_FIXED}},
    {"Japan Standard Time", {540, ZONE_FIXED}},
    {"Korean Standard Time", {540, ZONE_FIXED}},
    {"Australian Eastern Standard Time", {600, ZONE_FIXED}},
    {"Australian Eastern Daylight Time", {660, ZONE_FIXED}},
    {"Australian Central Standard Time", {570, ZONE_FIXED}},
    {"Australian Western Standard Time", {480, ZONE_FIXED}},
    {"New Zealand Standard Time", {720, ZONE_FIXED}},
    {"New Zealand Daylight Time", {780, ZONE_FIXED}},
    {"South Africa Standard Time", {120, ZONE_FIXED}},
    {"East Africa Time", {180, ZONE_FIXED}},
    {"West Africa Standard Time", {60, ZONE_FIXED}},
    {"Brasilia Standard Time", {-180, ZONE_FIXED}},
    {"US/Arizona", {-420, ZONE_FIXED}},
    {"US/Hawaii", {-600, ZONE_FIXED}},
    {"America/Phoenix", {-420, ZONE_FIXED}},
    {"Pacific/Honolulu", {-600, ZONE_FIXED}},
    {"America/Puerto_Rico", {-240, ZONE_FIXED}},
    {"America/Sao_Paulo", {-180, ZONE_FIXED}},
    {"America/Argentina/Buenos_Aires", {-180, ZONE_FIXED}},
    {"America/Buenos_Aires", {-180, ZONE_FIXED}},
    {"America/Bogota", {-300, ZONE_FIXED}},
    {"America/Lima", {-300, ZONE_FIXED}},
    {"America/Caracas", {-240, ZONE_FIXED}},
    {"America/Mexico_City", {-360, ZONE_FIXED}},
    {"America/Costa_Rica", {-360, ZONE_FIXED}},
    {"America/Guatemala", {-360, ZONE_FIXED}},
    {"America/Panama", {-300, ZONE_FIXED}},
    {"America/Jamaica", {-300, ZONE_FIXED}},
    {"Europe/Moscow", {180, ZONE_FIXED}},
    {"Europe/Istanbul", {180, ZONE_FIXED}},
    {"Europe/Minsk", {180, ZONE_FIXED}},
    {"Atlantic/Reykjavik", {0, ZONE_FIXED}},
    {"Asia/Dubai", {240, ZONE_FIXED}},
    {"Asia/Riyadh", {180, ZONE_FIXED}},
    {"Asia/Qatar", {180, ZONE_FIXED}},
    {"Asia/Baghdad", {180, ZONE_FIXED}},
    {"Asia/Karachi", {300, ZONE_FIXED}},
    {"Asia/Tashkent", {300, ZONE_FIXED}},
    {"Asia/Kolkata", {330, ZONE_FIXED}},
    {"Asia/Calcutta", {330, ZONE_FIXED}},
    {"Asia/Colombo", {330, ZONE_FIXED}},
    {"Asia/Kathmandu", {345, ZONE_FIXED}},
    {"Asia/Dhaka", {360, ZONE_FIXED}},
    {"Asia/Bangkok", {420, ZONE_FIXED}},
    {"Asia/Ho_Chi_Minh", {420, ZONE_FIXED}},
    {"Asia/Saigon", {420, ZONE_FIXED}},
    {"Asia/Jakarta", {420, ZONE_FIXED}},
    {"Asia/Singapore", {480, ZONE_FIXED}},
    {"Asia/Kuala_Lumpur", {480, ZONE_FIXED}},
    {"Asia/Manila", {480, ZONE_FIXED}},
    {"Asia/Hong_Kong", {480, ZONE_FIXED}},
    {"Asia/Shanghai", {480, ZONE_FIXED}},
    {"Asia/Taipei", {480, ZONE_FIXED}},
    {"Asia/Tokyo", {540, ZONE_FIXED}},
    {"Asia/Seoul", {540, ZONE_FIXED}},
    {"Australia/Perth", {480, ZONE_FIXED}},
    {"Australia/Brisbane", {600, ZONE_FIXED}},
    {"Australia/Darwin", {570, ZONE_FIXED}},
    {"Africa/Lagos", {60, ZONE_FIXED}},
    {"Africa/Algiers", {60, ZONE_FIXED}},
    {"Africa/Tunis", {60, ZONE_FIXED}},
    {"Africa/Johannesburg", {120, ZONE_FIXED}},
    {"Africa/Harare", {120, ZONE_FIXED}},
    {"Africa/Nairobi", {180, ZONE_FIXED}},
    {"Africa/Addis_Ababa", {180, ZONE_FIXED}},
    {"Africa/Accra", {0, ZONE_FIXED}},
    {"Africa/Abidjan", {0, ZONE_FIXED}},
    {"Africa/Dakar", {0, ZONE_FIXED}},
    {"Etc/UTC", {0, ZONE_FIXED}},
    {"Etc/GMT", {0, ZONE_FIXED}},
    {"Zulu", {0, ZONE_FIXED}},
    {"ET", {-300, ZONE_US}},
    {"CT", {-360, ZONE_US}},
    {"MT", {-420, ZONE_US}},
    {"PT", {-480, ZONE_US}},
    {"Eastern Time", {-300, ZONE_US}},
    {"Central Time", {-360, ZONE_US}},
    {"Mountain Time", {-420, ZONE_US}},
    {"Pacific Time", {-480, ZONE_US}},
    {"US/Eastern", {-300, ZONE_US}},
    {"US/Central", {-360, ZONE_US}},
    {"US/Mountain", {-420, ZONE_US}},
    {"US/Pacific", {-480, ZONE_US}},
    {"US/Alaska", {-540, ZONE_US}},
    {"America/New_York", {-300, ZONE_US}},
    {"America/Detroit", {-300, ZONE_US}},
    {"America/Toronto", {-300, ZONE_US}},
    {"America/Chicago", {-360, ZONE_US}},
    {"America/Winnipeg", {-360, ZONE_US}},
    {"America/Denver", {-420, ZONE_US}},
    {"America/Edmonton", {-420, ZONE_US}},
    {"America/Boise", {-420, ZONE_US}},
    {"America/Los_Angeles", {-480, ZONE_US}},
    {"America/Vancouver", {-480, ZONE_US}},
    {"America/Anchorage", {-540, ZONE_US}},
    {"America/Halifax", {-240, ZONE_US}},
    {"America/St_Johns", {-210, ZONE_US}},
    {"Canada/Eastern", {-300, ZONE_US}},
    {"Canada/Central", {-360, ZONE_US}},
    {"Canada/Mountain", {-420, ZONE_US}},
    {"Canada/Pacific", {-480, ZONE_US}},
    {"Eastern Time (US & Canada)", {-300, ZONE_US}},
    {"Central Time (US & Canada)", {-360, ZONE_US}},
    {"Mountain Time (US & Canada)", {-420, ZONE_US}},
    {"Pacific Time (US & Canada)", {-480, ZONE_US}},
    {"Central European Time", {60, ZONE_EU}},
    {"Eastern European Time", {120, ZONE_EU}},
    {"Western European Time", {0, ZONE_EU}},
    {"Europe/London", {0, ZONE_EU}},
    {"Europe/Dublin", {0, ZONE_EU}},
    {"Europe/Lisbon", {0, ZONE_EU}},
    {"Europe/Belfast", {0, ZONE_EU}},
    {"Europe/Berlin", {60, ZONE_EU}},
    {"Europe/Paris", {60, ZONE_EU}},
    {"Europe/Madrid", {60, ZONE_EU}},
    {"Europe/Rome", {60, ZONE_EU}},
    {"Europe/Vienna", {60, ZONE_EU}},
    {"Europe/Zurich", {60, ZONE_EU}},
    {"Europe/Amsterdam", {60, ZONE_EU}},
    {"Europe/Brussels", {60, ZONE_EU}},
    {"Europe/Copenhagen", {60, ZONE_EU}},
    {"Europe/Stockholm", {60, ZONE_EU}},
    {"Europe/Oslo", {60, ZONE_EU}},
    {"Europe/Prague", {60, ZONE_EU}},
    {"Europe/Budapest", {60, ZONE_EU}},
    {"Europe/Warsaw", {60, ZONE_EU}},
    {"Europe/Belgrade", {60, ZONE_EU}},
    {"Europe/Zagreb", {60, ZONE_EU}},
    {"Europe/Ljubljana", {60, ZONE_EU}},
    {"Europe/Bratislava", {60, ZONE_EU}},
    {"Europe/Luxembourg", {60, ZONE_EU}},
    {"Europe/Monaco", {60, ZONE_EU}},
    {"Europe/Malta", {60, ZONE_EU}},
    {"Europe/Andorra", {60, ZONE_EU}},
    {"Europe/Vaduz", {60, ZONE_EU}},
    {"Europe/San_Marino", {60, ZONE_EU}},
    {"Europe/Vatican", {60, ZONE_EU}},
    {"Europe/Sarajevo", {60, ZONE_EU}},
    {"Europe/Skopje", {60, ZONE_EU}},
    {"Europe/Tirane", {60, ZONE_EU}},
    {"Europe/Podgorica", {60, ZONE_EU}},
    {"Europe/Gibraltar", {60, ZONE_EU}},
    {"Europe/Busingen", {60, ZONE_EU}},
    {"Europe/Athens", {120, ZONE_EU}},
    {"Europe/Helsinki", {120, ZONE_EU}},
    {"Europe/Kiev", {120, ZONE_EU}},
    {"Europe/Kyiv", {120, ZONE_EU}},
    {"Europe/Bucharest", {120, ZONE_EU}},
    {"Europe/Sofia", {120, ZONE_EU}},
    {"Europe/Riga", {120, ZONE_EU}},
    {"Europe/Tallinn", {120, ZONE_EU}},
    {"Europe/Vilnius", {120, ZONE_EU}},
    {"Europe/Mariehamn", {120, ZONE_EU}},
    {"Atlantic/Canary", {0, ZONE_EU}},
    {"Atlantic/Madeira", {0, ZONE_EU}},
    {"Asia/Nicosia", {120, ZONE_EU}},
    {"GB", {0, ZONE_EU}},
    {"Australia/Sydney", {600, ZONE_AU}},
    {"Australia/Melbourne", {600, ZONE_AU}},
    {"Australia/Hobart", {600, ZONE_AU}},
    {"Australia/Canberra", {600, ZONE_AU}},
    {"Australia/Adelaide", {570, ZONE_AU}},
};

bool zone_find(struct slice name, struct zone *out)
{
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        if (slice_is(name, zones[i].name)) {
            *out = zones[i].zone;
            return true;
        }
    }
    return false;
}

/* Years are counted from March. */
int64_t zone_days(int year, int month, int day)
{
    int64_t from_march = year - (month <= 2);
    int64_t era = from_march / 400, of_era = from_march % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The first Sunday on that day or after it. */
static int64_t sunday_from(int year, int month, int day)
{
    int64_t days = zone_days(year, month, day);
    int64_t weekday = ((days + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    return days + (7 - weekday) % 7;
}

/* By what the clock shows; in Europe all turn it at 01:00 UTC. */
static bool is_summer(const struct zone *z, int year, int64_t local_ms)
{
    int64_t hour = 60 * MS_PER_MINUTE, turn = hour + z->minutes * MS_PER_MINUTE;
    switch (z->rule) {
    case ZONE_US:
        return local_ms >= sunday_from(year, 3, 8) * MS_PER_DAY + 2 * hour &&
               local_ms < sunday_from(year, 11, 1) * MS_PER_DAY + hour;
    case ZONE_EU:
        return local_ms >= sunday_from(year, 3, 25) * MS_PER_DAY + turn &&
               local_ms < sunday_from(year, 10, 25) * MS_PER_DAY + turn;
    case ZONE_AU:
        return local_ms >= sunday_from(year, 10, 1) * MS_PER_DAY + 2 * hour ||
               local_ms < sunday_from(year, 4, 1) * MS_PER_DAY + 2 * hour;
    case ZONE_FIXED:
        break;
    }
    return false;
}

int64_t zone_ahead(const struct zone *z, int year, int64_t local_ms)
{
    return (z->minutes + (is_summer(z, year, local_ms) ? 60 : 0)) * MS_PER_MINUTE;
}
