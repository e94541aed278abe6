#include "encoder/encoder_path.h"

#include <string.h>

#include "base/memory.h"

static const char ending[] = ".safetensors";

bool pulse_encoder_path_is_file(const char *path)
{
    const size_t size = strlen(path), tail = sizeof ending - 1;
    return size > tail && path[size - tail - 1] != '/' && strcmp(path + size - tail, ending) == 0;
}

char *pulse_encoder_vocab_path(const char *path)
{
    return pulse_need_format("%.*s.vocab.txt", (int)(strlen(path) - (sizeof ending - 1)), path);
}
