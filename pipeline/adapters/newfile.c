/* newfile: opened -> placed | dropped. */
#include "adapters/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The length of the folder's part of path, with its last slash. */
static int folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (int)(slash + 1 - path) : 0;
}

static int fail(const char *path, struct err *e)
{
    return err_set(e, EXIT_OUTPUT,
                   "%s: cannot be written: %s: see that its folder is writable and has room", path,
                   strerror(errno));
}

int newfile_open(const char *path, char temporary[PATH_MAX], struct err *e)
{
    int n = snprintf(temporary, PATH_MAX, "%.*s.claimpipe-new-XXXXXX", folder_len(path), path), fd;

    if (n < 0 || n >= PATH_MAX)
        return err_set(e, EXIT_OUTPUT, "%.100s…: the path is too long", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail(path, e);
    close(fd);
    return 0;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC), rc;

    if (fd < 0)
        return -1;
    rc = fsync(fd);
    if (rc != 0 && (flags & O_DIRECTORY) && (errno == EINVAL || errno == ENOTSUP))
        rc = 0; /* some file systems have no such thing */
    close(fd);
    return rc;
}

int newfile_sync_folder(const char *path, struct err *e)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%.*s.", folder_len(path), path);
    return sync_path(folder, O_RDONLY | O_DIRECTORY) == 0 ? 0 : fail(path, e);
}

/* 0, or -1 with errno: EEXIST. */
static int take_name(const char *temporary, const char *path)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(temporary, path) != 0)
        return -1;
    unlink(temporary);
    return 0;
}

static int put(const char *temporary, const char *path, bool over, struct err *e)
{
    int rc = sync_path(temporary, O_RDONLY);

    if (rc == 0)
        rc = over ? rename(temporary, path) : take_name(temporary, path);
    if (rc != 0 && errno == EEXIST && !over) {
        newfile_drop(temporary);
        return 1;
    }
    if (rc != 0) {
        fail(path, e);
        newfile_drop(temporary);
        return -1;
    }
    return newfile_sync_folder(path, e);
}

int newfile_place(const char *temporary, const char *path, struct err *e)
{
    return put(temporary, path, false, e);
}

int newfile_replace(const char *temporary, const char *path, struct err *e)
{
    return put(temporary, path, true, e);
}

void newfile_drop(const char *temporary)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char name[PATH_MAX];

    /* SQLite may have left something beside it. */
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        int n = snprintf(name, sizeof(name), "%s%s", temporary, endings[i]);

        if (n > 0 && (size_t)n < sizeof(name))
            unlink(name);
    }
}
