/*
 * fuzz_job: a job file of any bytes is refused with a message, or is a job whose every part is there; the same
 * each time.
 */
#include "fuzz.h"

#include "actions/action.h"
#include "settings/jobfile.h"
#include "settings/jobtexts.h"
#include "stages/job.h"

#define SECRET "of the fuzz"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_enter();
    MUST(setenv("CLAIM_PASSWORD", "password " SECRET, 1) == 0);
    MUST(setenv("STORE_SECRET", "secret " SECRET, 1) == 0);
    MUST(setenv("CODE_SEED", "seed " SECRET, 1) == 0);
    fuzz_write(fuzz_path("routes.csv"), "value,target\na,x\nb,y\n", 21);
    fuzz_write(fuzz_path("codes.txt"), "one\ntwo\n", 8);
    return 0;
}

static void check_step(const struct job_step *s)
{
    MUST(s->action && action_find(s->action) && s->n_targets > 0 && s->batch > 0);
    for (size_t i = 0; i < s->n_targets; i++) {
        const struct job_target *t = &s->targets[i];

        MUST(action_find(s->action)->local ? !t->seed != !t->codes : t->id != NULL);
        MUST(t->n_settings <= JOB_SETTINGS_MAX);
        for (size_t k = 0; k < t->n_settings; k++)
            MUST(t->settings[k].field && t->settings[k].value);
    }
    for (size_t i = 0; i < s->routes.n; i++) {
        MUST(s->routes.entries[i].target < s->n_targets);
        MUST(route_find(&s->routes, s->routes.entries[i].value) == s->routes.entries[i].target);
    }
    MUST(s->routes.n == 0 || s->route);
}

static int read_job(const char *path, struct err *e)
{
    struct jobtexts texts;
    struct job job;
    int rc;

    job_init(&job);
    jobtexts_init(&texts, &job);
    rc = jobfile_read(path, &texts, e);
    if (rc == 0) {
        MUST(job.n_steps > 0 && job.n_where <= FILTER_TEXTS_MAX);
        for (size_t i = 0; i < job.n_steps; i++)
            check_step(&job.steps[i]);
    } else {
        fuzz_must_say(e);
    }
    jobtexts_release(&texts);
    MUST(job.n_steps == 0);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err first = ERR_INIT, second = ERR_INIT;
    const char *path = fuzz_path("job.json");

    fuzz_write(path, data, size);
    MUST(read_job(path, &first) == read_job(path, &second));
    MUST(strcmp(first.text, second.text) == 0);
    /* No secret's value, unless it stands in the file. */
    MUST(!strstr(first.text, SECRET) || memmem(data, size, SECRET, strlen(SECRET)));
    return 0;
}
