/*
 * environment: all variables that this process was given.
 */
#ifndef CLAIMPIPE_ADAPTERS_ENVIRONMENT_H
#define CLAIMPIPE_ADAPTERS_ENVIRONMENT_H

/* name is valid during the call, value as long as the environment is not changed. */
typedef void environment_callback(void *context, const char *name, const char *value);
void environment_each(environment_callback *see, void *context);

#endif
