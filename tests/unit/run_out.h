/*
 * Memory runs out at the n-th allocation, for every n. The allocator is compiled into the program
 * that includes this, and so the linker leaves the library's out. What cJSON and XNNPACK allocate
 * does not go through it.
 */
#ifndef PULSE_TESTS_RUN_OUT_H
#define PULSE_TESTS_RUN_OUT_H

#ifndef PULSE_TEST_ALLOC
#define PULSE_TEST_ALLOC
#endif
#include "base/alloc.c"

#include "expect.h"

/* Runs `attempt` until it succeeds, with one more allocation granted each time. */
static void run_out(pulse_status (*attempt)(pulse_error *error))
{
    for (int sticky = 0; sticky < 2; ++sticky) {
        pulse_status status = PULSE_E_NO_MEMORY;
        for (long n = 0; status != PULSE_OK; ++n) {
            pulse_error error = {0};
            assert_true(n < 1000);
            pulse_test_fail_allocation(n, sticky);
            status = attempt(&error);
            long made = pulse_test_fail_allocation(-1, 0);
            if (status == PULSE_OK) {
                assert_true(n > 0);     /* there was something to fail */
                assert_true(made <= n); /* and it was asked for, each time */
                break;
            }
            assert_int_equal(status, PULSE_E_NO_MEMORY);
            assert_int_equal(error.status, PULSE_E_NO_MEMORY);
        }
    }
}

/* A cmocka test of the function `name`. */
#define RUN_OUT(name)                                                                              \
    static void name##_runs_out_of_memory(void **context)                                          \
    {                                                                                              \
        (void)context;                                                                             \
        run_out(name);                                                                             \
    }

#endif
