/*
 * fuzz_codes: a list of any bytes is refused with a message, or has codes: none twice, each with a mark that is its
 * own, and found again when the list is read again.
 */
#include "fuzz.h"

#include "adapters/codebook.h"
#include "adapters/digest.h"

#define CODES_MAX 200 /* more of them are not looked at */

int __real_digest_slow(const void *secret, size_t len, const char *salt, int rounds,
                       uint8_t out[DIGEST_SIZE]);
int __wrap_digest_slow(const void *secret, size_t len, const char *salt, int rounds,
                       uint8_t out[DIGEST_SIZE]);

/* It would be all that this spends its time on. */
int __wrap_digest_slow(const void *secret, size_t len, const char *salt, int rounds,
                       uint8_t out[DIGEST_SIZE])
{
    (void)rounds;
    return __real_digest_slow(secret, len, salt, 1, out);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_enter();
    return 0;
}

static void check_codes(const struct codebook *first, const struct codebook *again)
{
    char code[CODEBOOK_CODE_MAX], same[CODEBOOK_CODE_MAX], before[CODEBOOK_CODE_MAX] = "";
    int64_t n = codebook_count(first);
    struct err e = ERR_INIT;

    MUST(n > 0 && codebook_count(again) == n && codebook_is_list(first));
    MUST(strcmp(codebook_name(first), codebook_name(again)) == 0);
    for (int64_t i = 0; i < n && i < CODES_MAX; i++) {
        uint8_t mark[CODEBOOK_MARK_SIZE];

        MUST(codebook_code(first, i, code) == 0 && codebook_code(again, i, same) == 0);
        MUST(code[0] != '\0' && strcmp(code, same) == 0 && strcmp(code, before) != 0);
        MUST(codebook_mark(first, i, mark) && codebook_verify(again, i, mark, &e) == 0);
        mark[0] ^= 1;
        MUST(codebook_verify(again, i, mark, &e) == -1 && !strstr(e.text, "\n"));
        memcpy(before, code, sizeof(before));
        e = (struct err)ERR_INIT;
    }
    MUST(codebook_code(first, n, code) == -1 && codebook_code(first, -1, code) == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT, same = ERR_INIT;
    const char *path = fuzz_path("codes.txt");
    struct codebook *first, *again;

    fuzz_write(path, data, size);
    first = codebook_of_list(path, &e);
    again = codebook_of_list(path, &same);
    MUST(!first == !again);
    if (first)
        check_codes(first, again);
    else
        fuzz_must_say(&e);
    codebook_free(again);
    codebook_free(first);
    return 0;
}
