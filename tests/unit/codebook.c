/* codebook and codelist: the contract's vectors, lists as files, and the list that is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/codebook.h"
#include "adapters/stop.h"
#include "base/text.h"
#include "commands/codelist.h"

#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define BOM "\xEF\xBB\xBF"
#define X62 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define FF8 "00ff00ff00ff00ff00ff00ff00ff00ff"

/* ---- seeds ---- */

static void assert_code(const struct codebook *b, int64_t index, const char *want)
{
    char code[CODEBOOK_CODE_MAX];

    assert_int_equal(codebook_code(b, index, code), 0);
    assert_string_equal(code, want);
}

static struct codebook *of_seed(const char *seed)
{
    struct err e = ERR_INIT;
    struct codebook *b = codebook_of_seed(seed, &e);

    assert_non_null(b);
    assert_int_equal(e.code, EXIT_DONE);
    return b;
}

static void test_vectors(void **state)
{
    char a1000[1001];
    const struct {
        const char *seed;
        int64_t index;
        const char *code;
    } cases[] = {
        {"seed", 0, "8efd6168a055d1e45863c237eb3feab2be94f10b7ccdc5bf8bb54305c8b19f7f-0"},
        {"seed", 1, "0eb026731d9ea3f870511f8c18daeb814eaa2c9e276082b204f2a962212fb5bd-1"},
        {"seed", 1000000,
         "b6ef3dc224500f7a3f35243dba0e70bac85c067f26af27814ab3ff300e246fbd-1000000"},
        {a1000, 0, "a9d425fa2ce368004f1dfe54f4e4a8b2f758be44aab97b0b8c35e3ae18ef0e61-0"},
        {FF8 FF8, 7, "e57affa85732b496ac1a04f6df56fcd8d22e89cf0441e6715a410d7c129a979e-7"},
        {"Grüße-🎉-日本", 0, "336d4d6b2b8a63de1ed139ff4c11d96b757eebccf5a5ae4cdcb2fa4502fd8623-0"},
        {"a-1", 2, "368cb12dbf37bf920c7dfd1c0cba819c7f912e66fd8726c2645356b80829640a-2"},
        {X62, 0, "f99d86c548fcee6a907e46b2ee110932ff0c6523668d6dcc421f1b9ef2383bb3-0"},
        {X62 "x", 9999, "d33f480f3d4686d56b276c79bee089877c4fba60c0fa55bdfaaa67fe8ac29d9c-9999"},
    };

    (void)state;
    memset(a1000, 'a', sizeof a1000 - 1);
    a1000[sizeof a1000 - 1] = '\0';
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct codebook *b = of_seed(cases[i].seed);

        assert_code(b, cases[i].index, cases[i].code);
        assert_code(b, cases[i].index, cases[i].code); /* asking changes nothing */
        codebook_free(b);
    }
}

static void test_seed(void **state)
{
    struct codebook *b = of_seed("seed");
    char code[CODEBOOK_CODE_MAX];
    uint8_t mark[CODEBOOK_MARK_SIZE];

    (void)state;
    /* Python: hashlib.pbkdf2_hmac("sha256", b"seed", b"claimpipe seed", 100000).hex()[:32] */
    assert_string_equal(codebook_name(b), "seed:7aec9885ad10a56ad2c2e6f7a5526e0a");
    assert_true(codebook_count(b) == INT64_MAX);
    assert_int_equal(codebook_code(b, -1, code), -1);
    assert_int_equal(codebook_code(b, INT64_MAX, code), -1);
    assert_int_equal(codebook_code(b, INT64_MAX - 1, code), 0);
    assert_string_equal(code + 64, "-9223372036854775806");
    assert_false(codebook_mark(b, 0, mark));
    codebook_free(b);
    codebook_free(NULL);
}

static void test_bad_seeds(void **state)
{
    static const struct {
        const char *seed, *says;
    } cases[] = {
        {"", "empty"},
        {"secret\xff", "not UTF-8"},
        {"secret\xed\xa0\x80", "not UTF-8"}, /* a surrogate */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_null(codebook_of_seed(cases[i].seed, &e));
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, cases[i].says);
        assert_silent(e.text, "secret");
    }
}

/* ---- lists ---- */

static const struct {
    const char *file, *codes; /* joined by | */
} good[] = {
    {"alpha\nbeta\n", "alpha|beta"},
    {"alpha", "alpha"},
    {"alpha\r\nbeta\r\n", "alpha|beta"},
    {"alpha\rbeta", "alpha|beta"},
    {BOM "alpha\nbeta", "alpha|beta"},
    {"\n\n  \nalpha\n\t\n\"\"\nbeta\n\n", "alpha|beta"},
    {"  alpha \n\xC2\xA0"
     "beta\t\n",
     "alpha|beta"},
    {"code\nalpha\n", "alpha"},
    {BOM "Codes\r\nalpha\r\n", "alpha"},
    {" CLAIM CODE \nalpha\n", "alpha"},
    {"ClaimCode\nalpha\n", "alpha"},
    {"claim_code\nalpha\n", "alpha"},
    {"Claim-Codes\nalpha\n", "alpha"},
    {"\n\ncode\nalpha\n", "alpha"},
    {"alpha\ncode\n", "alpha|code"}, /* the first record only can be a header */
    {"code1\nalpha\n", "code1|alpha"},
    {"code\nCode\n", "Code"},
    {"the code of the clubs\n", "the code of the clubs"},
    {"\"a,b\"\n\"c\"\"d\"\n", "a,b|c\"d"},
    {"Alpha\nalpha\n", "Alpha|alpha"},
    {"alpha\nalphaa\nalph\n", "alpha|alphaa|alph"},
    {"a;b\nc;d\n", "a;b|c;d"},
    {"n,code\n1,alpha\n2,beta\n", "alpha|beta"},
    {"Code,n,\nalpha,1,\n beta ,1,\n", "alpha|beta"},
    {"\nn,claim code\n\n1,alpha\n  \n2,\"be,ta\"", "alpha|be,ta"},
    {"Grüße-🎉\n日本\n", "Grüße-🎉|日本"},
};

static void test_good_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct err e = ERR_INIT;
        struct codebook *b;
        struct text got;
        char code[CODEBOOK_CODE_MAX];

        put_file("codes.txt", good[i].file);
        b = codebook_of_list("codes.txt", &e);
        assert_string_equal(e.text, "");
        assert_non_null(b);
        text_init(&got);
        for (int64_t k = 0; k < codebook_count(b); k++) {
            assert_int_equal(codebook_code(b, k, code), 0);
            text_printf(&got, "%s%s", k ? "|" : "", code);
        }
        assert_string_equal(got.ptr, good[i].codes);
        text_release(&got);
        codebook_free(b);
    }
}

#define FILE_CASE(file, says)                                                                      \
    {                                                                                              \
        file, sizeof(file) - 1, says                                                               \
    }
static const struct {
    const char *file;
    size_t len;
    const char *says;
} bad[] = {
    /* repeated */
    FILE_CASE("a\nsecret\nb\n\nsecret\n", "codes.txt:5: the code of line 2 again"),
    FILE_CASE("secret\n secret\n", "codes.txt:2: the code of line 1 again"),
    FILE_CASE("n,code\n1,secret\n2,b\n3,\"secret\"\n", "codes.txt:4: the code of line 2 again"),
    FILE_CASE("code,n\nb,\"1\n2\"\nsecret,1\nsecret,2\n", "codes.txt:5: the code of line 4 again"),
    FILE_CASE("secret\nb\nb\nsecret\n", "codes.txt:3: the code of line 2 again"), /* the first */
    /* not a code */
    FILE_CASE("n,code\n1,secret\n2,\n", "codes.txt:3: has no code"),
    FILE_CASE("n,code\n1,secret\n,  \n", "codes.txt:3: has no code"),
    FILE_CASE("secret\nsecret\xff\n", "codes.txt:2: the code is not UTF-8"),
    FILE_CASE("secret\xe9\n", "codes.txt:1: the code is not UTF-8"),
    FILE_CASE("a\nsec\tret\n", "codes.txt:2: the code holds a control character"),
    FILE_CASE("a\n\"sec\nret\"\n", "codes.txt:2: the code holds a control character"),
    FILE_CASE("a\nsecret\x7f"
              "b\n",
              "codes.txt:2: the code holds a control character"),
    FILE_CASE("a\nsecret\xc2\x9b"
              "b\n",
              "codes.txt:2: the code holds a control character"),
    FILE_CASE("a\nsec\0ret\n", "codes.txt:2: a NUL byte"),
    FILE_CASE("\xff\xfes\0e\0\n\0", "codes.txt:1: a NUL byte"),
    /* not a list */
    FILE_CASE("", "codes.txt: has no codes"),
    FILE_CASE("\n \n\r\n", "codes.txt: has no codes"),
    FILE_CASE("code\n", "codes.txt: has no codes"),
    FILE_CASE(BOM, "codes.txt: has no codes"),
    FILE_CASE("n,code\n", "codes.txt: has no codes"),
    FILE_CASE("secret,1\nb,2\n", "codes.txt:1: no column is called code"),
    FILE_CASE("code,n,Claim Code\nsecret,1,b\n",
              "codes.txt:1: more than one column is called code"),
    FILE_CASE("secret\na,b\n", "codes.txt:2: has 2 fields, the first record has 1"),
    FILE_CASE("code\nsecret,b\n", "codes.txt:2: has 2 fields, the first record has 1"),
    FILE_CASE("n,code\n1,secret\n2\n", "codes.txt:3: has 1 fields, the first record has 2"),
    FILE_CASE("n,code\n1,secret,3\n", "codes.txt:2: has 3 fields, the first record has 2"),
    FILE_CASE("a\n\"secret\"b\n", "codes.txt:2: text after a closing quote on line 2"),
    FILE_CASE("a\n\"secret\nb\n", "codes.txt:2: a quote opened on line 2 is never closed"),
    FILE_CASE("n;code\n1;secret\n", "codes.txt:1: its columns are not divided by commas"),
    FILE_CASE("Claim Code;n\nsecret;1\n", "codes.txt:1: its columns are not divided by commas"),
    FILE_CASE("n\tcode\n1\tsecret\n", "codes.txt:1: its columns are not divided by commas"),
};

static void assert_refused(const char *path, const char *says)
{
    struct err e = ERR_INIT;

    assert_null(codebook_of_list(path, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(e.text, says);
    assert_silent(e.text, "sec");
}

static void test_bad_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        put_bytes("codes.txt", bad[i].file, bad[i].len);
        assert_refused("codes.txt", bad[i].says);
    }
}

static void test_bad_paths(void **state)
{
    (void)state;
    assert_refused("nowhere.txt", "nowhere.txt: the list of codes cannot be read: No such file");
    assert_refused(".", ".: is a folder: a list of codes is an ordinary file");
    assert_refused("", "cannot be read");
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_refused("loop", "loop: the list of codes cannot be read: Too many levels");
}

static void test_longest(void **state)
{
    char file[CODEBOOK_CODE_MAX + 1];
    struct err e = ERR_INIT;
    struct codebook *b;

    (void)state;
    memset(file, 'x', sizeof file);
    put_bytes("codes.txt", file, CODEBOOK_CODE_MAX - 1);
    b = codebook_of_list("codes.txt", &e);
    assert_non_null(b);
    file[CODEBOOK_CODE_MAX - 1] = '\0';
    assert_code(b, 0, file);
    codebook_free(b);
    file[CODEBOOK_CODE_MAX - 1] = 'x';
    put_bytes("codes.txt", file, CODEBOOK_CODE_MAX);
    assert_null(codebook_of_list("codes.txt", &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(e.text, "codes.txt:1: the code is too long");
    assert_silent(e.text, "xx");
}

static void test_list(void **state)
{
    static const uint8_t alpha[] = {0x58, 0xda, 0x6d, 0xeb, 0x4b, 0x04, 0xb7, 0x84,
                                    0x71, 0x7d, 0xba, 0x5f, 0x43, 0x37, 0xe5, 0x98};
    char code[CODEBOOK_CODE_MAX], name[CODEBOOK_NAME_MAX];
    uint8_t one[CODEBOOK_MARK_SIZE], two[CODEBOOK_MARK_SIZE];
    struct err e = ERR_INIT;
    struct codebook *b;

    (void)state;
    put_file("codes.txt", "alpha\nbeta\n");
    b = codebook_of_list("codes.txt", &e);
    assert_non_null(b);
    /* Python: hashlib.pbkdf2_hmac("sha256", b"alpha", b"claimpipe list", 100000).hex()[:32] */
    assert_string_equal(codebook_name(b), "list:528c79c3b80ff70063897110e8fcb4f8");
    assert_int_equal(codebook_count(b), 2);
    assert_int_equal(codebook_code(b, -1, code), -1);
    assert_int_equal(codebook_code(b, 2, code), -1);
    assert_true(codebook_mark(b, 0, one));
    assert_memory_equal(one, alpha, sizeof one);
    assert_true(codebook_mark(b, 1, one));
    assert_memory_not_equal(one, alpha, sizeof one);
    assert_false(codebook_mark(b, 2, two));
    assert_false(codebook_mark(b, -1, two));
    snprintf(name, sizeof name, "%s", codebook_name(b));
    codebook_free(b);

    put_file("codes.csv", "n,code\n1,alpha\n2,gamma\n3,beta\n"); /* another file, the same list */
    b = codebook_of_list("codes.csv", &e);
    assert_non_null(b);
    assert_string_equal(codebook_name(b), name);
    assert_true(codebook_mark(b, 2, two));
    assert_memory_equal(one, two, sizeof one);
    codebook_free(b);
}

static void put_numbers(const char *path, int n)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int i = 0; i < n; i++)
        fprintf(f, "code-%d\n", i);
    assert_int_equal(fclose(f), 0);
}

/* More than the first room of anything, read from a pipe; and a repeat far apart. */
static void test_long_list(void **state)
{
    enum { N = 100000 };
    struct err e = ERR_INIT;
    char want[32], from[32], to[32];
    int ends[2];
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    snprintf(from, sizeof from, "/dev/fd/%d", ends[0]);
    snprintf(to, sizeof to, "/dev/fd/%d", ends[1]);
    child = fork();
    if (child == 0) {
        put_numbers(to, N);
        _exit(0);
    }
    close(ends[1]);
    struct codebook *b = codebook_of_list(from, &e);
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_non_null(b);
    assert_int_equal(codebook_count(b), N);
    for (int i = 0; i < N; i++) {
        snprintf(want, sizeof want, "code-%d", i);
        assert_code(b, i, want);
    }
    codebook_free(b);
    put_numbers("codes.txt", N);
    FILE *f = fopen("codes.txt", "a");
    assert_non_null(f);
    fputs("code-7\n", f);
    assert_int_equal(fclose(f), 0);
    assert_null(codebook_of_list("codes.txt", &e));
    assert_says(e.text, "codes.txt:100001: the code of line 8 again");
    assert_silent(e.text, "code-");
}

/* ---- codelist ---- */

static void assert_prints(const struct codelist *o, enum exit_code code, const char *says)
{
    struct err e = ERR_INIT;

    assert_int_equal(codelist_print(o, &e), code);
    assert_int_equal(e.code, code);
    assert_says(e.text, says);
}

/* Over many blocks, from the middle of one: all there, in order. */
static void test_printed(void **state)
{
    enum { START = 100, N = 140000 };
    struct codelist o = {.seed = "seed", .start = START, .n = N, .output = "out.txt"};
    struct codebook *b = of_seed("seed");
    char line[CODEBOOK_CODE_MAX], want[CODEBOOK_CODE_MAX];

    (void)state;
    assert_prints(&o, EXIT_DONE, "");
    FILE *f = fopen("out.txt", "r");
    assert_non_null(f);
    for (int i = 0; i < N; i++) {
        assert_int_equal(codebook_code(b, START + i, want), 0);
        assert_non_null(fgets(line, sizeof line, f));
        line[strcspn(line, "\n")] = '\0';
        assert_string_equal(line, want);
    }
    assert_null(fgets(line, sizeof line, f));
    fclose(f);
    codebook_free(b);
}

static void assert_file(const char *path, const char *want)
{
    char got[256];
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(got, want);
}

static void test_printed_list(void **state)
{
    struct codelist o = {.codes = "codes.txt", .start = 1, .n = 2, .output = "out.txt"};

    (void)state;
    put_file("codes.txt", "code\nalpha\n\"be,ta\"\ngamma\n");
    assert_prints(&o, EXIT_DONE, "");
    assert_file("out.txt", "be,ta\ngamma\n");
    o.n = 3;
    assert_prints(&o, EXIT_USAGE, "codes.txt: has 3 codes");
    o.start = 4;
    o.n = 0;
    assert_prints(&o, EXIT_USAGE, "codes.txt: has 3 codes");
    assert_file("out.txt", "be,ta\ngamma\n"); /* as it was */
    o.start = 3;
    assert_prints(&o, EXIT_DONE, "");
    assert_file("out.txt", "");
    o = (struct codelist){.seed = "", .n = 1, .output = "out.txt"};
    assert_prints(&o, EXIT_USAGE, "the seed is empty");
    o = (struct codelist){.seed = "seed", .start = INT64_MAX - 1, .n = 2, .output = "out.txt"};
    assert_prints(&o, EXIT_USAGE, "the seed: has 9223372036854775807 codes");
    o = (struct codelist){.seed = "seed", .start = INT64_MAX - 1, .n = 1, .output = "out.txt"};
    assert_prints(&o, EXIT_DONE, "");
    o = (struct codelist){.seed = "seed", .n = 100000, .output = "nowhere/out.txt"};
    assert_prints(&o, EXIT_OUTPUT, "nowhere/out.txt: cannot be written");
    o.output = "/dev/full";
    assert_prints(&o, EXIT_OUTPUT, "No space left");
}

/* Has the process a handler for the signal? */
static bool catches(pid_t process, int signal)
{
    char path[64], line[256];
    unsigned long long caught = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)process);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f))
        if (strncmp(line, "SigCgt:", 7) == 0)
            caught = strtoull(line + 7, NULL, 16);
    fclose(f);
    return caught >> (signal - 1) & 1;
}

/* The exit code of a process that prints without end to `out`, and after a while gets this signal (0: none).
 * It closes the other descriptor first. */
static int print_in_child(int out, int unused, int signal)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct codelist o = {.seed = "seed", .n = INT64_MAX};
        struct err e = ERR_INIT;

        alarm(120);
        dup2(out, STDOUT_FILENO);
        close(unused);
        stop_begin();
        stop_install();
        int code = codelist_print(&o, &e);
        _exit((int)e.code == (signal ? EXIT_INTERRUPTED : EXIT_OUTPUT) ? code : 99);
    }
    if (signal) {
        while (!catches(child, signal))
            usleep(1000);
        kill(child, signal);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_broken_off(void **state)
{
    int ends[2];

    (void)state;
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(print_in_child(ends[1], ends[0], SIGINT), 130);
    assert_int_equal(print_in_child(ends[1], ends[0], SIGTERM), 143);
    int null = open("/dev/null", O_WRONLY); /* never blocks */
    assert_int_equal(print_in_child(null, ends[0], SIGINT), 130);
    close(null);
    close(ends[0]);
    assert_int_equal(print_in_child(ends[1], ends[0], 0), EXIT_OUTPUT); /* EPIPE */
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_off), /* first: libgomp's threads do not outlive a fork */
        IN_FOLDER(test_long_list),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_bad_seeds),
        IN_FOLDER(test_good_lists),
        IN_FOLDER(test_bad_lists),
        IN_FOLDER(test_bad_paths),
        IN_FOLDER(test_longest),
        IN_FOLDER(test_list),
        IN_FOLDER(test_printed),
        IN_FOLDER(test_printed_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
