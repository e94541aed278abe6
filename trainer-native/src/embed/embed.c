#include "embed/embed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/usage.h"
#include "cli/log.h"
#include "embed/lyrics_file.h"
#include "embed/workers.h"
#include "io/files.h"

#define BATCH_BYTES ((size_t)4 << 20)
/* What is read of a text at most, about: for the estimate of the time left. */
#define READ_BYTES 30000u

/* ---- Progress ------------------------------------------------------------------------------- */

typedef struct progress {
    double start, said;
    uint32_t done, total;         /* lyrics to encode */
    double done_work, total_work; /* long lyrics take longer */
    bool shown;
} progress;

static double work_of(const pulse_lyrics_text *text)
{
    return 200.0 + (text->bytes < READ_BYTES ? text->bytes : READ_BYTES);
}

static void say_progress(progress *at)
{
    const double now = pulse_clock(), spent = now - at->start;
    const double rate = spent > 0 ? at->done / spent : 0;
    const double left = at->done_work > 0 ? spent * (at->total_work / at->done_work - 1) : 0;
    const unsigned whole = left < 1e6 ? (unsigned)(left + 0.5) : 0;
    char note[128];
    snprintf(note, sizeof note, "%u of %u lyrics, %.1f/s, %u:%02u:%02u left", at->done, at->total,
             rate, whole / 3600, whole / 60 % 60, whole % 60);
    if (at->shown) {
        pulse_progress("embed", at->done, at->total, note);
    } else if (now - at->said >= 10 && at->done < at->total) {
        at->said = now;
        pulse_note("embed: %s", note);
    }
}

/* ---- Encoding ------------------------------------------------------------------------------- */

typedef struct embedder {
    pulse_encoder_files files;
    pulse_embed_workers *workers;
    pulse_embed_cache cache;
    pulse_song_texts texts;
    uint32_t dimensions;
    pulse_compute compute;
    /* Made, but not in the cache yet. */
    uint8_t *hashes; /* [waiting, PULSE_LYRICS_HASH] */
    float *vectors;  /* [waiting, dimensions] */
    size_t waiting, room;
    double stored; /* when the cache was last written to */
} embedder;

static int store(embedder *in, pulse_failure *failure)
{
    const int code =
        pulse_embed_cache_add(&in->cache, in->hashes, in->vectors, in->waiting, failure);
    in->waiting = 0;
    in->stored = pulse_clock();
    return code;
}

/* A finished batch, to those that wait to be stored. */
static int keep(embedder *in, const pulse_embed_batch *batch, pulse_failure *failure)
{
    if (batch->count == 0)
        return 0;
    if (batch->status != PULSE_OK)
        return pulse_failure_core(failure, &batch->error);
    if (in->room - in->waiting < batch->count) {
        in->room = in->waiting + 8 * (size_t)PULSE_EMBED_BATCH;
        in->hashes = pulse_need_more(in->hashes, in->room, PULSE_LYRICS_HASH);
        in->vectors = pulse_need_more(in->vectors, in->room, in->dimensions * sizeof(float));
    }
    memcpy(in->hashes + in->waiting * PULSE_LYRICS_HASH, batch->hashes,
           (size_t)batch->count * PULSE_LYRICS_HASH);
    memcpy(in->vectors + in->waiting * in->dimensions, batch->vectors,
           (size_t)batch->count * in->dimensions * sizeof(float));
    in->waiting += batch->count;
    return 0;
}

/* Texts from `*next` on, without those that another process has put into the cache meanwhile. */
static int fill(embedder *in, const pulse_lyrics_text *missing, uint32_t count, uint32_t *next,
                pulse_embed_batch *batch, pulse_failure *failure)
{
    size_t bytes = 0;
    int code = 0;
    while (*next < count && batch->count < PULSE_EMBED_BATCH && bytes < BATCH_BYTES && !code) {
        const pulse_lyrics_text *text = &missing[(*next)++];
        const uint32_t n = batch->count;
        bool found;
        ++batch->work;
        code = pulse_embed_cache_find(&in->cache, text->hash, NULL, &found, failure);
        if (code || found)
            continue;
        code = pulse_song_texts_read(&in->texts, text->song, &batch->texts[n], &batch->sizes[n],
                                     failure);
        if (code || !batch->texts[n])
            continue;
        bytes += batch->sizes[n];
        memcpy(batch->hashes + (size_t)n * PULSE_LYRICS_HASH, text->hash, PULSE_LYRICS_HASH);
        ++batch->count;
    }
    return code;
}

/* Keeps the threads busy until all is encoded. After a failure, or Ctrl-C, it waits for what they
 * are at. Batches come back in any order: progress counts texts as if they came in theirs. */
static int run_workers(embedder *in, const pulse_lyrics_text *missing, uint32_t count, progress *at,
                       pulse_failure *failure)
{
    uint32_t next = 0;
    int code = 0;
    for (;;) {
        pulse_embed_batch *batch = NULL;
        while (!code && next < count && (batch = pulse_embed_workers_empty(in->workers)) != NULL) {
            code = fill(in, missing, count, &next, batch, failure);
            pulse_embed_workers_give(in->workers, batch);
        }
        batch = pulse_embed_workers_take(in->workers, true);
        if (!batch)
            break;
        const int kept = keep(in, batch, code ? &(pulse_failure){0} : failure);
        code = code ? code : kept;
        for (uint32_t i = 0; i < batch->work; ++i)
            at->done_work += work_of(&missing[at->done++]);
        pulse_embed_workers_return(in->workers, batch);
        if (!code && pulse_clock() - in->stored >= 1)
            code = store(in, failure);
        say_progress(at);
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    return code;
}

static int encode_all(embedder *in, const pulse_lyrics_text *missing, uint32_t count,
                      pulse_failure *failure)
{
    progress at = {.start = pulse_clock(), .total = count, .shown = pulse_progress_shown()};
    at.said = in->stored = at.start;
    for (uint32_t i = 0; i < count; ++i)
        at.total_work += work_of(&missing[i]);
    const int code = run_workers(in, missing, count, &at, failure);
    /* After Ctrl-C, too: it has been made. */
    const int stored = store(in, code ? &(pulse_failure){0} : failure);
    pulse_progress_clear();
    if (!code && !stored) {
        const double spent = pulse_clock() - at.start;
        pulse_note_of(PULSE_FIELDS({"encoded", count}, {"seconds", spent}),
                      "encoded %u lyrics in %.1f s, %.1f a second", count, spent,
                      spent > 0 ? count / spent : 0.0);
    }
    return code ? code : stored;
}

/* The lyrics that the cache does not have, in the order of the songs. */
static int find_missing(embedder *in, pulse_lyrics_text *missing, uint32_t *count,
                        pulse_failure *failure)
{
    int code = 0;
    *count = 0;
    for (uint32_t i = 0; i < in->texts.count && !code; ++i) {
        bool found;
        code = pulse_embed_cache_find(&in->cache, in->texts.texts[i].hash, NULL, &found, failure);
        if (!code && !found)
            missing[(*count)++] = in->texts.texts[i];
    }
    return code;
}

/* ---- Files ---------------------------------------------------------------------------------- */

static int put_file(const char *workspace, const char *name, const uint8_t *bytes, size_t size,
                    pulse_failure *failure)
{
    char *path = pulse_workspace_path(workspace, name);
    uint8_t *there = NULL;
    size_t there_size = 0;
    pulse_failure ignored;
    int code = 0;
    const bool same = access(path, F_OK) == 0 &&
                      pulse_file_read(path, size, &there, &there_size, &ignored) == 0 &&
                      there_size == size && memcmp(there, bytes, size) == 0;
    if (!same)
        code = pulse_file_write(path, bytes, size, failure);
    free(there);
    free(path);
    return code;
}

/* The embeddings come last: they stand for all three. */
static int write_files(embedder *in, const char *workspace, uint32_t encoded,
                       pulse_failure *failure)
{
    const pulse_encoder_files *files = &in->files;
    pulse_lyrics_file file;
    pulse_lyrics_file_describe(workspace, &in->texts, files->hash, in->compute, in->dimensions,
                               &file);
    int code = put_file(workspace, PULSE_WORKSPACE_VOCAB, files->vocab, files->vocab_size, failure);
    if (!code)
        code = put_file(workspace, PULSE_WORKSPACE_ENCODER, files->weights, files->weights_size,
                        failure);
    if (!code && encoded == 0 && pulse_lyrics_file_is_there(&file))
        pulse_note("embedded: %s is up to date; there was nothing to do", file.path);
    else if (!code) {
        code = pulse_lyrics_file_write(&file, &in->texts, &in->cache, failure);
        if (!code)
            pulse_note("embedded: %s", file.path);
    }
    pulse_lyrics_file_free(&file);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static uint32_t processors(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > 64 ? 64 : (uint32_t)count;
}

/* No more than there are batches. */
static uint32_t threads_for(const pulse_embed_params *params, uint32_t count)
{
    const uint32_t batches = (count + PULSE_EMBED_BATCH - 1) / PULSE_EMBED_BATCH;
    const uint32_t threads = params->jobs ? params->jobs : processors();
    return threads < batches ? threads : batches;
}

static int open_encoder(embedder *in, const char *encoder, const pulse_embed_params *params,
                        pulse_failure *failure)
{
    pulse_log_detail("encoder: %s", encoder);
    int code = pulse_encoder_files_read(encoder, &in->files, failure);
    if (!code)
        code =
            pulse_embed_workers_open(&in->files, encoder, params->compute, &in->workers, failure);
    if (!code) {
        in->dimensions = pulse_embed_workers_dimensions(in->workers);
        in->compute = pulse_embed_workers_compute(in->workers);
    }
    return code;
}

static int open_cache(embedder *in, const pulse_embed_params *params, pulse_failure *failure)
{
    char *path = params->cache ? pulse_need_text(params->cache) : pulse_embed_cache_default();
    if (!path)
        return pulse_failure_set(failure, PULSE_EXIT_USAGE,
                                 "--cache FILE is needed: neither HOME nor XDG_CACHE_HOME is set");
    pulse_log_detail("cache of embeddings: %s", path);
    const int code = pulse_embed_cache_open(path, in->files.hash, in->compute, in->dimensions,
                                            &in->cache, failure);
    free(path);
    return code;
}

static const char *lyrics_of(const pulse_embed_params *params)
{
    return params->lyrics ? params->lyrics : PULSE_LYRICS_DEFAULT;
}

static int embed(embedder *in, const char *workspace, const char *encoder,
                 const pulse_embed_params *params, pulse_failure *failure)
{
    int code = open_encoder(in, encoder, params, failure);
    if (!code)
        code = open_cache(in, params, failure);
    if (!code)
        code = pulse_song_texts_open(workspace, lyrics_of(params), params->lyrics_cache, &in->texts,
                                     failure);
    if (code)
        return code;
    if (in->texts.count == 0) {
        pulse_workspace_forget_lyrics(workspace);
        pulse_warn("no song has lyrics; they are left out");
        return 0;
    }
    pulse_lyrics_text *missing = pulse_need(in->texts.count, sizeof *missing);
    uint32_t count = 0;
    code = find_missing(in, missing, &count, failure);
    if (!code) {
        pulse_note_of(PULSE_FIELDS({"with_lyrics", in->texts.with_lyrics},
                                   {"different", in->texts.count}, {"to_encode", count}),
                      "lyrics: %u of %u songs have some, %u are different; %u are in the cache, %u "
                      "to encode (%s)",
                      in->texts.with_lyrics, in->texts.songs, in->texts.count,
                      in->texts.count - count, count, pulse_compute_name(in->compute));
        if (count > 0)
            code = pulse_embed_workers_start(in->workers, threads_for(params, count), failure);
        if (!code && count > 0)
            code = encode_all(in, missing, count, failure);
    }
    free(missing);
    if (!code)
        code = write_files(in, workspace, count, failure);
    return code;
}

/* There is nothing to embed, or nothing to do it with. */
static int leave_out(const char *workspace, const char *why, bool needed, pulse_failure *failure)
{
    if (needed)
        return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s", workspace, why);
    pulse_workspace_forget_lyrics(workspace);
    pulse_note("lyrics are left out: %s", why);
    return 0;
}

static bool is_none(const char *choice)
{
    return choice && strcmp(choice, "none") == 0;
}

int pulse_embed_check(const pulse_embed_params *params, pulse_failure *failure)
{
    const bool named = params->encoder && !is_none(params->encoder);
    return named ? pulse_encoder_files_check(params->encoder, failure) : 0;
}

int pulse_embed_workspace(const char *workspace, const pulse_embed_params *params, bool needed,
                          pulse_failure *failure)
{
    bool has_lyrics;
    int code = pulse_workspace_has_lyrics(workspace, &has_lyrics, failure);
    if (code)
        return code;
    if (is_none(params->encoder))
        return leave_out(workspace, "--encoder none", false, failure);
    if (is_none(lyrics_of(params)))
        return leave_out(workspace, "--lyrics none", false, failure);
    if (!has_lyrics && !pulse_lyrics_sources_beyond_column(lyrics_of(params)))
        return leave_out(workspace, "ingest found no column of lyrics", needed, failure);
    char *encoder =
        params->encoder ? pulse_need_text(params->encoder) : pulse_encoder_find_default();
    if (!encoder)
        return leave_out(workspace,
                         "there is no encoder in models/default; name one by --encoder, which "
                         "playlistpulse encoder import makes",
                         needed, failure);
    embedder *in = pulse_need(1, sizeof *in);
    code = embed(in, workspace, encoder, params, failure);
    pulse_embed_workers_stop(in->workers);
    pulse_song_texts_close(&in->texts);
    pulse_embed_cache_close(&in->cache);
    pulse_encoder_files_free(&in->files);
    free(in->hashes);
    free(in->vectors);
    free(in);
    free(encoder);
    return code;
}
