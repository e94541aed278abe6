/*
 * pulse.h: recommend songs that belong with other songs.
 *
 * `pulse` opens a bundle (a catalogue of songs, a vector for each, and the model that made them),
 * finds songs in it by what a person types, and recommends songs for seeds. The same sources
 * compile natively and to WebAssembly, and give the same answers.
 *
 *     pulse_source source;
 *     pulse_error error;
 *     pulse_engine *engine;
 *     if (pulse_directory_source("models/default", &source, &error) != PULSE_OK) ...
 *     if (pulse_engine_open(&source, NULL, &engine, &error) != PULSE_OK) ...
 *     pulse_query query = pulse_query_default();
 *     pulse_seed seed = {.song = 17, .weight = 1.0f};
 *     query.seeds = &seed;
 *     query.seed_count = 1;
 *     pulse_results *results;
 *     if (pulse_recommend(engine, &query, &results, &error) != PULSE_OK) ...
 *     for (size_t i = 0; i < results->count; ++i)
 *         printf("%s\n", results->items[i].song.title);
 *     pulse_results_free(results);
 *     pulse_engine_close(engine);
 *     pulse_source_close(&source);
 *
 * The header is in tiers. 1: status and errors. 2: where bytes come from. 3: the engine.
 * 4: the engine in JSON, for callers in other languages. 5: making bundles. 6: the lyrics encoder
 * by itself.
 *
 * Rules that hold everywhere, unless a function says otherwise
 * - A call that can fail returns a `pulse_status`. `error` may be NULL; otherwise it is filled on
 *   failure and left alone on success. On failure every output pointer is set to NULL.
 * - Strings are UTF-8 and NUL-terminated. Input text need not be valid UTF-8: what is not, is read
 *   as U+FFFD.
 * - `*_free` and `*_close` accept NULL.
 * - One object may be used by one thread at a time; different objects by different threads. There
 * is no mutable global state, no socket opened, nothing printed. Threads are started only where the
 * caller asks for more than one, and end with the object that they work for.
 */
#ifndef PULSE_H
#define PULSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PULSE_VERSION "0.1.0"

/* ---- 1. Status and errors ------------------------------------------------------------------- */

/* The values are part of the interface and never change. */
typedef enum pulse_status {
    PULSE_OK = 0,
    PULSE_E_NO_MEMORY = 1,
    PULSE_E_ARGUMENT = 2,    /* the caller asked for something that cannot be */
    PULSE_E_IO = 3,          /* a file could not be read or written */
    PULSE_E_FORMAT = 4,      /* a file is damaged, or not what it says it is */
    PULSE_E_VERSION = 5,     /* a file is of a format version this build does not know */
    PULSE_E_NOT_FOUND = 6,   /* no such file, song, genre or feature */
    PULSE_E_UNSUPPORTED = 7, /* the bundle or this build lacks the part that is needed */
    PULSE_E_INTERNAL = 8,    /* a defect in pulse */
} pulse_status;

typedef struct pulse_error {
    pulse_status status;
    char message[512]; /* one sentence: what is wrong, in which file, what to do where that is known
                        */
} pulse_error;

/* "not found" for PULSE_E_NOT_FOUND, and so on. Never NULL; static. */
const char *pulse_status_name(pulse_status status);

typedef enum pulse_log_level { PULSE_LOG_DEBUG, PULSE_LOG_INFO, PULSE_LOG_WARN } pulse_log_level;
typedef void (*pulse_log_fn)(void *context, pulse_log_level level, const char *message);

/* ---- 2. Where bytes come from --------------------------------------------------------------- */

/*
 * A bundle's files, by name. `open` hands out one whole file, which stays readable and unchanged
 * until `close` is called with the same pointer. Names are bare file names, already checked by
 * pulse: no slash, no "..", at most 128 bytes. The two functions may be called from the thread that
 * calls pulse only.
 */
typedef struct pulse_source {
    void *context;
    /* PULSE_E_NOT_FOUND where there is no such file. `*data` may be NULL only when `*size` is 0. */
    pulse_status (*open)(void *context, const char *name, const uint8_t **data, size_t *size,
                         pulse_error *error);
    void (*close)(void *context, const uint8_t *data, size_t size);
    void (*destroy)(void *context); /* called by pulse_source_close; may be NULL */
} pulse_source;

/* The files of a directory. Each is read into memory, so that a file changed meanwhile is harmless.
 */
pulse_status pulse_directory_source(const char *path, pulse_source *out, pulse_error *error);

void pulse_source_close(pulse_source *source);

/* ---- 3. The engine -------------------------------------------------------------------------- */

typedef struct pulse_engine pulse_engine;

/*
 * How the lyrics encoder multiplies. All give the same vectors up to the error that stands in
 * docs/encoder.md; which is fastest depends on the processor.
 */
typedef enum pulse_compute {
    PULSE_COMPUTE_AUTO = 0,     /* the fastest here, found by a short probe when it is loaded */
    PULSE_COMPUTE_F32 = 1,      /* weights made f32 once */
    PULSE_COMPUTE_F32_INT8 = 2, /* f32 activations, weights stay int8 */
    PULSE_COMPUTE_INT8 = 3,     /* activations made int8 row by row, int32 sums; natively only */
    PULSE_COMPUTE_INT16 = 4,    /* activations made int16 row by row, int32 sums */
    PULSE_COMPUTE_PORTABLE = 5, /* int16, or f32 where the weights are: what gives the same vectors
                                   natively and in WebAssembly: 1 - cosine < 1e-5 */
} pulse_compute;
/* "auto", "f32", "f32-int8", "int8", "int16", "portable"; never NULL. */
const char *pulse_compute_name(pulse_compute compute);

typedef struct pulse_engine_params {
    pulse_log_fn log; /* may be NULL */
    void *log_context;
    bool skip_hashes; /* do not check SHA-256: only for bytes that were checked on the way in */
    uint32_t threads; /* for the lyrics encoder; 0 and 1: the caller's alone */
    pulse_compute compute; /* of the lyrics encoder */
} pulse_engine_params;

/*
 * Opens a bundle: manifest, catalogue and vectors are read and checked now; the autoencoder when it
 * is first needed, so that a page can recommend before it has fetched it. `source` must outlive the
 * engine. `params` may be NULL.
 */
pulse_status pulse_engine_open(const pulse_source *source, const pulse_engine_params *params,
                               pulse_engine **out, pulse_error *error);
void pulse_engine_close(pulse_engine *engine);

typedef struct pulse_feature {
    const char *name;     /* as in the source data: "danceability" */
    const char *modality; /* the group it goes missing with: "audio" */
    const char *label;    /* for people: "danceability" */
    const char *unit;     /* "BPM", "dB", "ms", or "" */
    const char *low;      /* what a listener calls a small value, or "": "calm" */
    const char *high;     /* what a listener calls a large value, or "": "energetic" */
    float quantiles[11];  /* minimum, 10% .. 90%, maximum over the catalogue, missing left out */
} pulse_feature;

/*
 * What is in the bundle. Strings belong to the engine. `songs`: songs are numbered 0 .. songs-1;
 * that number is called `song` below, and is the row of its vector.
 */
typedef struct pulse_info {
    uint32_t songs;
    uint32_t artists;
    uint32_t dimensions; /* of the latent */
    int32_t year_min;    /* 0, 0 where no song has a year */
    int32_t year_max;
    uint32_t genre_count;
    const char *const *genres; /* [genre_count] */
    uint32_t feature_count;
    const pulse_feature *features; /* [feature_count] */
    bool integer_ids;              /* song_ids are all integers, and are numbers in JSON */
    bool text;            /* the bundle has a lyrics encoder: pulse_embed_song takes text */
    bool map;             /* the bundle has a map: pulse_get_map */
    const char *manifest; /* JSON text */
} pulse_info;
void pulse_engine_info(const pulse_engine *engine, pulse_info *info);

/* One song as a person sees it. */
typedef struct pulse_song {
    uint32_t song;
    uint32_t version; /* the same for songs that are versions of one recording */
    int32_t year;     /* 0: unknown */
    const char *song_id;
    const char *title;
    const char *artist;
    const char *genre; /* "" : unknown */
} pulse_song;

typedef struct pulse_songs {
    size_t count;
    pulse_song *items; /* [count]; with their strings owned by this object */
} pulse_songs;
void pulse_songs_free(pulse_songs *songs);

/* The song's details. */
pulse_status pulse_get_song(pulse_engine *engine, uint32_t song, pulse_songs **out,
                            pulse_error *error);
/* The song's raw features, [feature_count], NAN where missing. */
pulse_status pulse_get_features(pulse_engine *engine, uint32_t song, float *out,
                                pulse_error *error);
/* The song's vector, [dimensions]: its latent, of length 1, or less where not all is known of it.
 */
pulse_status pulse_get_vector(pulse_engine *engine, uint32_t song, float *out, pulse_error *error);

/*
 * The map: where each song lies in the plane, near the songs that it is most like. `*positions`
 * [songs, 2] is x and y, x to the right and y up, in steps of 1 / 32767, so within [-1, 1], by song
 * number; it belongs to the engine. Reads the file when first called. PULSE_E_UNSUPPORTED where the
 * bundle has none, as those made before there were maps.
 */
pulse_status pulse_get_map(pulse_engine *engine, const int16_t **positions, pulse_error *error);

/* From the identifier in the source data to the number used here. */
pulse_status pulse_find_song_id(pulse_engine *engine, const char *song_id, uint32_t *song,
                                pulse_error *error);
/*
 * From a title, and an artist or NULL. Case, accents and punctuation do not matter. Where several
 * songs have that title the best known version is taken, in the order of pulse_search, and
 * `*others` (may be NULL) is how many more there are. PULSE_E_NOT_FOUND names near misses in the
 * message.
 */
pulse_status pulse_find_title(pulse_engine *engine, const char *title, const char *artist,
                              uint32_t *song, uint32_t *others, pulse_error *error);

/*
 * Songs for what was typed so far: the words of `text` in title and artist, in any order, the last
 * one as a prefix; a word of five letters or more may have one edit. Exact titles come first, then
 * titles that start with the text, then the rest. At most `limit` songs; none is not an error.
 */
pulse_status pulse_search(pulse_engine *engine, const char *text, size_t limit, pulse_songs **out,
                          pulse_error *error);

typedef struct pulse_seed {
    uint32_t song;
    float weight; /* > 0: more like this; < 0: less like this */
} pulse_seed;

/* Songs whose `feature` (its number in pulse_info.features) is known and within [min, max]. */
typedef struct pulse_range {
    uint32_t feature;
    float min;
    float max;
} pulse_range;

/* Start from pulse_query_default() and set what differs. Arrays belong to the caller. */
typedef struct pulse_query {
    const pulse_seed *seeds; /* [seed_count] */
    size_t seed_count;
    /* A latent, [dimensions], of something that is not in the catalogue, as pulse_embed_song makes
     * it, with weight 1; NULL for none. There must be a seed or a vector. */
    const float *vector;
    const float *vector_features; /* [feature_count] its raw values, NAN where unknown, for the why;
                                     NULL: none are known */
    uint32_t k;                   /* default 10; more than there are is not an error */
    const uint32_t *exclude;      /* [exclude_count] songs never to return */
    size_t exclude_count;
    bool exclude_seed_artists;
    uint32_t max_per_artist; /* 0, the default: any number */
    float diversity;    /* 0, the default: by score alone .. 1: as unlike each other as can be */
    bool keep_versions; /* default false: of a song's versions (live, remaster, radio edit,
                           re-upload) only the best is returned, and none of a seed's */
    const uint32_t *genres; /* [genre_count] one of these; genre_count 0: any */
    size_t genre_count;
    int32_t year_min;          /* 0: no bound. With a bound, songs of unknown year are left out */
    int32_t year_max;          /* 0: no bound */
    const pulse_range *ranges; /* [range_count] all must hold */
    size_t range_count;
} pulse_query;
pulse_query pulse_query_default(void);

typedef struct pulse_result {
    pulse_song song;
    float score; /* product of the query, at length 1, and the song's vector, -1 .. 1 */
    size_t why_count;
    const char *const *why; /* [why_count] what it shares most with the seeds, strongest first */
} pulse_result;

typedef struct pulse_results {
    size_t count;
    pulse_result *items; /* [count]; with their strings owned by this object */
} pulse_results;
void pulse_results_free(pulse_results *results);

/*
 * The songs that belong most with the seeds. Seeds are never among them. Fewer than `k` come back
 * only when no candidate is left that passes the filters, the artists' share and the folding of
 * versions. The order is total and the same on every machine: ties go to the lower song number.
 */
pulse_status pulse_recommend(pulse_engine *engine, const pulse_query *query, pulse_results **out,
                             pulse_error *error);

/* Between the values of a list of categories, in one text: U+001F, the unit separator. */
#define PULSE_LIST_SEPARATOR "\x1f"

/* One known value of a song that is not in the catalogue. */
typedef struct pulse_value {
    const char
        *name; /* of a numerical or categorical feature of the model; "year" and "genre" too */
    /* A category, or, of a feature that has several at once, categories with PULSE_LIST_SEPARATOR
     * between them; NULL where the value is a number. */
    const char *text;
    float number;
} pulse_value;

/*
 * The unit-length latent, into `out` [dimensions], of a song of which `values` [count] and `text`
 * [text_bytes] are known and everything else is missing. `text` is lyrics, or a description in a
 * listener's words; NULL for none. It is cleaned as pulse_lyrics_clean does for a query; where
 * nothing of it is left that could be read, PULSE_E_ARGUMENT. An unknown name is
 * PULSE_E_NOT_FOUND; an unknown category is legal, and counts as missing.
 *
 * `features` [feature_count], for pulse_query.vector_features; may be NULL: the values, and with a
 * text, of what was not given, what the model expects of such a song where that is a lot or a
 * little; else NAN.
 *
 * Reads the autoencoder from the source when first called, and the encoder when first called with a
 * text: PULSE_E_UNSUPPORTED where the bundle has none.
 */
pulse_status pulse_embed_song(pulse_engine *engine, const pulse_value *values, size_t count,
                              const char *text, size_t text_bytes, float *out, float *features,
                              pulse_error *error);

/* ---- 4. The engine in JSON ------------------------------------------------------------------ */

/*
 * The same calls with JSON in and out, for callers in other languages and for programs that print
 * JSON. `*json` belongs to the caller: pulse_string_free. docs/json.md describes the members.
 *
 * pulse_recommend_json takes
 *   {"seeds":[{"song_id":ID,"weight":1} | {"title":T,"artist":A,"weight":1}],
 *    "features":{NAME:NUMBER, CATEGORY or [CATEGORY,...],...},  a song that is not in the
 *    "text":T,       catalogue, instead of or beside seeds: its values, its lyrics or both
 *    "k":10,"exclude":[ID],"exclude_seed_artists":false,"max_per_artist":0,"diversity":0,
 *    "keep_versions":false,
 *    "filters":{"genres":[G],"year_min":Y,"year_max":Y,"features":{NAME:[MIN,MAX]}}}
 * where all but one of "seeds", "features" and "text" may be left out and unknown members are
 * errors, and gives
 *   {"seeds":[SONG],"results":[SONG + {"score":NUMBER,"why":[TEXT]}]}
 *   with SONG = {"song_id":ID,"title":T,"artist":A,"genre":G|null,"year":Y|null}.
 * IDs are numbers where pulse_info.integer_ids, else strings; both are accepted.
 */
pulse_status pulse_info_json(pulse_engine *engine, char **json, pulse_error *error);
pulse_status pulse_song_json(pulse_engine *engine, const char *song_id, char **json,
                             pulse_error *error);
/* {"song_ids":[ID],"positions":[NUMBER]}: every song's id, and as pulse_get_map gives them, x and y
 * of each. */
pulse_status pulse_map_json(pulse_engine *engine, char **json, pulse_error *error);
pulse_status pulse_search_json(pulse_engine *engine, const char *text, size_t limit, char **json,
                               pulse_error *error);
pulse_status pulse_recommend_json(pulse_engine *engine, const char *request, size_t bytes,
                                  char **json, pulse_error *error);
/* {"embedding":[NUMBER]}: the text as it stands through the bundle's lyrics encoder. */
pulse_status pulse_encode_json(pulse_engine *engine, const char *text, size_t bytes, char **json,
                               pulse_error *error);
/* {"ids":[NUMBER]}: the text's tokens, [CLS] and [SEP] included. Does not read the weights. */
pulse_status pulse_tokenize_json(pulse_engine *engine, const char *text, size_t bytes, char **json,
                                 pulse_error *error);
void pulse_string_free(char *text);

/* ---- 5. Making bundles ---------------------------------------------------------------------- */

/* 5a. The catalogue: an SQLite file, written to a temporary name beside `path` and renamed by
 * pulse_catalog_writer_finish; pulse_catalog_writer_free without finish leaves nothing behind. */
typedef struct pulse_catalog_writer pulse_catalog_writer;

typedef struct pulse_catalog_song {
    const char *song_id; /* unique; not checked here */
    const char *title;
    const char *artist;
    const char *genre;     /* NULL or "": unknown */
    int32_t year;          /* 0: unknown */
    const float *features; /* [feature_count] raw, NAN: missing */
} pulse_catalog_song;

pulse_status pulse_catalog_writer_open(const char *path, const pulse_feature *features,
                                       size_t feature_count, bool integer_ids,
                                       pulse_catalog_writer **out, pulse_error *error);
/* The n-th call (from 0) makes song n. */
pulse_status pulse_catalog_writer_add(pulse_catalog_writer *writer, const pulse_catalog_song *song,
                                      pulse_error *error);
pulse_status pulse_catalog_writer_finish(pulse_catalog_writer *writer, pulse_error *error);
void pulse_catalog_writer_free(pulse_catalog_writer *writer);

/* 5b. The preprocessor: from a song's raw values to the autoencoder's input row. Its JSON text is
 * described in docs/bundle-format.md ("preprocessor"); the trainer fits it, the core applies it. */
typedef struct pulse_preprocessor pulse_preprocessor;

pulse_status pulse_preprocessor_parse(const char *json, size_t bytes, pulse_preprocessor **out,
                                      pulse_error *error);
void pulse_preprocessor_free(pulse_preprocessor *preprocessor);

/*
 * An input row is, in this order: numerical features (transformed, standardised, 0 where missing;
 * of a circular one sine and cosine), one-hot categories (all 0 where missing or unknown; several
 * not 0 of a feature that takes several), the lyrics embedding (0 where missing), and
 * one presence flag per modality (1 when any value of it is present). `targets` = the row without
 * the flags: what the decoder reconstructs.
 */
typedef struct pulse_layout {
    uint32_t numerical;   /* columns of numerical features */
    uint32_t categorical; /* columns of one-hot categories, all features together */
    uint32_t lyrics;      /* columns of the lyrics embedding, 0 or 384 */
    uint32_t modalities;  /* presence flags */
    uint32_t inputs;      /* the sum of the four */
    uint32_t targets;     /* inputs - modalities */
    uint32_t categorical_features;
    uint32_t numerical_features; /* at most `numerical`: a circular one has two columns */
} pulse_layout;
void pulse_preprocessor_layout(const pulse_preprocessor *preprocessor, pulse_layout *layout);
/* The modality (0 .. modalities-1) that target column `column` belongs to. */
uint32_t pulse_preprocessor_modality(const pulse_preprocessor *preprocessor, uint32_t column);

/*
 * One row. `numerical` [numerical_features] raw values in the preprocessor's order, NAN: missing;
 * `categories` [categorical_features] texts, NULL or "": missing, several with PULSE_LIST_SEPARATOR
 * between them where the feature takes several; `lyrics` [lyrics] or NULL.
 * Writes `row` [inputs] and, where not NULL, `present` [targets]: 1 where the value is known, else
 * 0.
 */
pulse_status pulse_preprocessor_apply(const pulse_preprocessor *preprocessor,
                                      const float *numerical, const char *const *categories,
                                      const float *lyrics, float *row, uint8_t *present,
                                      pulse_error *error);

/* 5c. The autoencoder, from its safetensors bytes (copied; the preprocessor is in the metadata). */
typedef struct pulse_autoencoder pulse_autoencoder;

pulse_status pulse_autoencoder_parse(const uint8_t *bytes, size_t size, pulse_autoencoder **out,
                                     pulse_error *error);
void pulse_autoencoder_free(pulse_autoencoder *autoencoder);
const pulse_preprocessor *pulse_autoencoder_preprocessor(const pulse_autoencoder *autoencoder);
uint32_t pulse_autoencoder_dimensions(const pulse_autoencoder *autoencoder);
/* rows [n, inputs] -> unit-length latents [n, dimensions]. */
pulse_status pulse_autoencoder_encode(pulse_autoencoder *autoencoder, const float *rows, size_t n,
                                      float *latents, pulse_error *error);
/* rows [n, inputs] -> reconstructions [n, targets]. */
pulse_status pulse_autoencoder_reconstruct(pulse_autoencoder *autoencoder, const float *rows,
                                           size_t n, float *targets, pulse_error *error);

/* 5d. safetensors (https://github.com/huggingface/safetensors): a writer to memory, and a view of
 * tensors inside bytes that stay the caller's. */
typedef enum pulse_dtype {
    PULSE_F32 = 0,
    PULSE_F16 = 1,
    PULSE_I8 = 2,
    PULSE_I32 = 3,
    PULSE_I64 = 4,
    PULSE_BF16 = 5,
    PULSE_I16 = 6,
} pulse_dtype;

typedef struct pulse_tensor {
    const char *name;
    pulse_dtype dtype;
    uint32_t rank; /* 0 .. 4 */
    uint64_t shape[4];
    const void *data; /* little-endian, row-major */
    size_t bytes;     /* size of data */
} pulse_tensor;

typedef struct pulse_pair {
    const char *key;
    const char *value;
} pulse_pair;

/* `*bytes` belongs to the caller: pulse_bytes_free. Tensors are laid out in the order given. */
pulse_status pulse_safetensors_write(const pulse_tensor *tensors, size_t tensor_count,
                                     const pulse_pair *metadata, size_t metadata_count,
                                     uint8_t **bytes, size_t *size, pulse_error *error);
void pulse_bytes_free(uint8_t *bytes);

typedef struct pulse_safetensors pulse_safetensors;

/* Checks the whole header: names, dtypes, shapes, that offsets fit, do not overlap and leave no
 * hole. `bytes` must outlive the view. `what` names the file in messages; NULL: no name. */
pulse_status pulse_safetensors_parse(const uint8_t *bytes, size_t size, const char *what,
                                     pulse_safetensors **out, pulse_error *error);
void pulse_safetensors_free(pulse_safetensors *view);

/* All tensors, [count], by name in the order of strcmp. */
const pulse_tensor *pulse_safetensors_tensors(const pulse_safetensors *view, size_t *count);
/* NULL where there is no tensor of that name. Its data is aligned for its dtype or the parse
 * failed. */
const pulse_tensor *pulse_safetensors_find(const pulse_safetensors *view, const char *name);
/* The tensor, checked to be of that dtype and shape; 0 in `shape` accepts any extent. */
pulse_status pulse_safetensors_expect(const pulse_safetensors *view, const char *name,
                                      pulse_dtype dtype, uint32_t rank, const uint64_t *shape,
                                      const pulse_tensor **out, pulse_error *error);
/* A metadata value, or NULL; the first of several with that key. */
const char *pulse_safetensors_metadata(const pulse_safetensors *view, const char *key);

/*
 * 5e. Vectors: latents [n, dimensions] -> the bundle's int8 rows, as safetensors bytes. `lengths`
 * [n] are what the vectors are scaled to, each in (0, 1]; NULL: all 1. A song's score is its
 * vector's product with the query, so that one of which less is known, and is shorter for it, is
 * not found for what it lacks.
 */
pulse_status pulse_vectors_write(const float *latents, const float *lengths, size_t n,
                                 uint32_t dimensions, uint8_t **bytes, size_t *size,
                                 pulse_error *error);

/* 5f. SHA-256 of bytes, as 64 lower-case hex digits and a NUL. */
void pulse_sha256_hex(const void *bytes, size_t size, char out[65]);

/* 5g. Names of songs and artists as they are compared. */
typedef enum pulse_name_form {
    PULSE_NAME_WHOLE = 0,
    PULSE_NAME_WORK = 1, /* a title without its notes on the version and its guests: "(remastered
                            2011)", "- live at ...", "(feat. ...)"; a title of nothing else keeps
                            them */
} pulse_name_form;

/*
 * `*out`: words in lower case with single spaces between, without accents, apostrophes and
 * punctuation, "&" as "and"; "" where nothing is left. The caller's (pulse_string_free). Linear in
 * `bytes`.
 */
pulse_status pulse_name_fold(const char *name, size_t bytes, pulse_name_form form, char **out,
                             pulse_error *error);

/* ---- 6. The lyrics encoder by itself -------------------------------------------------------- */

/* 6a. Lyrics hygiene: what is not sung goes, before anything reads a meaning into it. */
typedef enum pulse_lyrics_kind {
    PULSE_LYRICS_SONG = 0,  /* a song's lyrics: too few words, or no text, are no lyrics */
    PULSE_LYRICS_QUERY = 1, /* a listener's words: may be one */
} pulse_lyrics_kind;

/*
 * Drops LRC time stamps and tags, section headers ("[Chorus]"), contributor and advertisement
 * lines, markup and entities, control characters and what is no UTF-8; marks such as "instrumental"
 * are no lyrics. Linear in `bytes`. `*out` is NUL-terminated UTF-8 of `*out_bytes`, the caller's
 * (pulse_string_free), or NULL where the text holds no lyrics: a missing value, not an error.
 */
pulse_status pulse_lyrics_clean(const char *text, size_t bytes, pulse_lyrics_kind kind, char **out,
                                size_t *out_bytes, pulse_error *error);

/* 6b. BERT's tokenizer: normalisation and WordPiece (Devlin et al., 2018), with the ids that
 * Hugging Face's BertTokenizer gives. */
typedef struct pulse_tokenizer_params {
    bool lower_case;
    bool strip_accents;
    bool split_chinese;    /* spaces around CJK ideographs */
    uint32_t longest_word; /* in code points, at most 256; longer words are [UNK]. 0: 100 */
} pulse_tokenizer_params;

typedef struct pulse_tokenizer pulse_tokenizer;

/* `vocab` [bytes]: a token per line, its id the line's number from 0; copied. PULSE_E_FORMAT where
 * a token stands twice or [PAD], [UNK], [CLS] or [SEP] is missing, a line is empty, longer than
 * 1,024 bytes or not UTF-8, or there are more than 1,000,000. `params` NULL: everything on. */
pulse_status pulse_tokenizer_create(const uint8_t *vocab, size_t bytes,
                                    const pulse_tokenizer_params *params, pulse_tokenizer **out,
                                    pulse_error *error);
void pulse_tokenizer_free(pulse_tokenizer *tokenizer);
uint32_t pulse_tokenizer_size(const pulse_tokenizer *tokenizer); /* tokens in the vocabulary */

/* Token ids that grow. Zero-initialise; reuse saves allocations; free with pulse_token_ids_free. */
typedef struct pulse_token_ids {
    uint32_t *ids; /* [count] */
    size_t count;
    size_t capacity;
} pulse_token_ids;
void pulse_token_ids_free(pulse_token_ids *tokens);

/* Sets `tokens` to the text's ids, [CLS] first and [SEP] last; where they are more than `limit` (0:
 * no limit), to the first `limit` - 1 of them and [SEP]. A `limit` of 1 is PULSE_E_ARGUMENT. A
 * special token that stands in the text ("[SEP]") is that token. Time is linear in `bytes`, and the
 * text is not read beyond the word that reaches the limit. */
pulse_status pulse_tokenize(const pulse_tokenizer *tokenizer, const char *text, size_t bytes,
                            size_t limit, pulse_token_ids *tokens, pulse_error *error);

/* 6c. The encoder: text -> unit-length vector. */
typedef struct pulse_encoder pulse_encoder;

typedef struct pulse_encoder_params {
    uint32_t threads; /* 0 and 1: the caller's alone */
    pulse_compute compute;
    pulse_log_fn log; /* may be NULL */
    void *log_context;
} pulse_encoder_params;

typedef struct pulse_span {
    const char *data; /* need not be NUL-terminated */
    size_t bytes;
} pulse_span;

/* The tokenizer of an encoder: its settings are in the weights' metadata, its tokens in `vocab`. */
pulse_status pulse_encoder_tokenizer(const uint8_t *weights, size_t weights_size,
                                     const uint8_t *vocab, size_t vocab_size, pulse_tokenizer **out,
                                     pulse_error *error);

/*
 * From the bundle's `encoder` and `vocab` files (docs/bundle-format.md). `weights` is read in place
 * and must outlive the encoder; `vocab` is copied. `params` may be NULL.
 */
pulse_status pulse_encoder_open(const uint8_t *weights, size_t weights_size, const uint8_t *vocab,
                                size_t vocab_size, const pulse_encoder_params *params,
                                pulse_encoder **out, pulse_error *error);
void pulse_encoder_close(pulse_encoder *encoder);
uint32_t pulse_encoder_dimensions(const pulse_encoder *encoder);
pulse_compute pulse_encoder_compute(const pulse_encoder *encoder); /* one of the four */
const pulse_tokenizer *pulse_encoder_tokens(const pulse_encoder *encoder);

/* A text is read in windows of at most so many tokens, [CLS] and [SEP] included, and no more than
 * so many windows. */
#define PULSE_ENCODER_WINDOW 128
#define PULSE_ENCODER_MAX_WINDOWS 64

/*
 * texts [n] -> vectors [n, dimensions]. A text longer than a window gets the mean of its windows'
 * vectors, weighted by their numbers of tokens; what is beyond the last window is not read. A
 * text's vector does not depend on the others. No allocation after the first call of a size.
 */
pulse_status pulse_encoder_encode(pulse_encoder *encoder, const pulse_span *texts, size_t n,
                                  float *vectors, pulse_error *error);

/* The same from tokens, each text's [CLS] .. [SEP]; at most PULSE_ENCODER_WINDOW of them. */
pulse_status pulse_encoder_encode_tokens(pulse_encoder *encoder, const pulse_token_ids *texts,
                                         size_t n, float *vectors, pulse_error *error);

/* The bundle's encoder, opened when first asked for, and its tokenizer, for which the weights are
 * looked at but not unpacked. They belong to the engine. PULSE_E_UNSUPPORTED where the bundle has
 * none. */
pulse_status pulse_engine_encoder(pulse_engine *engine, pulse_encoder **out, pulse_error *error);
pulse_status pulse_engine_tokenizer(pulse_engine *engine, const pulse_tokenizer **out,
                                    pulse_error *error);

#ifdef __cplusplus
}
#endif

#endif
