/* bookshelf: a few books, so that one after the other is looked at.  Lists are taken as they are: their codes were given. */
#include "stages/bookshelf.h"

#include "adapters/codebook.h"
#include "base/mem.h"
#include "stages/bookopen.h"

#include <stdlib.h>
#include <string.h>

int bookshelf_open(struct bookshelf *s, const char *const *seeds, size_t n_seeds,
                   const char *const *codes, size_t n_codes, struct err *e)
{
    size_t n = n_seeds + n_codes;

    s->n = 0;
    s->books = mem_zero(n + 1, sizeof(struct codebook *));
    if (!s->books)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        s->books[i] = i < n_seeds ? codebook_of_seed(seeds[i], e)
                                  : bookopen(NULL, codes[i - n_seeds], true, e);
        if (!s->books[i])
            return -1;
        s->n++;
    }
    return 0;
}

void bookshelf_close(struct bookshelf *s)
{
    for (size_t i = 0; i < s->n; i++)
        codebook_free(s->books[i]);
    free(s->books);
    *s = (struct bookshelf){NULL, 0};
}

const struct codebook *bookshelf_find(const struct bookshelf *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(codebook_name(s->books[i]), name) == 0)
            return s->books[i];
    return NULL;
}
