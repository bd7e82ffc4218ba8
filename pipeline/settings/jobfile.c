/* jobfile: the file, and all of it but the steps. */
#include "settings/jobfile.h"

#include "adapters/json.h"
#include "adapters/jsonfile.h"
#include "settings/jobfields.h"
#include "settings/jobsettings.h"
#include "settings/jobsteps.h"
#include "settings/jobtexts.h"
#include "stages/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the job ---- */

/* One that holds settings and nothing else. */
static int take_object(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    return jobsettings_read(r, m->name, NULL, 0, JOBFIELD_OF_JOB, v);
}

/* What is no setting; steps have to know the input. */
static const struct jobfield own_members[] = {
    {"$schema", NULL, JOBFIELD_OF_JOB, jobfields_take_ignored, 0, 0, 0},
    {"input", NULL, JOBFIELD_OF_JOB, take_object, 0, 0, 0},
    {"limits", NULL, JOBFIELD_OF_JOB, take_object, 0, 0, 0},
    {"mail", NULL, JOBFIELD_OF_JOB, take_object, 0, 0, 0},
    {"steps", NULL, JOBFIELD_OF_JOB, jobsteps_take, 0, 0, 0},
    {"otherwise", NULL, JOBFIELD_OF_JOB, jobsteps_take_otherwise, 0, 0, 0},
};

static int read_job(struct jobfields *r, const struct json *doc)
{
    if (json_get(doc, "claimpipe_plan"))
        return jobfields_refuse(r, "is a plan, and no job file: claimpipe run --plan FILE");
    if (jobsettings_read(r, "", own_members, sizeof(own_members) / sizeof(*own_members),
                         JOBFIELD_OF_JOB, doc) != 0)
        return -1;
    return r->job->n_steps > 0 ? 0 : jobfields_refuse(r, "there are no steps");
}

/* ---- the file ---- */

static int name_job(struct jobfields *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *real = realpath(path, NULL);

    if (!real && errno == ENOENT) /* and yet it was read */
        return err_set(r->e, EXIT_USAGE,
                       "%s: is a pipe: runs are known by their job file: save it in one", path);
    if (!real)
        return err_set(r->e, EXIT_USAGE, "%s: the job file cannot be read: %s", path,
                       strerror(errno));
    r->job->name = jobtexts_keep(r->t, real, r->e);
    r->folder = (struct slice){path, slash ? (size_t)(slash - path) + 1 : 0};
    jobfields_begin(r, path);
    return r->job->name ? jobtexts_reads(r->t, r->job->name, r->e) : -1;
}

int jobfile_read(const char *path, struct jobtexts *t, struct err *e)
{
    struct jobfields r = {.t = t, .job = t->job, .e = e};
    struct json *doc = jsonfile_read(path, "job file", JOBFILE_SIZE_MAX, e);
    int rc = doc ? name_job(&r, path) : -1;

    if (rc == 0)
        rc = read_job(&r, doc);
    json_free(doc);
    return rc;
}
