#define _GNU_SOURCE
#include "CEpoll.h"

#if defined(__linux__)
#include <pthread.h>

void peal_name_this_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
#endif
