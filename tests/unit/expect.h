/* What the tests of the rooms below the engine share: checks of a status with its message, bytes
 * that ASan guards to the last one, and damage to bytes that is the same in every run. */
#ifndef PULSE_TESTS_EXPECT_H
#define PULSE_TESTS_EXPECT_H

#include "pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In `call`, `error` is a pulse_error * to pass on. */
#define expect_ok(call)                                                                            \
    do {                                                                                           \
        pulse_error error_ = {0};                                                                  \
        pulse_error *error = &error_;                                                              \
        pulse_status status_ = (call);                                                             \
        if (status_ != PULSE_OK)                                                                   \
            fail_msg("%s: %s: %s", #call, pulse_status_name(status_), error_.message);             \
    } while (0)

/* The call fails with `wanted`, and says `text` somewhere in its message. */
#define expect_fail(wanted, text, call)                                                            \
    do {                                                                                           \
        pulse_error error_ = {0};                                                                  \
        pulse_error *error = &error_;                                                              \
        pulse_status status_ = (call);                                                             \
        if (status_ != (wanted) || error_.status != (wanted) || !strstr(error_.message, (text)))   \
            fail_msg("%s: %s: \"%s\", expected %s: \"%s\"", #call, pulse_status_name(status_),     \
                     error_.message, pulse_status_name(wanted), (text));                           \
    } while (0)

/* A copy in a block of just that size. */
static inline uint8_t *exact_copy(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

/* xorshift64*: the same numbers everywhere. `*state` must not be 0. */
static inline uint32_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

/* -1 .. 1 */
static inline float next_float(uint64_t *state)
{
    return (float)((double)next_random(state) / 2147483648.0 - 1.0);
}

/* Calls `use` with every shorter version of the bytes, and with `flips` versions that have one to
 * four bits turned. */
static inline void damage(const uint8_t *bytes, size_t size, int flips,
                          void (*use)(const uint8_t *bytes, size_t size))
{
    for (size_t length = 0; length < size; ++length) {
        uint8_t *copy = exact_copy(bytes, length);
        use(copy, length);
        free(copy);
    }
    uint64_t state = 88172645463325252u;
    for (int i = 0; size > 0 && i < flips; ++i) {
        uint8_t *copy = exact_copy(bytes, size);
        for (uint32_t n = 1 + next_random(&state) % 4; n > 0; --n) {
            uint32_t bit = next_random(&state) % (uint32_t)(size * 8);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        use(copy, size);
        free(copy);
    }
}

#endif
