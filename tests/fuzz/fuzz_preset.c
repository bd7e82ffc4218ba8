/* fuzz_preset: a preset of any bytes is refused with a message, or fits headers or does not, and has a filter. */
#include "fuzz.h"

#include "base/text.h"
#include "policy/columns.h"
#include "policy/filter.h"
#include "policy/nearness.h"
#include "policy/preset.h"
#include "settings/presets.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_enter();
    MUST(setenv("CLAIMPIPE_PRESETS", fuzz_folder, 1) == 0);
    return 0;
}

static void check_filter(const char *text, const struct columns *header, const struct preset *p)
{
    const struct filter_options o = {p->date_order, p->decimal_mark, true};
    const struct filter_text where = {text, "preset"};
    struct err e = ERR_INIT;
    struct filter *f = text ? filter_new(&where, 1, header, &o, &e) : NULL;

    if (text && !f)
        fuzz_must_say(&e);
    filter_free(f);
}

static void check_near(const struct preset *p, const struct columns *header)
{
    bool fits = preset_fits(p, header) && preset_stands_alone(p, header);
    struct text misfit;

    text_init(&misfit);
    preset_say_misfit(p, header, &misfit);
    MUST(!fits || (misfit.len == 0 && nearness_of(p, header) == 0));
    MUST(fits || p->n_header == 0 || misfit.len > 0);
    text_clear(&misfit);
    MUST(nearness_lacks_test(p, header, &misfit) == (misfit.len > 0));
    text_release(&misfit);
}

static void check_preset(const struct preset *p)
{
    static const char *const names[] = {"Email", "Status", "Name", "Progress", "Completed At"};
    struct slice cells[COUNT(names)];
    struct columns header = {.names = cells, .n = COUNT(names)};

    for (size_t i = 0; i < COUNT(names); i++)
        cells[i] = slice_of(names[i]);
    MUST(p->name && p->title && p->path);
    check_near(p, &header);
    preset_begins(&p->after, cells, header.n);
    preset_begins(&p->end, cells, header.n);
    for (int k = 0; k < IDENTITY_KINDS; k++) {
        size_t column = preset_column(&p->recipient[k], &header);

        MUST(column < header.n || column == COLUMNS_NONE);
    }
    check_filter(p->where, &header, p);
    for (size_t i = 0; i < p->n_drops; i++) {
        MUST(p->drops[i].where && p->drops[i].why);
        check_filter(p->drops[i].where, &header, p);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    struct presets all;

    fuzz_write(fuzz_path("some.json"), data, size);
    memset(&all, 0, sizeof(all));
    if (presets_load(&all, &e) != 0)
        fuzz_must_say(&e);
    for (size_t i = 0; i < all.n; i++)
        check_preset(&all.list[i]);
    presets_release(&all);
    return 0;
}
