#include "CPUFeatures.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdint.h>

/// The processor states that the operating system saves and restores (register XCR0).
static uint64_t saved_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

static bool has_bits(uint64_t value, uint64_t bits) { return (value & bits) == bits; }

/// XCR0: SSE (bit 1) and AVX (bit 2) states.
static const uint64_t avx_states = 0x06;
/// XCR0: mask registers, upper halves of ZMM0-15, and ZMM16-31 (bits 5, 6, 7).
static const uint64_t avx512_states = 0xe6;

bool cpu_features_has_x86_64_v3(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return false;
  if (!has_bits(c, bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C)) return false;
  if (!has_bits(saved_states(), avx_states)) return false;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  if (!has_bits(b, bit_AVX2 | bit_BMI | bit_BMI2)) return false;
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d)) return false;
  return has_bits(c, bit_LZCNT);
}

bool cpu_features_has_x86_64_v4(void) {
  uint32_t a, b, c, d;
  if (!cpu_features_has_x86_64_v3()) return false;
  if (!has_bits(saved_states(), avx512_states)) return false;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  return has_bits(b, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL);
}

#else

bool cpu_features_has_x86_64_v3(void) { return false; }
bool cpu_features_has_x86_64_v4(void) { return false; }

#endif
