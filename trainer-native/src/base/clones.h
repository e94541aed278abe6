/*
 * PULSE_CLONES before a function has it compiled for wider vectors too, and the widest that the
 * machine has chosen when the program is loaded. Results keep their bits: nothing is contracted
 * into fused operations (-ffp-contract in CMakeLists.txt), and sums are of a fixed number of lanes.
 */
#ifndef PULSE_TRAINER_CLONES_H
#define PULSE_TRAINER_CLONES_H

#if defined(__x86_64__) && defined(__ELF__) && defined(__GNUC__) && !defined(__clang__) &&         \
    !defined(__SANITIZE_ADDRESS__)
#define PULSE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define PULSE_CLONES
#endif

#endif
