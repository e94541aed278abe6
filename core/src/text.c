/* The bundle's lyrics encoder, opened when it is first needed. */
#include "base/error.h"
#include "engine.h"

void pulse_engine_close_text(pulse_engine *engine)
{
    pulse_tokenizer_free(engine->tokenizer);
    pulse_encoder_close(engine->encoder);
    pulse_file_close(&engine->encoder_file);
}

static pulse_status check_text(const pulse_engine *engine, pulse_error *error)
{
    pulse_info info;
    pulse_engine_info(engine, &info);
    if (info.text)
        return PULSE_OK;
    return pulse_fail(error, PULSE_E_UNSUPPORTED,
                      "this bundle has no lyrics encoder, so it cannot read texts: build it with "
                      "an encoder");
}

/* The encoder's file, which stays open: the encoder reads its tables in place. */
static pulse_status open_files(pulse_engine *engine, pulse_file *vocab, pulse_error *error)
{
    *vocab = (pulse_file){0};
    pulse_status status = check_text(engine, error);
    if (status == PULSE_OK && !engine->encoder_file.data)
        status = pulse_bundle_read(engine->bundle, "encoder", &engine->encoder_file, error);
    if (status == PULSE_OK)
        status = pulse_bundle_read(engine->bundle, "vocab", vocab, error);
    return status;
}

pulse_status pulse_engine_encoder(pulse_engine *engine, pulse_encoder **out, pulse_error *error)
{
    *out = engine->encoder;
    if (engine->encoder)
        return PULSE_OK;
    pulse_file vocab;
    pulse_status status = open_files(engine, &vocab, error);
    const pulse_encoder_params params = {.threads = engine->params.threads,
                                         .compute = engine->params.compute,
                                         .log = engine->params.log,
                                         .log_context = engine->params.log_context};
    if (status == PULSE_OK) {
        status = pulse_encoder_open(engine->encoder_file.data, engine->encoder_file.size,
                                    vocab.data, vocab.size, &params, &engine->encoder, error);
        if (status != PULSE_OK)
            pulse_fail_in(error, status, engine->encoder_file.name);
    }
    pulse_file_close(&vocab);
    *out = engine->encoder;
    return status;
}

pulse_status pulse_engine_tokenizer(pulse_engine *engine, const pulse_tokenizer **out,
                                    pulse_error *error)
{
    *out = engine->encoder ? pulse_encoder_tokens(engine->encoder) : engine->tokenizer;
    if (*out)
        return PULSE_OK;
    pulse_file vocab;
    pulse_status status = open_files(engine, &vocab, error);
    if (status == PULSE_OK) {
        status = pulse_encoder_tokenizer(engine->encoder_file.data, engine->encoder_file.size,
                                         vocab.data, vocab.size, &engine->tokenizer, error);
        if (status != PULSE_OK)
            pulse_fail_in(error, status, vocab.name);
    }
    pulse_file_close(&vocab);
    *out = engine->tokenizer;
    return status;
}
