/*
 * exports.c: what JavaScript calls in the WebAssembly module.
 *
 * A session is one bundle: its files as JavaScript put them into memory, the engine opened over
 * them, the last reply and the last error. The order of calls is
 *
 *     session = pulse_session_new()
 *     data = pulse_bytes_new(size)                       for each file; JavaScript fills it
 *     pulse_session_add_file(session, name, data, size, once)  which takes the bytes
 *     pulse_session_open(session, hashes were checked, threads, compute)
 *     pulse_session_search(session, text, limit)         and the others, any number of times
 *     pulse_session_close(session)                       frees everything above
 *
 * Calls that can fail return a pulse_status: after PULSE_OK the JSON is at pulse_session_reply,
 * after anything else a sentence is at pulse_session_error. Both belong to the session and stay
 * until its next call. Nothing here throws or aborts: memory that runs out is PULSE_E_NO_MEMORY.
 *
 * There is no Emscripten in this file, so that it can be compiled and checked natively too.
 */
#include "pulse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `used` is what makes the linker keep a function and export it. */
#define PULSE_EXPORT __attribute__((used, visibility("default")))

#define MAX_NAME 128 /* as pulse_source promises */

typedef struct memory_file {
    char name[MAX_NAME + 1];
    uint8_t *data;
    size_t size;
    uint32_t readers; /* opened by the engine and not closed yet */
    bool once;        /* goes when it is closed */
} memory_file;

typedef struct pulse_session {
    memory_file *files; /* [file_count], room for [file_capacity] */
    size_t file_count;
    size_t file_capacity;
    pulse_source source;
    pulse_engine *engine; /* NULL until pulse_session_open succeeded */
    char *reply;          /* from pulse_*_json */
    pulse_error error;
} pulse_session;

/* ---- The files as a source ------------------------------------------------------------------ */

static memory_file *find_file(const pulse_session *session, const char *name)
{
    for (size_t i = 0; i < session->file_count; ++i)
        if (strcmp(session->files[i].name, name) == 0)
            return &session->files[i];
    return NULL;
}

static pulse_status set_error(pulse_error *error, pulse_status status, const char *message)
{
    if (error) {
        error->status = status;
        (void)snprintf(error->message, sizeof error->message, "%s", message);
    }
    return status;
}

static pulse_status open_file(void *context, const char *name, const uint8_t **data, size_t *size,
                              pulse_error *error)
{
    memory_file *file = find_file(context, name);
    *data = file ? file->data : NULL;
    *size = file ? file->size : 0;
    if (file) {
        ++file->readers;
        return PULSE_OK;
    }
    if (error) {
        error->status = PULSE_E_NOT_FOUND;
        (void)snprintf(error->message, sizeof error->message, "%s was not loaded", name);
    }
    return PULSE_E_NOT_FOUND;
}

static void remove_file(pulse_session *session, memory_file *file)
{
    free(file->data);
    *file = session->files[--session->file_count];
}

/* The session keeps its files, which may be asked for again, but for those that are read once. */
static void close_file(void *context, const uint8_t *data, size_t size)
{
    (void)size;
    pulse_session *session = context;
    for (size_t i = 0; i < session->file_count; ++i) {
        memory_file *file = &session->files[i];
        if (file->data != data)
            continue;
        if (--file->readers == 0 && file->once)
            remove_file(session, file);
        return;
    }
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

/* NULL when memory is out. */
PULSE_EXPORT uint8_t *pulse_bytes_new(size_t size)
{
    return malloc(size ? size : 1);
}

PULSE_EXPORT void pulse_bytes_drop(uint8_t *bytes)
{
    free(bytes);
}

/* ---- Sessions ------------------------------------------------------------------------------- */

/* NULL when memory is out. */
PULSE_EXPORT pulse_session *pulse_session_new(void)
{
    pulse_session *session = calloc(1, sizeof *session);
    if (session)
        session->source =
            (pulse_source){.context = session, .open = open_file, .close = close_file};
    return session;
}

PULSE_EXPORT void pulse_session_close(pulse_session *session)
{
    if (!session)
        return;
    pulse_engine_close(session->engine);
    pulse_string_free(session->reply);
    for (size_t i = 0; i < session->file_count; ++i)
        free(session->files[i].data);
    free(session->files);
    free(session);
}

PULSE_EXPORT const char *pulse_session_error(const pulse_session *session)
{
    return session->error.message;
}

/* NULL where the last call left none. NUL-terminated; its length without the NUL is
 * pulse_session_reply_size. */
PULSE_EXPORT const char *pulse_session_reply(const pulse_session *session)
{
    return session->reply;
}

PULSE_EXPORT size_t pulse_session_reply_size(const pulse_session *session)
{
    return session->reply ? strlen(session->reply) : 0;
}

/*
 * Gives the session `data` [size], made by pulse_bytes_new, as the bundle's file `name`. On success
 * the bytes are the session's and must not change any more; on failure they stay the caller's. A
 * file of that name that was given before and is not in use makes way. A large file that the engine
 * copies need not lie in memory twice: with `once` it is freed when the engine is done with it.
 */
PULSE_EXPORT pulse_status pulse_session_add_file(pulse_session *session, const char *name,
                                                 uint8_t *data, size_t size, bool once)
{
    size_t length = strlen(name);
    if (length == 0 || length > MAX_NAME)
        return set_error(&session->error, PULSE_E_ARGUMENT,
                         "the name of a bundle's file is 1 to 128 bytes long");
    memory_file *before = find_file(session, name);
    if (before && before->readers > 0)
        return set_error(&session->error, PULSE_E_ARGUMENT, "a file of this name is in use");
    if (before)
        remove_file(session, before);
    if (session->file_count == session->file_capacity) {
        size_t capacity = session->file_capacity ? session->file_capacity * 2 : 8;
        if (capacity > SIZE_MAX / sizeof *session->files)
            return set_error(&session->error, PULSE_E_NO_MEMORY, "out of memory");
        memory_file *files = realloc(session->files, capacity * sizeof *files);
        if (!files)
            return set_error(&session->error, PULSE_E_NO_MEMORY, "out of memory");
        session->files = files;
        session->file_capacity = capacity;
    }
    memory_file *file = &session->files[session->file_count++];
    *file = (memory_file){.data = data, .size = size, .once = once};
    memcpy(file->name, name, length + 1);
    return PULSE_OK;
}

/*
 * Opens the engine over the files given so far. Files may be added later too: autoencoder and
 * encoder are looked for when they are first needed. `threads` and `compute` (a pulse_compute) are
 * the encoder's.
 */
PULSE_EXPORT pulse_status pulse_session_open(pulse_session *session, bool skip_hashes,
                                             uint32_t threads, pulse_compute compute)
{
    if (session->engine)
        return set_error(&session->error, PULSE_E_ARGUMENT, "the bundle is already open");
    pulse_engine_params params = {
        .skip_hashes = skip_hashes, .threads = threads, .compute = compute};
    return pulse_engine_open(&session->source, &params, &session->engine, &session->error);
}

/* ---- Questions ------------------------------------------------------------------------------ */

/* Before a question: drops the last reply, and refuses where there is no engine to ask. */
static pulse_status begin(pulse_session *session)
{
    pulse_string_free(session->reply);
    session->reply = NULL;
    if (!session->engine)
        return set_error(&session->error, PULSE_E_ARGUMENT, "the bundle is not open");
    return PULSE_OK;
}

PULSE_EXPORT pulse_status pulse_session_info(pulse_session *session)
{
    pulse_status status = begin(session);
    return status ? status : pulse_info_json(session->engine, &session->reply, &session->error);
}

PULSE_EXPORT pulse_status pulse_session_song(pulse_session *session, const char *song_id)
{
    pulse_status status = begin(session);
    return status ? status
                  : pulse_song_json(session->engine, song_id, &session->reply, &session->error);
}

PULSE_EXPORT pulse_status pulse_session_map(pulse_session *session)
{
    pulse_status status = begin(session);
    return status ? status : pulse_map_json(session->engine, &session->reply, &session->error);
}

PULSE_EXPORT pulse_status pulse_session_search(pulse_session *session, const char *text,
                                               size_t limit)
{
    pulse_status status = begin(session);
    return status
               ? status
               : pulse_search_json(session->engine, text, limit, &session->reply, &session->error);
}

PULSE_EXPORT pulse_status pulse_session_recommend(pulse_session *session, const char *request,
                                                  size_t bytes)
{
    pulse_status status = begin(session);
    return status ? status
                  : pulse_recommend_json(session->engine, request, bytes, &session->reply,
                                         &session->error);
}

/* Opens the encoder now, so that no question has to wait for it. Leaves no reply. What was given to
 * be read once and has not been, was not needed, and goes. */
PULSE_EXPORT pulse_status pulse_session_prepare_text(pulse_session *session)
{
    pulse_status status = begin(session);
    if (status)
        return status;
    pulse_encoder *encoder;
    status = pulse_engine_encoder(session->engine, &encoder, &session->error);
    for (size_t i = session->file_count; i-- > 0;)
        if (session->files[i].once && session->files[i].readers == 0)
            remove_file(session, &session->files[i]);
    return status;
}

PULSE_EXPORT pulse_status pulse_session_encode(pulse_session *session, const char *text,
                                               size_t bytes)
{
    pulse_status status = begin(session);
    return status
               ? status
               : pulse_encode_json(session->engine, text, bytes, &session->reply, &session->error);
}

PULSE_EXPORT pulse_status pulse_session_tokenize(pulse_session *session, const char *text,
                                                 size_t bytes)
{
    pulse_status status = begin(session);
    return status ? status
                  : pulse_tokenize_json(session->engine, text, bytes, &session->reply,
                                        &session->error);
}
