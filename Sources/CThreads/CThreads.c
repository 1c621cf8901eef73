// Threads that live as long as a call, and what the scheduler allows: the one place that asks for
// Linux by name. macOS has pthreads too, but no affinity masks.

#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "CThreads.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct cthreads_thread {
  pthread_t thread;
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  cthreads_thread *thread = argument;
  thread->body(thread->context);
  return NULL;
}

cthreads_thread *cthreads_start(void (*body)(void *), void *context) {
  cthreads_thread *thread = malloc(sizeof *thread);
  if (!thread) return NULL;
  thread->body = body;
  thread->context = context;
  // A thread begins with the mask of the one that starts it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failure = pthread_create(&thread->thread, NULL, run, thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failure) {
    free(thread);
    return NULL;
  }
  return thread;
}

void cthreads_join(cthreads_thread *thread) {
  pthread_join(thread->thread, NULL);
  free(thread);
}

int cthreads_allowed_processors(void) {
#if defined(__linux__)
  // 8192 processors, as many as a Linux kernel can be built for; a smaller set is refused.
  enum { processors = 8192 };
  unsigned char mask[processors / 8] __attribute__((aligned(sizeof(long))));
  if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)(void *)mask) != 0) return 0;
  return CPU_COUNT_S(sizeof mask, (cpu_set_t *)(void *)mask);
#else
  return 0;
#endif
}
