/* An encoder's tokenizer: refused where the vocabulary is another encoder's, because ids would
 * then look up the wrong rows without anybody noticing. */
#include "base/error.h"
#include "lyrics/encoder_file.h"

#include <string.h>

static pulse_status check_vocabulary(const pulse_encoder_config *config, const uint8_t *vocab,
                                     size_t size, pulse_error *error)
{
    char hash[65];
    pulse_sha256_hex(vocab, size, hash);
    if (strcmp(hash, config->vocab_sha256) != 0)
        return pulse_fail(error, PULSE_E_FORMAT,
                          "the vocabulary is not the encoder's: its SHA-256 is %s, the encoder's "
                          "has %s",
                          hash, config->vocab_sha256);
    return PULSE_OK;
}

pulse_status pulse_encoder_tokenizer(const uint8_t *weights, size_t weights_size,
                                     const uint8_t *vocab, size_t vocab_size, pulse_tokenizer **out,
                                     pulse_error *error)
{
    pulse_encoder_config config;
    pulse_tokenizer *tokenizer = NULL;
    *out = NULL;
    pulse_status status = pulse_encoder_config_read(weights, weights_size, &config, error);
    if (status == PULSE_OK)
        status = check_vocabulary(&config, vocab, vocab_size, error);
    if (status == PULSE_OK)
        status = pulse_tokenizer_create(vocab, vocab_size, &config.tokenizer, &tokenizer, error);
    if (status == PULSE_OK && pulse_tokenizer_size(tokenizer) != config.words)
        status = pulse_fail(error, PULSE_E_FORMAT,
                            "the vocabulary has %u tokens, the encoder has vectors for %u",
                            pulse_tokenizer_size(tokenizer), config.words);
    if (status != PULSE_OK) {
        pulse_tokenizer_free(tokenizer);
        return status;
    }
    *out = tokenizer;
    return PULSE_OK;
}
