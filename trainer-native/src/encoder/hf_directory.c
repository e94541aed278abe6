#include "encoder/hf_directory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "encoder/hf_json.h"
#include "io/files.h"

#define VOCAB_LIMIT ((size_t)64 << 20)

static int refuse(pulse_failure *failure, const char *path, const char *what)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s", path, what);
}

/* ---- config.json ---------------------------------------------------------------------------- */

static int check_kind(const pulse_hf_json *file, pulse_failure *failure)
{
    static const char why[] = "only encoders of BERT's shape can be imported";
    const cJSON *json = file->json;
    int code = 0;
    if (pulse_hf_json_member(json, "model_type")) {
        code = pulse_hf_json_only(file, json, "model_type", "bert", why, failure);
    } else {
        const cJSON *name = cJSON_GetArrayItem(pulse_hf_json_member(json, "architectures"), 0);
        if (!cJSON_IsString(name) || strncmp(name->valuestring, "Bert", 4) != 0)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: neither \"model_type\" nor \"architectures\" says that "
                                     "this is a BERT: %s",
                                     file->path, why);
    }
    if (!code)
        code = pulse_hf_json_only(file, json, "hidden_act", "gelu",
                                  "another activation is not supported", failure);
    if (!code)
        code = pulse_hf_json_only(file, json, "position_embedding_type", "absolute",
                                  "relative positions are not supported", failure);
    bool is_decoder = false;
    if (!code)
        code = pulse_hf_json_bool(file, json, "is_decoder", &is_decoder, failure);
    if (!code && is_decoder)
        return refuse(failure, file->path, "\"is_decoder\" is true: a decoder is not an encoder");
    return code;
}

static int read_config(pulse_hf_directory *out, pulse_failure *failure)
{
    pulse_hf_json file;
    int code = pulse_hf_json_read(out->path, "config.json", true, false, &file, failure);
    if (!code)
        code = check_kind(&file, failure);
    const struct {
        const char *name;
        uint32_t least, most;
        uint32_t *value;
    } sizes[] = {
        {"num_hidden_layers", 1, 48, &out->layers},
        {"hidden_size", 1, 4096, &out->width},
        {"num_attention_heads", 1, 4096, &out->heads},
        {"intermediate_size", 1, 16384, &out->intermediate},
        {"max_position_embeddings", 2, 4096, &out->positions},
        {"vocab_size", 4, 1000000, &out->words},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !code; ++i)
        code = pulse_hf_json_count(&file, file.json, sizes[i].name, sizes[i].least, sizes[i].most,
                                   true, sizes[i].value, failure);
    out->types = 2;
    if (!code)
        code = pulse_hf_json_count(&file, file.json, "type_vocab_size", 1, 1024, false, &out->types,
                                   failure);
    if (!code && out->width % out->heads != 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: \"num_attention_heads\" (%u) does not divide \"hidden_size\" "
                                 "(%u)",
                                 file.path, out->heads, out->width);
    out->epsilon = 1e-12;
    const cJSON *epsilon = pulse_hf_json_member(file.json, "layer_norm_eps");
    if (!code && epsilon) {
        out->epsilon = cJSON_IsNumber(epsilon) ? epsilon->valuedouble : NAN;
        if (!(out->epsilon >= 1e-30 && out->epsilon <= 1))
            code = refuse(failure, file.path,
                          "\"layer_norm_eps\" must be a number above 0 and at most 1");
    }
    out->config = file.path;
    file.path = NULL;
    pulse_hf_json_free(&file);
    return code;
}

/* ---- sentence-transformers ------------------------------------------------------------------ */

/* The part after the last dot: "sentence_transformers.models.Pooling". */
static const char *kind_of(const cJSON *module)
{
    const cJSON *type = pulse_hf_json_member(module, "type");
    if (!cJSON_IsString(type))
        return "";
    const char *dot = strrchr(type->valuestring, '.');
    return dot ? dot + 1 : type->valuestring;
}

/* A module's directory: a plain name, or "" for the directory itself. NULL for anything else. */
static const char *place_of(const cJSON *module)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const cJSON *path = pulse_hf_json_member(module, "path");
    if (!path)
        return "";
    if (!cJSON_IsString(path) || path->valuestring[0] == '.' ||
        strspn(path->valuestring, plain) != strlen(path->valuestring))
        return NULL;
    return path->valuestring;
}

static int read_pooling(pulse_hf_directory *out, const char *directory, pulse_failure *failure)
{
    static const char prefix[] = "pooling_mode_";
    pulse_hf_json file;
    int code = pulse_hf_json_read(directory, "config.json", true, false, &file, failure);
    uint32_t width = out->width;
    if (!code)
        code = pulse_hf_json_count(&file, file.json, "word_embedding_dimension", 1, UINT32_MAX,
                                   false, &width, failure);
    if (!code && width != out->width)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: \"word_embedding_dimension\" is %u, but %s says that "
                                 "\"hidden_size\" is %u",
                                 file.path, width, out->config, out->width);
    const char *mode = "";
    const cJSON *item;
    cJSON_ArrayForEach(item, file.json)
    {
        if (code || !cJSON_IsTrue(item) || strncmp(item->string, prefix, sizeof prefix - 1) != 0)
            continue;
        if (mode[0])
            code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: both \"%s%.40s\" and \"%.60s\" are true: joined poolings "
                                     "are not supported",
                                     file.path, prefix, mode, item->string);
        mode = item->string + sizeof prefix - 1;
    }
    if (!code && !mode[0])
        code = refuse(failure, file.path, "no pooling_mode_... is true");
    if (!code && strcmp(mode, "mean_tokens") != 0 && strcmp(mode, "cls_token") != 0)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: the pooling \"%.60s\" is not supported: only mean_tokens and "
                                 "cls_token are",
                                 file.path, mode);
    if (!code)
        out->cls = strcmp(mode, "cls_token") == 0;
    pulse_hf_json_free(&file);
    return code;
}

/* modules.json: a Transformer, a Pooling, and perhaps Normalize, in this order. */
static int check_modules(const pulse_hf_json *modules, pulse_failure *failure)
{
    static const char *const kinds[] = {"Transformer", "Pooling", "Normalize"};
    int count = 0;
    const cJSON *module;
    cJSON_ArrayForEach(module, modules->json)
    {
        const char *kind = kind_of(module);
        if (count >= 3 || strcmp(kind, kinds[count]) != 0)
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: module %d is \"%.60s\", which is not supported: only "
                                     "Transformer, Pooling and then Normalize are",
                                     modules->path, count, kind);
        if (!place_of(module))
            return pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: the \"path\" of module %d is not a plain name",
                                     modules->path, count);
        ++count;
    }
    return count >= 2 ? 0 : refuse(failure, modules->path, "a Pooling module is missing");
}

/* Where the weights are, before anything else is read. */
static int find_weights(pulse_hf_directory *out, const char *path, pulse_hf_json *modules,
                        pulse_failure *failure)
{
    out->path = pulse_need_text(path);
    int code = pulse_hf_json_read(path, "modules.json", false, true, modules, failure);
    if (code || !modules->json)
        return code;
    code = check_modules(modules, failure);
    const char *place = code ? "" : place_of(cJSON_GetArrayItem(modules->json, 0));
    if (place[0]) {
        free(out->path);
        out->path = pulse_need_format("%s/%s", path, place);
    }
    return code;
}

static int read_modules(pulse_hf_directory *out, const char *path, const pulse_hf_json *modules,
                        pulse_failure *failure)
{
    out->normalise = true;
    if (!modules->json)
        return 0;
    out->pooling_is_told = true;
    out->normalise = cJSON_GetArraySize(modules->json) == 3;
    const char *place = place_of(cJSON_GetArrayItem(modules->json, 1));
    char *directory = place[0] ? pulse_need_format("%s/%s", path, place) : pulse_need_text(path);
    const int code = read_pooling(out, directory, failure);
    free(directory);
    return code;
}

/* ---- The tokenizer -------------------------------------------------------------------------- */

/* A special token is a text, or an object with its text as "content". */
static int check_special(const pulse_hf_json *file, const char *name, const char *text,
                         pulse_failure *failure)
{
    const cJSON *token = pulse_hf_json_member(file->json, name);
    if (cJSON_IsObject(token))
        token = pulse_hf_json_member(token, "content");
    if (!token || (cJSON_IsString(token) && strcmp(token->valuestring, text) == 0))
        return 0;
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" must be \"%s\"", file->path,
                             name, text);
}

typedef struct tokenizer_settings {
    bool lower_case, split_chinese, strip_accents;
    bool accents_are_told; /* otherwise they follow the case */
} tokenizer_settings;

static int read_accents(const pulse_hf_json *file, const cJSON *json, tokenizer_settings *out,
                        pulse_failure *failure)
{
    if (!cJSON_GetObjectItemCaseSensitive(json, "strip_accents"))
        return 0;
    out->accents_are_told = pulse_hf_json_member(json, "strip_accents") != NULL;
    return pulse_hf_json_bool(file, json, "strip_accents", &out->strip_accents, failure);
}

/* tokenizer_config.json: what BertTokenizer is made with. */
static int read_tokenizer_config(const pulse_hf_directory *directory, tokenizer_settings *out,
                                 pulse_failure *failure)
{
    static const char *const specials[][2] = {{"unk_token", "[UNK]"},
                                              {"cls_token", "[CLS]"},
                                              {"sep_token", "[SEP]"},
                                              {"pad_token", "[PAD]"}};
    pulse_hf_json file;
    int code =
        pulse_hf_json_read(directory->path, "tokenizer_config.json", false, false, &file, failure);
    const cJSON *json = file.json;
    if (code || !json) {
        pulse_hf_json_free(&file);
        return code;
    }
    const cJSON *name = pulse_hf_json_member(json, "tokenizer_class");
    if (name && !(cJSON_IsString(name) && (strcmp(name->valuestring, "BertTokenizer") == 0 ||
                                           strcmp(name->valuestring, "BertTokenizerFast") == 0)))
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: \"tokenizer_class\" is \"%.80s\": only BertTokenizer and "
                                 "BertTokenizerFast are supported",
                                 file.path, cJSON_IsString(name) ? name->valuestring : "?");
    for (size_t i = 0; i < 4 && !code; ++i)
        code = check_special(&file, specials[i][0], specials[i][1], failure);
    bool basic = true;
    if (!code)
        code = pulse_hf_json_bool(&file, json, "do_basic_tokenize", &basic, failure);
    if (!code && !basic)
        code = refuse(failure, file.path, "\"do_basic_tokenize\" must be true");
    if (!code && cJSON_GetArraySize(pulse_hf_json_member(json, "never_split")) > 0)
        code = refuse(failure, file.path, "\"never_split\" is not supported");
    if (!code)
        code = pulse_hf_json_bool(&file, json, "do_lower_case", &out->lower_case, failure);
    if (!code)
        code =
            pulse_hf_json_bool(&file, json, "tokenize_chinese_chars", &out->split_chinese, failure);
    if (!code)
        code = read_accents(&file, json, out, failure);
    pulse_hf_json_free(&file);
    return code;
}

/* The vocabulary of tokenizer.json must be that of vocab.txt, token by token. */
static int compare_vocabularies(const pulse_hf_json *file, const cJSON *vocab,
                                const pulse_hf_directory *directory, pulse_failure *failure)
{
    const char **texts = pulse_need(directory->words, sizeof *texts);
    int code = 0;
    uint32_t count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, vocab)
    {
        const double id = cJSON_IsNumber(item) ? item->valuedouble : -1;
        if (!(id >= 0 && id < directory->words) || id != floor(id) || texts[(uint32_t)id]) {
            code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: the id of the token \"%.80s\" must be a whole number "
                                     "below %u that no other token has",
                                     file->path, item->string, directory->words);
            break;
        }
        texts[(uint32_t)id] = item->string;
        ++count;
    }
    if (!code && count != directory->words)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: its vocabulary has %u tokens, but %s says that "
                                 "\"vocab_size\" is %u",
                                 file->path, count, directory->config, directory->words);
    const char *at = (const char *)directory->vocab, *end = at + directory->vocab_bytes;
    for (uint32_t id = 0; id < count && !code && at < end; ++id) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((line ? line : end) - at);
        if (size > 0 && at[size - 1] == '\r')
            --size;
        if (strlen(texts[id]) != size || memcmp(texts[id], at, size) != 0)
            code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: token %u is \"%.80s\", but line %u of vocab.txt is "
                                     "\"%.*s\"",
                                     file->path, id, texts[id], id + 1,
                                     (int)(size < 80 ? size : 80), at);
        at = line ? line + 1 : end;
    }
    free(texts);
    return code;
}

/* tokenizer.json: the same settings in the words of the library "tokenizers". */
static int read_tokenizer_json(pulse_hf_directory *directory, tokenizer_settings *out,
                               pulse_failure *failure)
{
    static const char why[] = "only BERT's tokenizer is supported";
    pulse_hf_json file;
    int code = pulse_hf_json_read(directory->path, "tokenizer.json", false, false, &file, failure);
    const cJSON *normalizer = pulse_hf_json_member(file.json, "normalizer");
    const cJSON *model = pulse_hf_json_member(file.json, "model");
    if (!code && file.json && !cJSON_IsObject(model))
        code = refuse(failure, file.path, "\"model\" is missing");
    if (!code && normalizer) {
        bool clean = true;
        code = pulse_hf_json_only(&file, normalizer, "type", "BertNormalizer", why, failure);
        if (!code)
            code = pulse_hf_json_bool(&file, normalizer, "clean_text", &clean, failure);
        if (!code && !clean)
            code = refuse(failure, file.path, "\"clean_text\" must be true");
        if (!code)
            code = pulse_hf_json_bool(&file, normalizer, "lowercase", &out->lower_case, failure);
        if (!code)
            code = pulse_hf_json_bool(&file, normalizer, "handle_chinese_chars",
                                      &out->split_chinese, failure);
        if (!code)
            code = read_accents(&file, normalizer, out, failure);
    }
    if (!code && model) {
        code = pulse_hf_json_only(&file, model, "type", "WordPiece", why, failure);
        if (!code)
            code = pulse_hf_json_only(&file, model, "unk_token", "[UNK]", why, failure);
        if (!code)
            code =
                pulse_hf_json_only(&file, model, "continuing_subword_prefix", "##", why, failure);
        if (!code)
            code = pulse_hf_json_count(&file, model, "max_input_chars_per_word", 1, 1000000, false,
                                       &directory->tokenizer.longest_word, failure);
        const cJSON *vocab = pulse_hf_json_member(model, "vocab");
        if (!code && cJSON_IsObject(vocab))
            code = compare_vocabularies(&file, vocab, directory, failure);
    }
    pulse_hf_json_free(&file);
    return code;
}

/* sentence-transformers may lower the text's case itself, before the tokenizer sees it. */
static int read_sentence_config(const pulse_hf_directory *directory, bool *lower_case,
                                pulse_failure *failure)
{
    pulse_hf_json file;
    int code = pulse_hf_json_read(directory->path, "sentence_bert_config.json", false, false, &file,
                                  failure);
    if (!code && file.json)
        code = pulse_hf_json_bool(&file, file.json, "do_lower_case", lower_case, failure);
    pulse_hf_json_free(&file);
    return code;
}

static int read_vocab(pulse_hf_directory *out, pulse_failure *failure)
{
    char *path = pulse_need_format("%s/vocab.txt", out->path);
    int code = pulse_file_read(path, VOCAB_LIMIT, &out->vocab, &out->vocab_bytes, failure);
    pulse_tokenizer *tokenizer = NULL;
    pulse_error error;
    if (!code &&
        pulse_tokenizer_create(out->vocab, out->vocab_bytes, NULL, &tokenizer, &error) != PULSE_OK)
        code = pulse_failure_core_file(failure, path, &error);
    if (!code && pulse_tokenizer_size(tokenizer) != out->words)
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: has %u tokens, but %s says that \"vocab_size\" is %u", path,
                                 pulse_tokenizer_size(tokenizer), out->config, out->words);
    pulse_tokenizer_free(tokenizer);
    free(path);
    return code;
}

/* Where both say something, tokenizer_config.json counts: transformers makes it so. */
static int read_tokenizer(pulse_hf_directory *out, pulse_failure *failure)
{
    tokenizer_settings settings = {.lower_case = true, .split_chinese = true};
    out->tokenizer.longest_word = 100;
    bool lowered = false;
    int code = read_vocab(out, failure);
    if (!code)
        code = read_tokenizer_json(out, &settings, failure);
    if (!code)
        code = read_tokenizer_config(out, &settings, failure);
    if (!code)
        code = read_sentence_config(out, &lowered, failure);
    out->tokenizer.strip_accents =
        settings.accents_are_told ? settings.strip_accents : settings.lower_case;
    out->tokenizer.lower_case = settings.lower_case || lowered;
    out->tokenizer.split_chinese = settings.split_chinese;
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------ */

int pulse_hf_directory_read(const char *path, pulse_hf_directory *out, pulse_failure *failure)
{
    *out = (pulse_hf_directory){0};
    pulse_hf_json modules = {0};
    int code = find_weights(out, path, &modules, failure);
    if (!code)
        code = read_config(out, failure);
    if (!code)
        code = read_modules(out, path, &modules, failure);
    if (!code)
        code = read_tokenizer(out, failure);
    pulse_hf_json_free(&modules);
    return code;
}

void pulse_hf_directory_free(pulse_hf_directory *directory)
{
    free(directory->path);
    free(directory->config);
    free(directory->vocab);
    *directory = (pulse_hf_directory){0};
}
