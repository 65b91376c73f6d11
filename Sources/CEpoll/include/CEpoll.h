#ifndef CEPOLL_H
#define CEPOLL_H

/* What Swift's own module of the C library leaves out. */
#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* At most 15 bytes. */
void peal_name_this_thread(const char *name);
#endif

#endif
