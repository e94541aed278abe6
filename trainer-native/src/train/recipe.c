#include "train/recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/suggest.h"
#include "io/files.h"

pulse_recipe pulse_recipe_default(void)
{
    return (pulse_recipe){
        .seed = 1,
        .latent = 128,
        .hidden_count = 1,
        .hidden = {256},
        .activation = PULSE_NET_RELU,
        .skip = true,
        .centre = false,
        .refit = true,
        /* 384 lyrics columns stand beside some 40 others: together they weigh about the same. */
        .input_weights = {1, {{"lyrics", 0.3f}}},
        .loss_weights = {1, {{"lyrics", 0.1f}}},
        .dropout = 0.2f,
        .modality_dropout = 0.05f,
        /* A text to find songs by is a song of which nothing but lyrics is known. */
        .lone_weights = {1, {{"lyrics", 4.0f}}},
        .lyrics_noise = 1.0f,
        .reconstruction = 1.0f,
        .contrastive = 0.5f,
        .temperature = 0.1f,
        .self_pairs = 0.5f,
        .left_out = 0.3f,
        .epochs = 60,
        .batch = 256,
        .learning_rate = 2e-3f,
        .final_rate = 0.01f,
        .schedule = PULSE_COSINE,
        .plateau_patience = 4,
        .plateau_factor = 0.5f,
        .warmup = 200,
        .patience = 10,
        .validation = 0.08f,
        .test = 0.2f,
    };
}

static const char *const activation_names[] = {"relu", "gelu", "tanh"};
static const char *const schedule_names[] = {"cosine", "plateau"};

const char *pulse_net_activation_name(pulse_net_activation activation)
{
    return activation_names[activation];
}

float pulse_weights_find(const pulse_weights *weights, const char *column, const char *modality)
{
    float found = 1.0f;
    for (uint32_t i = 0; i < weights->count; ++i) {
        if (strcmp(weights->items[i].name, modality) == 0)
            found = weights->items[i].weight;
    }
    for (uint32_t i = 0; i < weights->count; ++i) {
        if (strcmp(weights->items[i].name, column) == 0)
            found = weights->items[i].weight;
    }
    return found;
}

/* ---- JSON: one table for reading and writing ------------------------------------------------ */

typedef enum kind { KIND_SEED, KIND_COUNT, KIND_REAL, KIND_BOOL, KIND_CHOICE } kind;

typedef struct member {
    const char *name;
    kind kind;
    size_t offset;
    double least, most;
    const char *const *choices; /* KIND_CHOICE; an int-sized enum */
    size_t choice_count;
} member;

#define AT(field) offsetof(pulse_recipe, field)
static const member members[] = {
    {"seed", KIND_SEED, AT(seed), 0, 9007199254740991.0, NULL, 0},
    {"latent", KIND_COUNT, AT(latent), 1, 1024, NULL, 0},
    {"activation", KIND_CHOICE, AT(activation), 0, 0, activation_names, 3},
    {"skip", KIND_BOOL, AT(skip), 0, 0, NULL, 0},
    {"centre", KIND_BOOL, AT(centre), 0, 0, NULL, 0},
    {"refit", KIND_BOOL, AT(refit), 0, 0, NULL, 0},
    {"input_noise", KIND_REAL, AT(input_noise), 0, 10, NULL, 0},
    {"feature_dropout", KIND_REAL, AT(feature_dropout), 0, 0.95, NULL, 0},
    {"modality_dropout", KIND_REAL, AT(modality_dropout), 0, 0.95, NULL, 0},
    {"lone_modality", KIND_REAL, AT(lone_modality), 0, 1, NULL, 0},
    {"lyrics_noise", KIND_REAL, AT(lyrics_noise), 0, 10, NULL, 0},
    {"dropout", KIND_REAL, AT(dropout), 0, 0.95, NULL, 0},
    {"latent_noise", KIND_REAL, AT(latent_noise), 0, 10, NULL, 0},
    {"reconstruction", KIND_REAL, AT(reconstruction), 0, 1e6, NULL, 0},
    {"contrastive", KIND_REAL, AT(contrastive), 0, 1e6, NULL, 0},
    {"temperature", KIND_REAL, AT(temperature), 0.03, 100, NULL, 0},
    {"self_pairs", KIND_REAL, AT(self_pairs), 0, 1, NULL, 0},
    {"left_out", KIND_REAL, AT(left_out), 0, 1, NULL, 0},
    {"epochs", KIND_COUNT, AT(epochs), 1, 100000, NULL, 0},
    {"batch", KIND_COUNT, AT(batch), 1, 65536, NULL, 0},
    {"learning_rate", KIND_REAL, AT(learning_rate), 1e-9, 10, NULL, 0},
    {"final_rate", KIND_REAL, AT(final_rate), 0, 1, NULL, 0},
    {"schedule", KIND_CHOICE, AT(schedule), 0, 0, schedule_names, 2},
    {"plateau_patience", KIND_COUNT, AT(plateau_patience), 1, 100000, NULL, 0},
    {"plateau_factor", KIND_REAL, AT(plateau_factor), 0.01, 0.99, NULL, 0},
    {"warmup", KIND_COUNT, AT(warmup), 0, 1e9, NULL, 0},
    {"patience", KIND_COUNT, AT(patience), 0, 100000, NULL, 0},
    {"weight_decay", KIND_REAL, AT(weight_decay), 0, 100, NULL, 0},
    {"gradient_limit", KIND_REAL, AT(gradient_limit), 0, 1e9, NULL, 0},
    {"validation", KIND_REAL, AT(validation), 0, 0.5, NULL, 0},
    {"test", KIND_REAL, AT(test), 0, 0.5, NULL, 0},
};
enum { MEMBERS = sizeof members / sizeof *members };

static int bad(pulse_failure *failure, const char *where, const char *name, const char *needed)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: \"%s\" must be %s", where, name,
                             needed);
}

static int read_number(void *target, const member *about, const cJSON *json, const char *where,
                       pulse_failure *failure)
{
    char needed[96];
    snprintf(needed, sizeof needed, "%s from %g to %g",
             about->kind == KIND_REAL ? "a number" : "an integer", about->least, about->most);
    const double value = json->valuedouble;
    if (!cJSON_IsNumber(json) || !(value >= about->least && value <= about->most) ||
        (about->kind != KIND_REAL && value != floor(value)))
        return bad(failure, where, about->name, needed);
    if (about->kind == KIND_SEED)
        *(uint64_t *)target = (uint64_t)value;
    else if (about->kind == KIND_COUNT)
        *(uint32_t *)target = (uint32_t)value;
    else
        *(float *)target = (float)value;
    return 0;
}

static int read_choice(void *target, const member *about, const cJSON *json, const char *where,
                       pulse_failure *failure)
{
    pulse_text needed = {0};
    for (size_t i = 0; i < about->choice_count; ++i) {
        if (cJSON_IsString(json) && strcmp(json->valuestring, about->choices[i]) == 0) {
            const unsigned choice = (unsigned)i;
            memcpy(target, &choice, sizeof choice);
            free(needed.data);
            return 0;
        }
        pulse_text_format(&needed, "%s\"%s\"", i ? " or " : "", about->choices[i]);
    }
    const int code = bad(failure, where, about->name, needed.data);
    free(needed.data);
    return code;
}

/* Those that are not named keep what they had. */
static int read_weights(pulse_weights *weights, const cJSON *json, const char *where,
                        pulse_failure *failure)
{
    const char *needed = "an object of at most 64 modality or column names, with numbers > 0 up to "
                         "1000";
    if (!cJSON_IsObject(json))
        return bad(failure, where, json->string, needed);
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        uint32_t at = 0;
        while (at < weights->count && strcmp(weights->items[at].name, item->string) != 0)
            ++at;
        if (!cJSON_IsNumber(item) || !(item->valuedouble > 0 && item->valuedouble <= 1000) ||
            at == PULSE_MAX_WEIGHTS || strlen(item->string) >= sizeof weights->items->name)
            return bad(failure, where, json->string, needed);
        weights->count += at == weights->count;
        snprintf(weights->items[at].name, sizeof weights->items[at].name, "%s", item->string);
        weights->items[at].weight = (float)item->valuedouble;
    }
    return 0;
}

static int read_hidden(pulse_recipe *recipe, const cJSON *json, const char *where,
                       pulse_failure *failure)
{
    const char *needed = "a list of at most 7 widths from 1 to 8192";
    if (!cJSON_IsArray(json) || cJSON_GetArraySize(json) > PULSE_MAX_HIDDEN)
        return bad(failure, where, "hidden", needed);
    recipe->hidden_count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        const double width = cJSON_IsNumber(item) ? item->valuedouble : 0;
        if (!(width >= 1 && width <= 8192) || width != floor(width))
            return bad(failure, where, "hidden", needed);
        recipe->hidden[recipe->hidden_count++] = (uint32_t)width;
    }
    return 0;
}

static int unknown(const char *name, const char *where, pulse_failure *failure)
{
    static const char *const lists[] = {"hidden", "input_weights", "lone_weights", "loss_weights"};
    pulse_suggestion nearest = {.typed = name};
    for (size_t i = 0; i < MEMBERS; ++i)
        pulse_suggestion_offer(&nearest, members[i].name);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i)
        pulse_suggestion_offer(&nearest, lists[i]);
    pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: unknown member \"%s\"", where, name);
    if (nearest.best)
        pulse_failure_advise(failure, "did you mean \"%s\"?", nearest.best);
    return failure->code;
}

static int read_member(pulse_recipe *recipe, const cJSON *json, const char *where,
                       pulse_failure *failure)
{
    if (strcmp(json->string, "hidden") == 0)
        return read_hidden(recipe, json, where, failure);
    if (strcmp(json->string, "input_weights") == 0)
        return read_weights(&recipe->input_weights, json, where, failure);
    if (strcmp(json->string, "lone_weights") == 0)
        return read_weights(&recipe->lone_weights, json, where, failure);
    if (strcmp(json->string, "loss_weights") == 0)
        return read_weights(&recipe->loss_weights, json, where, failure);
    for (size_t i = 0; i < MEMBERS; ++i) {
        if (strcmp(json->string, members[i].name) != 0)
            continue;
        void *target = (char *)recipe + members[i].offset;
        if (members[i].kind == KIND_CHOICE)
            return read_choice(target, &members[i], json, where, failure);
        if (members[i].kind != KIND_BOOL)
            return read_number(target, &members[i], json, where, failure);
        if (!cJSON_IsBool(json))
            return bad(failure, where, json->string, "true or false");
        *(bool *)target = cJSON_IsTrue(json);
        return 0;
    }
    return unknown(json->string, where, failure);
}

int pulse_recipe_apply(pulse_recipe *recipe, const cJSON *json, const char *where,
                       pulse_failure *failure)
{
    if (!cJSON_IsObject(json))
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: must be a JSON object", where);
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        const int code = read_member(recipe, item, where, failure);
        if (code)
            return code;
    }
    return 0;
}

int pulse_recipe_read(pulse_recipe *recipe, const char *path, pulse_failure *failure)
{
    uint8_t *bytes;
    size_t size;
    int code = pulse_file_read(path, 1u << 20, &bytes, &size, failure);
    if (code)
        return code;
    cJSON *json = cJSON_ParseWithOpts((const char *)bytes, NULL, 1);
    code = json ? pulse_recipe_apply(recipe, json, path, failure)
                : pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: is not JSON", path);
    cJSON_Delete(json);
    free(bytes);
    return code;
}

/* A float as a person would have written it: 0.1, not 0.100000001490116. */
static double plain(float value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", (double)value);
    return strtod(text, NULL);
}

static void add_weights(cJSON *json, const char *name, const pulse_weights *weights)
{
    cJSON *object = cJSON_AddObjectToObject(json, name);
    for (uint32_t i = 0; i < weights->count; ++i)
        cJSON_AddNumberToObject(object, weights->items[i].name, plain(weights->items[i].weight));
}

cJSON *pulse_recipe_to_json(const pulse_recipe *recipe)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *hidden = cJSON_AddArrayToObject(json, "hidden");
    for (uint32_t i = 0; i < recipe->hidden_count; ++i)
        cJSON_AddItemToArray(hidden, cJSON_CreateNumber(recipe->hidden[i]));
    for (size_t i = 0; i < MEMBERS; ++i) {
        const void *at = (const char *)recipe + members[i].offset;
        unsigned choice;
        switch (members[i].kind) {
        case KIND_SEED:
            cJSON_AddNumberToObject(json, members[i].name, (double)*(const uint64_t *)at);
            break;
        case KIND_COUNT:
            cJSON_AddNumberToObject(json, members[i].name, *(const uint32_t *)at);
            break;
        case KIND_REAL:
            cJSON_AddNumberToObject(json, members[i].name, plain(*(const float *)at));
            break;
        case KIND_BOOL:
            cJSON_AddBoolToObject(json, members[i].name, *(const bool *)at);
            break;
        case KIND_CHOICE:
            memcpy(&choice, at, sizeof choice);
            cJSON_AddStringToObject(json, members[i].name, members[i].choices[choice]);
            break;
        }
    }
    add_weights(json, "lone_weights", &recipe->lone_weights);
    add_weights(json, "input_weights", &recipe->input_weights);
    add_weights(json, "loss_weights", &recipe->loss_weights);
    return json;
}
