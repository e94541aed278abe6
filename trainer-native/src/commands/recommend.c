#include "commands/bundle_options.h"
#include "commands/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/log.h"
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

static int put_count(request *r, const pulse_options *options, uint64_t least, const char *member,
                     pulse_failure *failure)
{
    uint64_t value;
    const int code = pulse_options_count(options, least, UINT32_MAX, &value, failure);
    if (!code) {
        cJSON_DeleteItemFromObjectCaseSensitive(r->json, member);
        cJSON_AddNumberToObject(r->json, member, (double)value);
    }
    return code;
}

enum {
    TEXT = 1,
    LYRICS_FILE,
    SONG_ID,
    TITLE,
    ARTIST,
    WEIGHT,
    SONGS,
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

static void put_true(request *r, const char *member)
{
    cJSON_DeleteItemFromObjectCaseSensitive(r->json, member);
    cJSON_AddTrueToObject(r->json, member);
}

static int put_diversity(request *r, const pulse_options *options, pulse_failure *failure)
{
    double diversity;
    const int code = pulse_options_real(options, 0, 1, &diversity, failure);
    if (!code) {
        cJSON_DeleteItemFromObjectCaseSensitive(r->json, "diversity");
        cJSON_AddNumberToObject(r->json, "diversity", diversity);
    }
    return code;
}

static int take_option(request *r, int id, const pulse_options *options, pulse_failure *failure)
{
    const char *value = options->value;
    switch (id) {
    case PULSE_ID_BUNDLE:
        r->bundle = value;
        return 0;
    case PULSE_ID_THREADS:
        return pulse_options_count32(options, 1, 64, &r->threads, failure);
    case PULSE_ID_COMPUTE:
        return pulse_options_compute(options, &r->compute, failure);
    case TEXT:
        r->text = value;
        return 0;
    case LYRICS_FILE:
        r->lyrics_file = value;
        return 0;
    case SONG_ID:
        add_seed(r, "song_id", value);
        return 0;
    case TITLE:
        add_seed(r, "title", value);
        return 0;
    case ARTIST:
        return add_artist(r, value, failure);
    case WEIGHT:
        return add_weight(r, value, failure);
    case SONGS:
        return put_count(r, options, 1, "k", failure);
    case EXCLUDE_ARTIST:
        put_true(r, "exclude_seed_artists");
        return 0;
    case EXCLUDE:
        cJSON_AddItemToArray(r->exclude, cJSON_CreateString(value));
        return 0;
    case MAX_PER_ARTIST:
        return put_count(r, options, 0, "max_per_artist", failure);
    case DIVERSITY:
        return put_diversity(r, options, failure);
    case YEAR_MIN:
        return pulse_option_integer(options->name, value, 1, 9999, &r->year_min, failure);
    case YEAR_MAX:
        return pulse_option_integer(options->name, value, 1, 9999, &r->year_max, failure);
    case GENRE:
        cJSON_AddItemToArray(r->genres, cJSON_CreateString(value));
        return 0;
    case RANGE:
        return add_range(r, value, failure);
    case KEEP_VERSIONS:
        put_true(r, "keep_versions");
        return 0;
    case JSON:
        r->as_json = true;
        return 0;
    default:
        return 0;
    }
}

static int read_options(request *r, pulse_options *options, pulse_failure *failure)
{
    int code = 0;
    for (int id; !code && (id = pulse_options_next(options)) != 0;)
        code = take_option(r, id, options, failure);
    if (code)
        return code;
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
        pulse_note("no other song passes the filters");
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
    if (code == PULSE_EXIT_NOT_FOUND)
        pulse_failure_advise(failure,
                             "playlistpulse search finds songs and their ids, playlistpulse "
                             "info lists genres and features");
    pulse_string_free(answer);
    cJSON_free(asked);
    pulse_opened_close(&opened);
    return code;
}

static int run(pulse_options *options, pulse_failure *failure)
{
    request r = request_make();
    int code = read_options(&r, options, failure);
    if (!code)
        code = take_text(&r, failure);
    if (!code)
        code = ask(&r, failure);
    cJSON_Delete(r.json);
    return code;
}

static const pulse_option seed_rows[] = {
    {.id = SONG_ID,
     .name = "song-id",
     .value = "ID",
     .help = "a song by its id in the source data, as search prints it",
     .many = true},
    {.id = TITLE, .name = "title", .value = "TEXT", .help = "a song by its title", .many = true},
    {.id = ARTIST,
     .name = "artist",
     .value = "TEXT",
     .help = "after --title: its artist, where several have a song of that title",
     .many = true},
    {.id = WEIGHT,
     .name = "weight",
     .value = "W",
     .help = "after a song: how much it counts, 1 without this; below 0: less like this one",
     .many = true},
    {.id = TEXT,
     .name = "text",
     .value = "TEXT",
     .help = "a description in your words, or lyrics; needs a bundle with a lyrics encoder"},
    {.id = LYRICS_FILE,
     .name = "lyrics-file",
     .value = "FILE",
     .help = "lyrics in a file, - is the standard input; needs a lyrics encoder too"},
    {0},
};
static const pulse_option_group seeds = {"Seeds, of which there must be one", seed_rows};

static const pulse_option rows[] = {
    {.id = SONGS, .letter = 'k', .value = "N", .help = "so many songs; without this, 10"},
    {.id = EXCLUDE_ARTIST, .name = "exclude-artist", .help = "none by the seeds' artists"},
    {.id = EXCLUDE, .name = "exclude", .value = "ID", .help = "not this song", .many = true},
    {.id = MAX_PER_ARTIST,
     .name = "max-per-artist",
     .value = "N",
     .help = "at most so many by one artist; 0: any number"},
    {.id = DIVERSITY,
     .name = "diversity",
     .value = "D",
     .help = "from 0, the default: the best; to 1: as unlike each other as can be"},
    {.id = YEAR_MIN, .name = "year-min", .value = "YEAR", .help = "none from before this year"},
    {.id = YEAR_MAX, .name = "year-max", .value = "YEAR", .help = "none from after this year"},
    {.id = GENRE,
     .name = "genre",
     .value = "GENRE",
     .help = "only of this genre, or of one of several",
     .many = true},
    {.id = RANGE,
     .name = "range",
     .value = "FEATURE=MIN:MAX",
     .help = "only with this feature in this range; a bound may be left out; info lists the "
             "features",
     .many = true},
    {.id = KEEP_VERSIONS,
     .name = "keep-versions",
     .help = "do not fold live, remastered and other versions of a song into one"},
    {.id = JSON,
     .name = "json",
     .help = "print JSON: {\"seeds\", \"results\": [{\"song_id\", \"title\", \"artist\", "
             "\"genre\", \"year\", \"score\", \"why\"}]}"},
    {0},
};
static const pulse_option_group own = {"Answer", rows};

static const pulse_example examples[] = {
    {"Songs that belong with a song:",
     "playlistpulse recommend --bundle models/default --title \"Karma Police\" --artist Radiohead"},
    {"More like the first and less like the second, none by their artists, of the nineties:",
     "playlistpulse recommend -b models/default --song-id 1 --song-id 2 --weight -0.5 "
     "--exclude-artist --year-min 1990 --year-max 1999"},
    {"Songs for a mood, in your words:",
     "playlistpulse recommend -b models/default --text \"driving home alone at night\" -k 20"},
    {"Songs for dancing that are like one, for a program:",
     "playlistpulse recommend -b models/default --song-id 1 --range danceability=0.7: --json"},
    {0},
};

const pulse_command pulse_command_recommend = {
    .name = "recommend",
    .section = PULSE_SECTION_ASK,
    .summary = "recommend songs that belong with other songs, or with a text",
    .usage = "--bundle DIR SEED... [OPTION]...",
    .description =
        "Recommends songs that belong with the seeds: songs of the catalogue, a text, or "
        "both.",
    .operand = {.surplus = "name songs by --song-id or --title"},
    .groups = (const pulse_option_group *const[]){&pulse_bundle_options, &seeds, &own,
                                                  &pulse_encoder_options, NULL},
    .examples = examples,
    .run = run,
};
