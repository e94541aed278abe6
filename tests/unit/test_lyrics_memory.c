/* Memory runs out at the n-th allocation, for every n, in what stands before the lyrics encoder. */
#include "run_out.h"

#include "encoder_fixture.h"
#include "lyrics/encoder_file.h"

static uint8_t *weights;
static size_t weights_size;

static pulse_status open_file(pulse_error *error)
{
    static pulse_encoder_file file;
    pulse_status status = pulse_encoder_file_open(weights, weights_size, &file, error);
    pulse_encoder_file_close(&file);
    return status;
}

static pulse_status read_config(pulse_error *error)
{
    pulse_encoder_config config;
    return pulse_encoder_config_read(weights, weights_size, &config, error);
}

RUN_OUT(open_file)
RUN_OUT(read_config)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_file_runs_out_of_memory),
        cmocka_unit_test(read_config_runs_out_of_memory),
    };
    encoder_fixture made;
    encoder_fixture_make(&made, encoder_fixture_small());
    encoder_fixture_write(&made, &weights, &weights_size);
    encoder_fixture_free(&made);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pulse_bytes_free(weights);
    return failed;
}
