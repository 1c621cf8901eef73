#ifndef CTHREADS_H
#define CTHREADS_H

#include <stdbool.h>

/// A thread of its caller's: it takes no signal, so that the host's handlers run on the host's
/// threads, and its caller joins it.
typedef struct cthreads_thread cthreads_thread;

/// Starts a thread that calls `body(context)` once.
/// Returns NULL where the system gives no thread or no memory for one; `body` then is not called.
cthreads_thread *_Nullable cthreads_start(
    void (*_Nonnull body)(void *_Nonnull context), void *_Nonnull context);

/// Waits for the thread to end; it is gone then.
void cthreads_join(cthreads_thread *_Nonnull thread);

/// Processors that the system's scheduler may use for this process, by a system call and without
/// reading a file; 0 where it cannot be asked.
int cthreads_allowed_processors(void);

#endif
