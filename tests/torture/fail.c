/*
 * fail: makes the N-th call of a kind fail, in a build of claimpipe for `make torture`.
 *
 *   CLAIMPIPE_FAIL="malloc 17"   the 17th; "malloc 17+" every one from the 17th on; "step 17^" does it
 *                                all the same and then says that it failed; "rename 1~" does not do
 *                                it and says that it did (which the proof must find out)
 *   CLAIMPIPE_FAIL_COUNT=FILE    how many there were of each kind, at exit: lines `KIND CALLS FAILED`
 *   CLAIMPIPE_FAIL_TRACE=1       the stack of each call that fails, on standard error
 *
 * Calls made by claimpipe itself come here by the linker (--wrap, for each WRAP below); memory of
 * libcurl, jansson and SQLite, and SQLite's files, by the hooks that these libraries have.  So one
 * build does for all, and the sanitizers see what the libraries leave behind, too.  libcsv gets its
 * memory from csvio, which is claimpipe's.
 */
#define OPENSSL_API_COMPAT 0x10100000L /* as digest.c */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The Makefile reads these lines: one a line. */
#define WRAP(f) extern __typeof__(f) __real_##f, __wrap_##f
WRAP(malloc);
WRAP(calloc);
WRAP(realloc);
WRAP(open);
WRAP(mkostemp);
WRAP(linkat);
WRAP(fdopen);
WRAP(mkdir);
WRAP(read);
WRAP(pread);
WRAP(write);
WRAP(fwrite);
WRAP(fflush);
WRAP(fsync);
WRAP(rename);
WRAP(close);
WRAP(fclose);
WRAP(fstat);
WRAP(fcntl);
WRAP(sqlite3_open_v2);
WRAP(sqlite3_exec);
WRAP(sqlite3_prepare_v2);
WRAP(sqlite3_prepare_v3);
WRAP(sqlite3_bind_int);
WRAP(sqlite3_bind_int64);
WRAP(sqlite3_bind_text);
WRAP(sqlite3_bind_blob);
WRAP(sqlite3_step);
WRAP(sqlite3_errcode);
WRAP(sqlite3_errmsg);
WRAP(sqlite3_backup_init);
WRAP(sqlite3_backup_finish);
WRAP(curl_global_init);
WRAP(curl_multi_add_handle);
WRAP(curl_multi_perform);
WRAP(EVP_MD_CTX_new);
WRAP(EVP_DigestInit_ex);
WRAP(EVP_DigestUpdate);
WRAP(EVP_DigestFinal_ex);
WRAP(EVP_Digest);
WRAP(PKCS5_PBKDF2_HMAC);
WRAP(SHA256_Init);
WRAP(SHA256_Update);
WRAP(SHA256_Final);

#define SHIMS_MAX 4

enum kind {
    KIND_MALLOC,
    KIND_OPEN,
    KIND_READ,
    KIND_WRITE,
    KIND_SYNC,
    KIND_RENAME,
    KIND_CLOSE,
    KIND_STAT,
    KIND_STEP,
    KIND_PREPARE,
    KIND_BIND,
    KIND_SQLITE,
    KIND_SQLITE_MALLOC,
    KIND_DB_OPEN,
    KIND_DB_READ,
    KIND_DB_WRITE,
    KIND_DB_SYNC,
    KIND_DB_LOCK,
    KIND_DB_SHM,
    KIND_CURL,
    KIND_CURL_MALLOC,
    KIND_JSON_MALLOC,
    KIND_CRYPTO,
    KIND_COUNT
};

static const char *const names[KIND_COUNT] = {
    "malloc",  "open",    "read",   "write",  "sync",          "rename",      "close",   "stat",
    "step",    "prepare", "bind",   "sqlite", "sqlite-malloc", "db-open",     "db-read", "db-write",
    "db-sync", "db-lock", "db-shm", "curl",   "curl-malloc",   "json-malloc", "crypto",
};

enum fate { FATE_PASS, FATE_FAIL, FATE_LATE, FATE_LIE };

static struct {
    enum kind kind;
    unsigned long nth;
    char mode; /* '\0', '+', '^' or '~' */
} wish = {KIND_COUNT, 0, '\0'};
static atomic_ulong calls[KIND_COUNT], failed;
static int told; /* SQLite's error, as far as it is ours */

/* The sanitizer's, if there is one. */
void __sanitizer_print_stack_trace(void) __attribute__((weak));

static enum fate fate_of(enum kind kind)
{
    unsigned long n = atomic_fetch_add(&calls[kind], 1) + 1;

    if (kind != wish.kind || n < wish.nth || (n > wish.nth && wish.mode != '+'))
        return FATE_PASS;
    atomic_fetch_add(&failed, 1);
    if (getenv("CLAIMPIPE_FAIL_TRACE") && __sanitizer_print_stack_trace)
        __sanitizer_print_stack_trace();
    return wish.mode == '^' ? FATE_LATE : wish.mode == '~' ? FATE_LIE : FATE_FAIL;
}

static bool fails(enum kind kind)
{
    return fate_of(kind) == FATE_FAIL;
}

/* For `return fails(…) ? refuse(EIO) : real(…)`. */
static int refuse(int errnum)
{
    errno = errnum;
    return -1;
}

static void *refuse_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

/* ---- claimpipe's own memory ---- */

void *__wrap_malloc(size_t size)
{
    return fails(KIND_MALLOC) ? refuse_memory() : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(KIND_MALLOC) ? refuse_memory() : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails(KIND_MALLOC) ? refuse_memory() : __real_realloc(old, size);
}

/* ---- claimpipe's own files ---- */

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode = 0;

    va_start(args, flags);
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
        mode = va_arg(args, mode_t);
    va_end(args);
    return fails(KIND_OPEN) ? refuse(EMFILE) : __real_open(path, flags, mode);
}

int __wrap_mkostemp(char *name, int flags)
{
    return fails(KIND_OPEN) ? refuse(ENOSPC) : __real_mkostemp(name, flags);
}

int __wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return fails(KIND_OPEN) ? refuse(ENOSPC)
                            : __real_linkat(from_folder, from, to_folder, to, flags);
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
    return fails(KIND_MALLOC) ? refuse_memory() : __real_fdopen(fd, mode);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return fails(KIND_OPEN) ? refuse(ENOSPC) : __real_mkdir(path, mode);
}

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
    return fails(KIND_READ) ? refuse(EIO) : __real_read(fd, buf, size);
}

ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t offset)
{
    return fails(KIND_READ) ? refuse(EIO) : __real_pread(fd, buf, size, offset);
}

/* Standard error is left alone: the proof reads there what the program says of the failure. */
ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    return fd != STDERR_FILENO && fails(KIND_WRITE) ? refuse(ENOSPC) : __real_write(fd, bytes, len);
}

/* A disk that gets full in the middle. */
size_t __wrap_fwrite(const void *bytes, size_t size, size_t n, FILE *stream)
{
    enum fate fate = fate_of(KIND_WRITE);

    if (fate == FATE_LIE)
        return n;
    if (fate != FATE_FAIL)
        return __real_fwrite(bytes, size, n, stream);
    n = __real_fwrite(bytes, size, n / 2, stream);
    errno = ENOSPC;
    return n;
}

int __wrap_fflush(FILE *stream)
{
    return fails(KIND_WRITE) ? refuse(ENOSPC) : __real_fflush(stream);
}

int __wrap_fsync(int fd)
{
    return fails(KIND_SYNC) ? refuse(EIO) : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    enum fate fate = fate_of(KIND_RENAME);

    if (fate == FATE_LIE)
        return 0;
    return fate == FATE_FAIL ? refuse(EIO) : __real_rename(from, to);
}

/* The descriptor is gone also when close fails. */
int __wrap_close(int fd)
{
    bool fail = fails(KIND_CLOSE);
    int rc = __real_close(fd);

    return fail ? refuse(EIO) : rc;
}

int __wrap_fclose(FILE *stream)
{
    bool fail = fails(KIND_CLOSE);
    int rc = __real_fclose(stream);

    return fail ? refuse(EIO) : rc;
}

int __wrap_fstat(int fd, struct stat *out)
{
    return fails(KIND_STAT) ? refuse(EIO) : __real_fstat(fd, out);
}

/* The third argument is a lock, a number, or not looked at. */
int __wrap_fcntl(int fd, int command, ...)
{
    va_list args;
    void *lock;

    va_start(args, command);
    lock = va_arg(args, void *);
    va_end(args);
    return fails(KIND_STAT) ? refuse(ENOLCK) : __real_fcntl(fd, command, lock);
}

/* ---- claimpipe's calls of SQLite ---- */

/* A call that fails has a reason that sqlite3_errmsg knows. */
static int refuse_sql(int code)
{
    told = code;
    return code;
}

int __wrap_sqlite3_errcode(sqlite3 *db)
{
    return told ? told : __real_sqlite3_errcode(db);
}

const char *__wrap_sqlite3_errmsg(sqlite3 *db)
{
    return told ? sqlite3_errstr(told) : __real_sqlite3_errmsg(db);
}

static bool fails_sql(enum kind kind)
{
    told = SQLITE_OK;
    return fails(kind);
}

int __wrap_sqlite3_step(sqlite3_stmt *s)
{
    static const int codes[] = {SQLITE_FULL,  SQLITE_IOERR,   SQLITE_BUSY,
                                SQLITE_NOMEM, SQLITE_CORRUPT, SQLITE_READONLY};
    int code = codes[atomic_load(&calls[KIND_STEP]) % (sizeof codes / sizeof codes[0])];
    enum fate fate = fate_of(KIND_STEP);

    told = SQLITE_OK;
    if (fate == FATE_LIE)
        return SQLITE_DONE;
    if (fate == FATE_LATE)
        __real_sqlite3_step(s);
    return fate == FATE_PASS ? __real_sqlite3_step(s) : refuse_sql(code);
}

int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int len, sqlite3_stmt **s,
                              const char **tail)
{
    return fails_sql(KIND_PREPARE) ? refuse_sql(SQLITE_NOMEM)
                                   : __real_sqlite3_prepare_v2(db, sql, len, s, tail);
}

int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int len, unsigned flags,
                              sqlite3_stmt **s, const char **tail)
{
    return fails_sql(KIND_PREPARE) ? refuse_sql(SQLITE_IOERR)
                                   : __real_sqlite3_prepare_v3(db, sql, len, flags, s, tail);
}

int __wrap_sqlite3_bind_int(sqlite3_stmt *s, int i, int value)
{
    return fails_sql(KIND_BIND) ? refuse_sql(SQLITE_NOMEM) : __real_sqlite3_bind_int(s, i, value);
}

int __wrap_sqlite3_bind_int64(sqlite3_stmt *s, int i, sqlite3_int64 value)
{
    return fails_sql(KIND_BIND) ? refuse_sql(SQLITE_NOMEM) : __real_sqlite3_bind_int64(s, i, value);
}

int __wrap_sqlite3_bind_text(sqlite3_stmt *s, int i, const char *text, int len,
                             void (*release)(void *))
{
    return fails_sql(KIND_BIND) ? refuse_sql(SQLITE_NOMEM)
                                : __real_sqlite3_bind_text(s, i, text, len, release);
}

int __wrap_sqlite3_bind_blob(sqlite3_stmt *s, int i, const void *bytes, int len,
                             void (*release)(void *))
{
    return fails_sql(KIND_BIND) ? refuse_sql(SQLITE_NOMEM)
                                : __real_sqlite3_bind_blob(s, i, bytes, len, release);
}

/* There is a handle also when it could not be opened. */
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs)
{
    int rc = __real_sqlite3_open_v2(path, db, flags, vfs);

    return fails_sql(KIND_SQLITE) ? refuse_sql(SQLITE_CANTOPEN) : rc;
}

int __wrap_sqlite3_exec(sqlite3 *db, const char *sql,
                        int (*callback)(void *, int, char **, char **), void *context, char **error)
{
    int before = told;
    int rc = fails_sql(KIND_SQLITE) ? refuse_sql(SQLITE_IOERR)
                                    : __real_sqlite3_exec(db, sql, callback, context, error);

    if (strcmp(sql, "ROLLBACK") == 0)
        told = before;
    return rc;
}

sqlite3_backup *__wrap_sqlite3_backup_init(sqlite3 *to, const char *name, sqlite3 *from,
                                           const char *of)
{
    if (!fails_sql(KIND_SQLITE))
        return __real_sqlite3_backup_init(to, name, from, of);
    told = SQLITE_ERROR;
    return NULL;
}

int __wrap_sqlite3_backup_finish(sqlite3_backup *backup)
{
    int rc = __real_sqlite3_backup_finish(backup);

    return fails_sql(KIND_SQLITE) ? refuse_sql(SQLITE_IOERR) : rc;
}

/* ---- the libraries' memory ---- */

static void *json_malloc(size_t size)
{
    return fails(KIND_JSON_MALLOC) ? refuse_memory() : __real_malloc(size);
}

static void *curl_malloc(size_t size)
{
    return fails(KIND_CURL_MALLOC) ? refuse_memory() : __real_malloc(size);
}

static void *curl_calloc(size_t count, size_t size)
{
    return fails(KIND_CURL_MALLOC) ? refuse_memory() : __real_calloc(count, size);
}

static void *curl_realloc(void *old, size_t size)
{
    return fails(KIND_CURL_MALLOC) ? refuse_memory() : __real_realloc(old, size);
}

static char *curl_strdup(const char *s)
{
    return fails(KIND_CURL_MALLOC) ? refuse_memory() : strdup(s);
}

static sqlite3_mem_methods sqlite_memory;

static void *sqlite_malloc(int size)
{
    return fails(KIND_SQLITE_MALLOC) ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fails(KIND_SQLITE_MALLOC) ? NULL : sqlite_memory.xRealloc(old, size);
}

/* ---- SQLite's files: the usual VFS behind one that fails ---- */

struct shim {
    sqlite3_io_methods methods; /* first: a file points here */
    const sqlite3_io_methods *real;
};

static struct shim shims[SHIMS_MAX];
static sqlite3_vfs *real_vfs, vfs;

static const sqlite3_io_methods *real_of(sqlite3_file *f)
{
    return ((const struct shim *)f->pMethods)->real;
}

static int on_read(sqlite3_file *f, void *buf, int len, sqlite3_int64 at)
{
    return fails(KIND_DB_READ) ? SQLITE_IOERR_READ : real_of(f)->xRead(f, buf, len, at);
}

/* The first half of it arrives. */
static int on_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
    if (!fails(KIND_DB_WRITE))
        return real_of(f)->xWrite(f, bytes, len, at);
    real_of(f)->xWrite(f, bytes, len / 2, at);
    return SQLITE_FULL;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return fails(KIND_DB_WRITE) ? SQLITE_IOERR_TRUNCATE : real_of(f)->xTruncate(f, size);
}

static int on_sync(sqlite3_file *f, int flags)
{
    return fails(KIND_DB_SYNC) ? SQLITE_IOERR_FSYNC : real_of(f)->xSync(f, flags);
}

static int on_lock(sqlite3_file *f, int how)
{
    return fails(KIND_DB_LOCK) ? SQLITE_IOERR_LOCK : real_of(f)->xLock(f, how);
}

static int on_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return fails(KIND_DB_SHM) ? SQLITE_IOERR_SHMSIZE
                              : real_of(f)->xShmMap(f, page, size, extend, out);
}

static int on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return flags & SQLITE_SHM_LOCK && fails(KIND_DB_LOCK)
               ? SQLITE_IOERR_SHMLOCK
               : real_of(f)->xShmLock(f, offset, n, flags);
}

static const sqlite3_io_methods *shim_for(const sqlite3_io_methods *real)
{
    size_t i = 0;

    while (shims[i].real && shims[i].real != real)
        if (++i == SHIMS_MAX)
            return real;
    shims[i].real = real;
    shims[i].methods = *real;
    shims[i].methods.xRead = on_read;
    shims[i].methods.xWrite = on_write;
    shims[i].methods.xTruncate = on_truncate;
    shims[i].methods.xSync = on_sync;
    shims[i].methods.xLock = on_lock;
    shims[i].methods.xShmMap = on_shm_map;
    shims[i].methods.xShmLock = on_shm_lock;
    return &shims[i].methods;
}

static int on_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out_flags)
{
    int rc;

    (void)v;
    f->pMethods = NULL;
    if (fails(KIND_DB_OPEN))
        return SQLITE_CANTOPEN;
    rc = real_vfs->xOpen(real_vfs, path, f, flags, out_flags);
    if (f->pMethods)
        f->pMethods = shim_for(f->pMethods);
    return rc;
}

/* ---- libcurl and OpenSSL ---- */

CURLcode __wrap_curl_global_init(long flags)
{
    return fails(KIND_CURL) ? CURLE_FAILED_INIT : __real_curl_global_init(flags);
}

CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return fails(KIND_CURL) ? CURLM_OUT_OF_MEMORY : __real_curl_multi_add_handle(multi, easy);
}

CURLMcode __wrap_curl_multi_perform(CURLM *multi, int *running)
{
    return fails(KIND_CURL) ? CURLM_OUT_OF_MEMORY : __real_curl_multi_perform(multi, running);
}

EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void)
{
    return fails(KIND_CRYPTO) ? NULL : __real_EVP_MD_CTX_new();
}

int __wrap_EVP_DigestInit_ex(EVP_MD_CTX *c, const EVP_MD *type, ENGINE *engine)
{
    return fails(KIND_CRYPTO) ? 0 : __real_EVP_DigestInit_ex(c, type, engine);
}

int __wrap_EVP_DigestUpdate(EVP_MD_CTX *c, const void *bytes, size_t len)
{
    return fails(KIND_CRYPTO) ? 0 : __real_EVP_DigestUpdate(c, bytes, len);
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *out, unsigned *len)
{
    return fails(KIND_CRYPTO) ? 0 : __real_EVP_DigestFinal_ex(c, out, len);
}

int __wrap_EVP_Digest(const void *bytes, size_t len, unsigned char *out, unsigned *out_len,
                      const EVP_MD *type, ENGINE *engine)
{
    return fails(KIND_CRYPTO) ? 0 : __real_EVP_Digest(bytes, len, out, out_len, type, engine);
}

int __wrap_PKCS5_PBKDF2_HMAC(const char *secret, int len, const unsigned char *salt, int salt_len,
                             int rounds, const EVP_MD *type, int out_len, unsigned char *out)
{
    return fails(KIND_CRYPTO)
               ? 0
               : __real_PKCS5_PBKDF2_HMAC(secret, len, salt, salt_len, rounds, type, out_len, out);
}

int __wrap_SHA256_Init(SHA256_CTX *c)
{
    return fails(KIND_CRYPTO) ? 0 : __real_SHA256_Init(c);
}

int __wrap_SHA256_Update(SHA256_CTX *c, const void *bytes, size_t len)
{
    return fails(KIND_CRYPTO) ? 0 : __real_SHA256_Update(c, bytes, len);
}

int __wrap_SHA256_Final(unsigned char *out, SHA256_CTX *c)
{
    return fails(KIND_CRYPTO) ? 0 : __real_SHA256_Final(out, c);
}

/* ---- beginning and end ---- */

/* "KIND N" and perhaps a mode. */
static void read_wish(const char *text)
{
    size_t len = text ? strcspn(text, " ") : 0;
    char *end;

    if (!text)
        return;
    for (int i = 0; i < KIND_COUNT; i++)
        if (strlen(names[i]) == len && memcmp(text, names[i], len) == 0)
            wish.kind = (enum kind)i;
    wish.nth = strtoul(text + len, &end, 10);
    if (wish.kind == KIND_COUNT || wish.nth == 0 || (*end && !strchr("+^~", *end)))
        abort();
    wish.mode = *end;
}

__attribute__((constructor)) static void begin(void)
{
    sqlite3_mem_methods memory;

    read_wish(getenv("CLAIMPIPE_FAIL"));
    json_set_alloc_funcs(json_malloc, free);
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, curl_realloc, curl_strdup,
                         curl_calloc);
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
    memory = sqlite_memory;
    memory.xMalloc = sqlite_malloc;
    memory.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return; /* no memory: that was the wish */
    vfs = *real_vfs;
    vfs.zName = "torture";
    vfs.xOpen = on_open;
    sqlite3_vfs_register(&vfs, 1);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("CLAIMPIPE_FAIL_COUNT");
    char line[64];
    int fd = path ? __real_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

    for (int i = 0; fd >= 0 && i < KIND_COUNT; i++) {
        int len = snprintf(line, sizeof line, "%s %lu %lu\n", names[i], atomic_load(&calls[i]),
                           i == (int)wish.kind ? atomic_load(&failed) : 0);
        if (__real_write(fd, line, (size_t)len) != len)
            break;
    }
    if (fd >= 0)
        __real_close(fd);
}
