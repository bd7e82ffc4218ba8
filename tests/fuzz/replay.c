/* replay: gives each of the files that are named to a fuzz target, once, in a program without libFuzzer. */
#include "fuzz.h"

#define SECONDS_MAX 20 /* for one input */

/* A target need not have one. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static void replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes;
    long size;

    MUST(f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0);
    bytes = malloc(size ? (size_t)size : 1); /* no more, so that no byte behind it is read unseen */
    MUST(bytes && fread(bytes, 1, (size_t)size, f) == (size_t)size && fclose(f) == 0);
    fprintf(stderr, "Running %s, for %d seconds at most\n", path, SECONDS_MAX);
    alarm(SECONDS_MAX); /* kills it, and this line is the last one */
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    fprintf(stderr, "Executed %s\n", path);
    free(bytes);
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    return 0;
}
