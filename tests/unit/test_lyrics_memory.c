/* Memory runs out at the n-th allocation, for every n, in what stands before the lyrics encoder. */
#include "run_out.h"

#include "encoder_fixture.h"
#include "lyrics/encoder_file.h"

static encoder_fixture made;
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

static pulse_status open_tokenizer(pulse_error *error)
{
    pulse_tokenizer *tokenizer;
    pulse_status status = pulse_encoder_tokenizer(
        weights, weights_size, (const uint8_t *)made.vocab, made.vocab_bytes, &tokenizer, error);
    assert_true((status == PULSE_OK) == (tokenizer != NULL));
    pulse_tokenizer_free(tokenizer);
    return status;
}

static pulse_status clean(pulse_error *error)
{
    static const char text[] = "silver boats are drifting home";
    char *out;
    size_t size;
    pulse_status status =
        pulse_lyrics_clean(text, sizeof text - 1, PULSE_LYRICS_SONG, &out, &size, error);
    assert_true((status == PULSE_OK) == (out != NULL));
    pulse_string_free(out);
    return status;
}

RUN_OUT(open_file)
RUN_OUT(read_config)
RUN_OUT(open_tokenizer)
RUN_OUT(clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_file_runs_out_of_memory),
        cmocka_unit_test(read_config_runs_out_of_memory),
        cmocka_unit_test(open_tokenizer_runs_out_of_memory),
        cmocka_unit_test(clean_runs_out_of_memory),
    };
    encoder_fixture_make(&made, encoder_fixture_small());
    encoder_fixture_write(&made, &weights, &weights_size);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pulse_bytes_free(weights);
    encoder_fixture_free(&made);
    return failed;
}
