/* admission: one decision for each state that the ledger may have of a row's key. */
#include "policy/admission.h"

#include "policy/reasons.h"

#include <string.h>

bool admission_is_reason(const char *reason, const char *error)
{
    char shown[REASONS_TEXT_MAX];

    if (strcasestr(error, reason))
        return true;
    reasons_words(error, shown);
    return strcasestr(shown, reason) != NULL;
}

/* What is said to the command wins over what rows say. */
static bool is_retried(const struct admission_facts *f, const struct admission_wishes *w)
{
    if (w->retry_failed && w->retry_reason)
        return f->error && admission_is_reason(w->retry_reason, f->error);
    return w->retry_failed || f->asked;
}

enum admission admission_decide(const struct admission_facts *f, const struct admission_wishes *w)
{
    if (f->this_run && f->this_pass)
        return ADMIT_DUPLICATE;
    switch (f->state) {
    case STATE_PLANNED:
        return ADMIT_SEND;
    case STATE_SENDING:
    case STATE_ACCEPTED:
        return ADMIT_FOLLOW;
    case STATE_UNKNOWN:
        return w->resend_unknown ? ADMIT_SEND : ADMIT_FOLLOW;
    case STATE_FAILED:
        return is_retried(f, w) ? ADMIT_SEND : ADMIT_KEEP;
    case STATE_ELSEWHERE:
        return w->send_claimed ? ADMIT_SEND : ADMIT_KEEP;
    case STATE_SUCCESS:
    case STATE_COUNT:
        break;
    }
    return f->this_run ? ADMIT_KEEP : ADMIT_DUPLICATE;
}

/* A later run may have it now, and may have tried it again. */
bool admission_was_kept(int64_t failed, int64_t told)
{
    return failed != 0 && failed < told;
}
