#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/options.h"
#include "cli/table.h"
#include "ingest/csv.h"
#include "io/input.h"

/* Options become the request of pulse_recommend_json, so that the program and a web page ask, and
 * are answered, alike. */
typedef struct request {
    cJSON *json, *seeds, *exclude, *filters, *genres, *ranges;
    cJSON *seed; /* the last one, which --artist and --weight are about */
    const char *bundle;
    const char *text, *lyrics_file; /* what is not in the catalogue; at most one of them */
    int64_t year_min, year_max;
    uint32_t threads;
    pulse_compute compute;
    bool as_json;
} request;

#define LYRICS_LIMIT ((size_t)64 << 20)

static request request_make(void)
{
    request r = {.json = cJSON_CreateObject(), .threads = 1, .compute = PULSE_COMPUTE_PORTABLE};
    r.seeds = cJSON_AddArrayToObject(r.json, "seeds");
    r.exclude = cJSON_AddArrayToObject(r.json, "exclude");
    r.filters = cJSON_AddObjectToObject(r.json, "filters");
    r.genres = cJSON_AddArrayToObject(r.filters, "genres");
    r.ranges = cJSON_AddObjectToObject(r.filters, "features");
    return r;
}

static void add_seed(request *r, const char *member, const char *text)
{
    r->seed = cJSON_CreateObject();
    cJSON_AddStringToObject(r->seed, member, text);
    cJSON_AddItemToArray(r->seeds, r->seed);
}

static int add_artist(request *r, const char *artist, pulse_failure *failure)
{
    if (!cJSON_GetObjectItemCaseSensitive(r->seed, "title") ||
        cJSON_GetObjectItemCaseSensitive(r->seed, "artist"))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--artist \"%s\" must follow the --title it belongs to", artist);
    cJSON_AddStringToObject(r->seed, "artist", artist);
    return 0;
}

static int add_weight(request *r, const char *text, pulse_failure *failure)
{
    double weight = 0;
    if (!r->seed || cJSON_GetObjectItemCaseSensitive(r->seed, "weight"))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--weight must follow the --song-id or --title it is for");
    const int code = pulse_option_real("--weight", text, -1000, 1000, &weight, failure);
    if (!code && weight == 0)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--weight must not be 0: leave the song out instead");
    if (!code)
        cJSON_AddNumberToObject(r->seed, "weight", weight);
    return code;
}

/* FEATURE=MIN:MAX, where either bound may be left out. */
static int add_range(request *r, const char *text, pulse_failure *failure)
{
    const char *equals = strrchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;
    if (!equals || !colon || equals == text || (colon == equals + 1 && colon[1] == 0))
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--range must be FEATURE=MIN:MAX, not \"%s\"", text);
    char *name = pulse_need_format("%.*s", (int)(equals - text), text);
    char *least = pulse_need_format("%.*s", (int)(colon - equals - 1), equals + 1);
    double bounds[2] = {-3.4e38, 3.4e38};
    int code = 0;
    if (least[0])
        code = pulse_option_real("--range MIN", least, -3.4e38, 3.4e38, &bounds[0], failure);
    if (!code && colon[1])
        code = pulse_option_real("--range MAX", colon + 1, -3.4e38, 3.4e38, &bounds[1], failure);
    if (!code && bounds[0] > bounds[1])
        code = pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--range \"%s\" is empty: MIN is above MAX", text);
    if (!code)
        cJSON_AddItemToObject(r->ranges, name, cJSON_CreateDoubleArray(bounds, 2));
    free(name);
    free(least);
    return code;
}

static int put_count(request *r, const char *option, const char *text, uint64_t least,
                     const char *member, pulse_failure *failure)
{
    uint64_t value;
    const int code = pulse_option_count(option, text, least, UINT32_MAX, &value, failure);
    if (!code) {
        cJSON_DeleteItemFromObjectCaseSensitive(r->json, member);
        cJSON_AddNumberToObject(r->json, member, (double)value);
    }
    return code;
}

enum {
    TEXT = 256,
    LYRICS_FILE,
    THREADS,
    COMPUTE,
    SONG_ID,
    TITLE,
    ARTIST,
    WEIGHT,
    EXCLUDE_ARTIST,
    EXCLUDE,
    MAX_PER_ARTIST,
    DIVERSITY,
    YEAR_MIN,
    YEAR_MAX,
    GENRE,
    RANGE,
    KEEP_VERSIONS,
    JSON
};

static const struct option options[] = {{"bundle", required_argument, NULL, 'b'},
                                        {"text", required_argument, NULL, TEXT},
                                        {"lyrics-file", required_argument, NULL, LYRICS_FILE},
                                        {"threads", required_argument, NULL, THREADS},
                                        {"compute", required_argument, NULL, COMPUTE},
                                        {"song-id", required_argument, NULL, SONG_ID},
                                        {"title", required_argument, NULL, TITLE},
                                        {"artist", required_argument, NULL, ARTIST},
                                        {"weight", required_argument, NULL, WEIGHT},
                                        {"exclude-artist", no_argument, NULL, EXCLUDE_ARTIST},
                                        {"exclude", required_argument, NULL, EXCLUDE},
                                        {"max-per-artist", required_argument, NULL, MAX_PER_ARTIST},
                                        {"diversity", required_argument, NULL, DIVERSITY},
                                        {"year-min", required_argument, NULL, YEAR_MIN},
                                        {"year-max", required_argument, NULL, YEAR_MAX},
                                        {"genre", required_argument, NULL, GENRE},
                                        {"range", required_argument, NULL, RANGE},
                                        {"keep-versions", no_argument, NULL, KEEP_VERSIONS},
                                        {"json", no_argument, NULL, JSON},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static int take_option(request *r, int option, pulse_failure *failure)
{
    double diversity;
    uint64_t count = 0;
    int code = 0;
    switch (option) {
    case TEXT:
        r->text = optarg;
        return 0;
    case LYRICS_FILE:
        r->lyrics_file = optarg;
        return 0;
    case THREADS:
        code = pulse_option_count("--threads", optarg, 1, 64, &count, failure);
        r->threads = (uint32_t)count;
        return code;
    case COMPUTE:
        return pulse_option_compute("--compute", optarg, &r->compute, failure);
    case 'b':
        r->bundle = optarg;
        return 0;
    case 'k':
        return put_count(r, "-k", optarg, 1, "k", failure);
    case SONG_ID:
        add_seed(r, "song_id", optarg);
        return 0;
    case TITLE:
        add_seed(r, "title", optarg);
        return 0;
    case ARTIST:
        return add_artist(r, optarg, failure);
    case WEIGHT:
        return add_weight(r, optarg, failure);
    case EXCLUDE_ARTIST:
        cJSON_DeleteItemFromObjectCaseSensitive(r->json, "exclude_seed_artists");
        cJSON_AddTrueToObject(r->json, "exclude_seed_artists");
        return 0;
    case EXCLUDE:
        cJSON_AddItemToArray(r->exclude, cJSON_CreateString(optarg));
        return 0;
    case MAX_PER_ARTIST:
        return put_count(r, "--max-per-artist", optarg, 0, "max_per_artist", failure);
    case DIVERSITY:
        code = pulse_option_real("--diversity", optarg, 0, 1, &diversity, failure);
        if (!code) {
            cJSON_DeleteItemFromObjectCaseSensitive(r->json, "diversity");
            cJSON_AddNumberToObject(r->json, "diversity", diversity);
        }
        return code;
    case YEAR_MIN:
        return pulse_option_integer("--year-min", optarg, 1, 9999, &r->year_min, failure);
    case YEAR_MAX:
        return pulse_option_integer("--year-max", optarg, 1, 9999, &r->year_max, failure);
    case GENRE:
        cJSON_AddItemToArray(r->genres, cJSON_CreateString(optarg));
        return 0;
    case RANGE:
        return add_range(r, optarg, failure);
    case KEEP_VERSIONS:
        cJSON_DeleteItemFromObjectCaseSensitive(r->json, "keep_versions");
        cJSON_AddTrueToObject(r->json, "keep_versions");
        return 0;
    case JSON:
        r->as_json = true;
        return 0;
    case 'h':
        return pulse_command_help(&pulse_command_recommend);
    default:
        return failure->code;
    }
}

static int read_options(request *r, int argc, char **argv, pulse_failure *failure)
{
    int option;
    while ((option = pulse_option_next(argc, argv, ":b:k:h", options, failure)) != -1) {
        const int code = take_option(r, option, failure);
        if (code)
            return code;
    }
    if (optind < argc)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "\"%s\" is one argument too many; name songs by --song-id or "
                                 "--title",
                                 argv[optind]);
    if (!r->bundle)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--bundle DIR is needed: the directory that build made");
    if (r->text && r->lyrics_file)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--text and --lyrics-file are two ways to say one thing; choose "
                                 "one");
    if (!r->seed && !r->text && !r->lyrics_file)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "something to start from is needed: --song-id ID, --title TITLE, "
                                 "--text TEXT or --lyrics-file FILE");
    if (r->year_min && r->year_max && r->year_min > r->year_max)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--year-min %lld is after --year-max %lld", (long long)r->year_min,
                                 (long long)r->year_max);
    if (r->year_min)
        cJSON_AddNumberToObject(r->filters, "year_min", (double)r->year_min);
    if (r->year_max)
        cJSON_AddNumberToObject(r->filters, "year_max", (double)r->year_max);
    if (!r->genres->child)
        cJSON_DeleteItemFromObjectCaseSensitive(r->filters, "genres");
    if (!r->ranges->child)
        cJSON_DeleteItemFromObjectCaseSensitive(r->filters, "features");
    return 0;
}

/* The bytes as JSON can hold them: what is no UTF-8 becomes U+FFFD, as the core reads it; a NUL, a
 * space. */
static void add_text(request *r, const char *bytes, size_t size)
{
    pulse_text text = {0};
    for (size_t at = 0; at < size;) {
        size_t good = size - at;
        const bool valid = pulse_utf8_valid(bytes + at, size - at, &good);
        pulse_text_append(&text, bytes + at, valid ? size - at : good);
        if (!valid)
            pulse_text_append(&text, "\xef\xbf\xbd", 3);
        at = valid ? size : at + good + 1;
    }
    for (size_t i = 0; i < text.size; ++i) {
        if (!text.data[i])
            text.data[i] = ' ';
    }
    cJSON_AddStringToObject(r->json, "text", text.data ? text.data : "");
    free(text.data);
}

/* A whole file, plain or gzip. */
static int read_lyrics(const char *path, pulse_text *out, pulse_failure *failure)
{
    pulse_input *input;
    int code = pulse_input_open(path, &input, failure);
    if (code)
        return code;
    size_t got = 1;
    while (!code && got > 0) {
        char block[65536];
        code = pulse_input_read(input, block, sizeof block, &got, failure);
        if (!code)
            pulse_text_append(out, block, got);
        if (!code && out->size > LYRICS_LIMIT)
            code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                     "%s: is larger than %zu MiB; lyrics are not",
                                     pulse_input_name(input), LYRICS_LIMIT >> 20);
    }
    pulse_input_close(input);
    return code;
}

static int take_text(request *r, pulse_failure *failure)
{
    if (r->text)
        add_text(r, r->text, strlen(r->text));
    if (!r->lyrics_file)
        return 0;
    pulse_text lyrics = {0};
    const int code = read_lyrics(r->lyrics_file, &lyrics, failure);
    if (!code)
        add_text(r, lyrics.data, lyrics.size);
    free(lyrics.data);
    return code;
}

/* The text's beginning, on one line. */
static void print_text_seed(pulse_table *table, const char *text)
{
    enum { SHOWN = 60 };
    size_t size = strnlen(text, SHOWN + 1);
    const bool cut = size > SHOWN;
    while (cut && size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        --size;
    char *line = pulse_need_format("\"%.*s%s\"", (int)size, text, cut ? "…" : "");
    for (char *at = line; *at; ++at) {
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
    }
    pulse_table_cell(table, line);
    free(line);
}

static void print_seeds(const cJSON *answer, const char *text)
{
    const cJSON *seed;
    pulse_table table = {.columns = 1, .about = {{.title = "LIKE", .shrinks = true}}};
    cJSON_ArrayForEach(seed, cJSON_GetObjectItemCaseSensitive(answer, "seeds"))
    {
        char title[32], artist[32];
        char *line = pulse_need_format("%s, %s", pulse_json_text(seed, "title", title),
                                       pulse_json_text(seed, "artist", artist));
        pulse_table_cell(&table, line);
        free(line);
    }
    if (text)
        print_text_seed(&table, text);
    pulse_table_print(&table);
    putchar('\n');
    pulse_table_free(&table);
}

static int print_answer(const char *json, const char *text, pulse_failure *failure)
{
    cJSON *answer = cJSON_Parse(json);
    const cJSON *results = cJSON_GetObjectItemCaseSensitive(answer, "results"), *song, *reason;
    if (!cJSON_IsArray(results)) {
        cJSON_Delete(answer);
        return pulse_failure_set(failure, PULSE_EXIT_FAILED, "the answer cannot be read");
    }
    print_seeds(answer, text);
    pulse_table table = {.columns = 7,
                         .about = {{.title = "SCORE", .right = true},
                                   {.title = "ID", .right = true},
                                   {.title = "TITLE", .shrinks = true},
                                   {.title = "ARTIST", .shrinks = true},
                                   {.title = "GENRE", .shrinks = true},
                                   {.title = "YEAR", .right = true},
                                   {.title = "WHY", .shrinks = true}}};
    cJSON_ArrayForEach(song, results)
    {
        static const char *const members[] = {"song_id", "title", "artist", "genre", "year"};
        char room[32];
        const cJSON *score = cJSON_GetObjectItemCaseSensitive(song, "score");
        snprintf(room, sizeof room, "%.3f", cJSON_IsNumber(score) ? score->valuedouble : 0.0);
        pulse_table_cell(&table, room);
        for (size_t i = 0; i < sizeof members / sizeof *members; ++i)
            pulse_table_cell(&table, pulse_json_text(song, members[i], room));
        pulse_text why = {0};
        cJSON_ArrayForEach(reason, cJSON_GetObjectItemCaseSensitive(song, "why"))
        {
            if (cJSON_IsString(reason))
                pulse_text_format(&why, "%s%s", why.size ? ", " : "", reason->valuestring);
        }
        pulse_table_cell(&table, why.data);
        free(why.data);
    }
    if (table.cells)
        pulse_table_print(&table);
    else
        fputs("no other song passes the filters\n", stderr);
    pulse_table_free(&table);
    cJSON_Delete(answer);
    return 0;
}

static int ask(const request *r, pulse_failure *failure)
{
    pulse_opened opened;
    int code = pulse_bundle_open_with(r->bundle, r->threads, r->compute, &opened, failure);
    if (code)
        return code;
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(r->json, "text");
    char *asked = cJSON_PrintUnformatted(r->json), *answer = NULL;
    pulse_error error;
    if (!asked)
        code = pulse_failure_set(failure, PULSE_EXIT_FAILED, "out of memory");
    else if (pulse_recommend_json(opened.engine, asked, strlen(asked), &answer, &error) != PULSE_OK)
        code = error.status == PULSE_E_UNSUPPORTED
                   ? pulse_failure_core_file(failure, r->bundle, &error)
                   : pulse_failure_core(failure, &error);
    else if (r->as_json)
        pulse_print_json(answer);
    else
        code = print_answer(answer, cJSON_GetStringValue(text), failure);
    pulse_string_free(answer);
    cJSON_free(asked);
    pulse_opened_close(&opened);
    return code;
}

static int run(int argc, char **argv, pulse_failure *failure)
{
    request r = request_make();
    int code = read_options(&r, argc, argv, failure);
    if (!code)
        code = take_text(&r, failure);
    if (!code)
        code = ask(&r, failure);
    cJSON_Delete(r.json);
    return code;
}

const pulse_command pulse_command_recommend = {
    .name = "recommend",
    .summary = "recommend songs that belong with other songs, or with a text",
    .help =
        "Usage: playlistpulse recommend --bundle DIR SEED... [OPTION]...\n"
        "\n"
        "Recommends songs that belong with the seeds. A seed is\n"
        "      --song-id ID               a song by its id in the source data, or\n"
        "      --title T [--artist A]     a song by its title, and its artist where several have "
        "it\n"
        "      --weight W                 after a seed: how much it counts (1); below 0: less "
        "like\n"
        "                                 this\n"
        "      --text T                   a description in your words, or lyrics, or\n"
        "      --lyrics-file F            lyrics in a file; - is the standard input. Both need a\n"
        "                                 bundle with a lyrics encoder\n"
        "\n"
        "  -b, --bundle DIR               the bundle to choose from\n"
        "  -k N                           so many songs (10)\n"
        "      --exclude-artist           none by the seeds' artists\n"
        "      --exclude ID               not this song; may be repeated\n"
        "      --max-per-artist N         at most N by one artist (0: any number)\n"
        "      --diversity D              0, the default: the best; 1: as unlike each other as can "
        "be\n"
        "      --year-min Y --year-max Y  only songs of these years\n"
        "      --genre G                  only of this genre, or of one of several if repeated\n"
        "      --range FEATURE=MIN:MAX    only with this feature in this range; a bound may be "
        "left\n"
        "                                 out; may be repeated. `info` lists the features\n"
        "      --keep-versions            do not fold live, remastered and other versions of a "
        "song\n"
        "      --threads N                threads for the lyrics encoder (1)\n"
        "      --compute C                how it multiplies: portable, the default, as a web "
        "page\n"
        "                                 does; auto, the fastest here; f32, f32-int8, int8 or "
        "int16\n"
        "      --json                     print JSON: "
        "{\"seeds\",\"results\":[{\"song_id\",\"title\",\n"
        "                                 \"artist\",\"genre\",\"year\",\"score\",\"why\"}]}\n",
    .run = run,
};
