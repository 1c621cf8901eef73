#ifndef CPU_FEATURES_H
#define CPU_FEATURES_H

#include <stdbool.h>

/// Whether the processor and the operating system support every instruction of x86-64-v3
/// (AVX2, FMA, BMI1, BMI2, F16C, LZCNT, MOVBE, with the 256-bit registers saved by the system).
bool cpu_features_has_x86_64_v3(void);

/// Whether the processor and the operating system support every instruction of x86-64-v4
/// (x86-64-v3 and AVX-512 F, BW, CD, DQ, VL, with the 512-bit and mask registers saved).
bool cpu_features_has_x86_64_v4(void);

/// √x, correctly rounded; not-a-number below 0.
///
/// Swift's own is C's `sqrtf`, which a compiler calls for numbers below 0 so that it can set `errno`:
/// a branch for each element, which keeps loops from becoming vector code.
static inline float cpu_features_square_root(float x) {
  return __builtin_elementwise_sqrt(x);
}

/// Tells the processor that the caller spins on a memory location.
static inline void cpu_features_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Asks for the cache lines of `count` bytes to be brought near, without waiting for them.
static inline void cpu_features_prefetch(const void *address, long count) {
  for (long offset = 0; offset < count; offset += 64)
    __builtin_prefetch((const char *)address + offset);
}

/// Asks for the cache line at `address` to be brought into the L2 cache, without waiting for it.
static inline void cpu_features_prefetch_far(const void *address) {
  __builtin_prefetch(address, 0, 2);
}

/// Asks for the cache line at `address` to be brought near for writing, without waiting for it:
/// taken out of other processors' caches in advance, which takes as long as reading it from there.
///
/// The instruction by name, because the compiler's builtin asks for reading on x86-64 in general.
static inline void cpu_features_prefetch_for_writing(const void *address) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1);
#endif
}

#endif
