/* diskspace: statvfs(3) and access(2). */
#include "adapters/diskspace.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_other(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && !is_folder(path);
}

/* One folder up: "a/b" -> "a", "a" -> ".", "/a" -> "/". */
static void go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash)
        memcpy(path, ".", 2);
    else
        slash[slash == path] = '\0';
}

void diskspace_look(const char *path, struct diskspace *out)
{
    struct statvfs fs;

    *out = (struct diskspace){.free_bytes = -1};
    snprintf(out->folder, sizeof(out->folder), "%s", *path ? path : ".");
    out->there = is_folder(out->folder);
    while (!is_folder(out->folder) && strcmp(out->folder, "/") != 0 &&
           strcmp(out->folder, ".") != 0) {
        out->blocked = out->blocked || is_other(out->folder);
        go_up(out->folder);
    }
    out->writable = access(out->folder, W_OK | X_OK) == 0;
    if (statvfs(out->folder, &fs) == 0)
        out->free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
}

bool diskspace_may_write(const char *path)
{
    return access(path, W_OK) == 0;
}
