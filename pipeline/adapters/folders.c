/* folders: reads names of files, sorted, so that a folder reads the same everywhere. */
#include "adapters/folders.h"

#include "base/mem.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void folders_program(struct text *out)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len > 1)
        text_append(out, path, (size_t)len - 1);
}

static bool is_wanted(const char *name, const char *ending)
{
    size_t len = strlen(name), end = strlen(ending);

    return *name != '.' && len > end && strcmp(name + len - end, ending) == 0;
}

static int keep(struct folders_files *files, const char *name, struct err *e)
{
    if (files->n == files->cap) {
        size_t cap = files->cap ? 2 * files->cap : 32;
        char **grown = mem_resize(files->names, cap, sizeof(*grown));

        if (!grown)
            return err_nomem(e);
        files->names = grown;
        files->cap = cap;
    }
    files->names[files->n] = mem_copy(name, strlen(name));
    if (!files->names[files->n])
        return err_nomem(e);
    files->n++;
    return 0;
}

static int cannot_list(const char *path, struct err *e)
{
    return err_set(e, EXIT_USAGE, "%s: the folder cannot be read: %s", path, strerror(errno));
}

static int list(DIR *folder, const char *path, const char *ending, struct folders_files *out,
                struct err *e)
{
    const struct dirent *entry;

    while (errno = 0, (entry = readdir(folder)))
        if (is_wanted(entry->d_name, ending) && keep(out, entry->d_name, e) != 0)
            return -1;
    return errno == 0 ? 0 : cannot_list(path, e);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int folders_list(const char *path, const char *ending, struct folders_files *out, struct err *e)
{
    DIR *folder = opendir(path);
    int rc;

    *out = (struct folders_files){0};
    if (!folder)
        return errno == ENOENT || errno == ENOTDIR ? 1 : cannot_list(path, e);
    rc = list(folder, path, ending, out, e);
    closedir(folder);
    if (out->n > 0)
        qsort(out->names, out->n, sizeof(*out->names), compare);
    return rc;
}

void folders_release(struct folders_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->names[i]);
    free(files->names);
    *files = (struct folders_files){0};
}

void folders_each(const char *path, folders_callback *see, void *context)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        see(context, dirfd(folder), entry->d_name);
    if (folder)
        closedir(folder);
}

int folders_each_in(int folder, folders_callback *see, void *context)
{
    /* one of its own, for a descriptor that is shared has one place in the folder */
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), why;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (!dir) {
        why = errno;
        if (fd >= 0)
            close(fd);
        errno = why;
        return -1;
    }
    while (errno = 0, (entry = readdir(dir)))
        see(context, fd, entry->d_name);
    why = errno;
    closedir(dir);
    errno = why;
    return why ? -1 : 0;
}

void folders_find(const char *name, char out[PATH_MAX])
{
    const char *slash = strrchr(name, '/');
    char folder[PATH_MAX], real[PATH_MAX];

    if (realpath(name, out))
        return;
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - name) + 1 : 1,
             slash ? name : ".");
    if (!realpath(folder, real) ||
        snprintf(out, PATH_MAX, "%s/%s", real, slash ? slash + 1 : name) >= PATH_MAX)
        snprintf(out, PATH_MAX, "%s", name);
}
