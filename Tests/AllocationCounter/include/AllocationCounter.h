#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// Allocations that this process has made since it started, in all threads: calls of malloc,
/// calloc, realloc, aligned_alloc, posix_memalign and memalign, by the program and by every
/// library it uses. -1 where the C library's functions cannot be interposed.
long allocation_count(void);

#endif
