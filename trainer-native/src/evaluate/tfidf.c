#include "evaluate/tfidf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "cli/log.h"
#include "ingest/workspace.h"
#include "train/songs.h"

/* A word of fewer texts says little, and there are many of those; in a small catalogue every one
 * counts. */
#define SMALL_CATALOGUE 1000u
#define LEAST_TEXTS 5u

enum { WORD_LIMIT = 64 };

struct pulse_words {
    pulse_intern words;
    pulse_sparse counts; /* by text */
    uint32_t *texts;     /* [words] how many have the word */
    uint32_t *place;     /* [words] where in `counts` this text has the word, from 1 */
    size_t room;         /* of both */
};

void pulse_sparse_free(pulse_sparse *sparse)
{
    free(sparse->first);
    free(sparse->column);
    free(sparse->value);
    *sparse = (pulse_sparse){0};
}

static void add_value(pulse_sparse *sparse, uint32_t column, float value)
{
    if (sparse->count == sparse->capacity) {
        sparse->capacity = sparse->capacity ? sparse->capacity * 2 : 4096;
        sparse->column = pulse_need_more(sparse->column, sparse->capacity, sizeof(uint32_t));
        sparse->value = pulse_need_more(sparse->value, sparse->capacity, sizeof(float));
    }
    sparse->column[sparse->count] = column;
    sparse->value[sparse->count++] = value;
}

static void end_row(pulse_sparse *sparse)
{
    sparse->first = pulse_need_more(sparse->first, (size_t)sparse->rows + 2, sizeof(size_t));
    if (sparse->rows == 0)
        sparse->first[0] = 0;
    sparse->first[++sparse->rows] = sparse->count;
}

pulse_words *pulse_words_make(void)
{
    return pulse_need(1, sizeof(pulse_words));
}

void pulse_words_free(pulse_words *words)
{
    if (!words)
        return;
    pulse_intern_free(&words->words);
    pulse_sparse_free(&words->counts);
    free(words->texts);
    free(words->place);
    free(words);
}

static void count_word(pulse_words *words, const char *word)
{
    const uint32_t number = pulse_intern_add(&words->words, word);
    if (number >= words->room) {
        const size_t room = words->room ? words->room * 2 : 4096;
        words->texts = pulse_need_more(words->texts, room, sizeof *words->texts);
        words->place = pulse_need_more(words->place, room, sizeof *words->place);
        memset(words->texts + words->room, 0, (room - words->room) * sizeof *words->texts);
        memset(words->place + words->room, 0, (room - words->room) * sizeof *words->place);
        words->room = room;
    }
    const pulse_sparse *counts = &words->counts;
    const size_t first = counts->rows ? counts->first[counts->rows] : 0;
    const size_t place = first + words->place[number];
    if (words->place[number] > 0 && place <= counts->count && counts->column[place - 1] == number) {
        counts->value[place - 1] += 1.0f;
        return;
    }
    add_value(&words->counts, number, 1.0f);
    words->place[number] = (uint32_t)(words->counts.count - first);
    ++words->texts[number];
}

static bool is_word(unsigned char c)
{
    return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

void pulse_words_add(pulse_words *words, const char *text, size_t bytes)
{
    char word[WORD_LIMIT + 1];
    size_t size = 0;
    for (size_t i = 0; text && i <= bytes; ++i) {
        const unsigned char c = i < bytes ? (unsigned char)text[i] : ' ';
        if (is_word(c)) {
            if (size < WORD_LIMIT)
                word[size] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            ++size;
            continue;
        }
        if (size >= 2 && size <= WORD_LIMIT) {
            word[size] = 0;
            count_word(words, word);
        }
        size = 0;
    }
    end_row(&words->counts);
}

pulse_sparse pulse_words_tfidf(const pulse_words *words, uint32_t least)
{
    const pulse_sparse *counts = &words->counts;
    pulse_sparse out = {0};
    uint32_t *column = pulse_need(words->words.count, sizeof *column);
    for (uint32_t w = 0; w < words->words.count; ++w)
        column[w] = words->texts[w] >= least ? out.columns++ : UINT32_MAX;
    for (uint32_t row = 0; row < counts->rows; ++row) {
        const size_t first = out.count;
        double squares = 0;
        for (size_t i = counts->first[row]; i < counts->first[row + 1]; ++i) {
            const uint32_t word = counts->column[i];
            if (column[word] == UINT32_MAX)
                continue;
            const double rare = log((1.0 + counts->rows) / (1.0 + words->texts[word])) + 1.0;
            const double value = (1.0 + log((double)counts->value[i])) * rare;
            squares += value * value;
            add_value(&out, column[word], (float)value);
        }
        for (size_t i = first; i < out.count; ++i)
            out.value[i] = (float)(out.value[i] / sqrt(squares));
        end_row(&out);
    }
    free(column);
    return out;
}

static int damaged(const pulse_workspace *workspace, pulse_failure *failure)
{
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s; run playlistpulse ingest again",
                             workspace->path, sqlite3_errmsg(workspace->db));
}

static int read_words(pulse_workspace *workspace, pulse_words *words, pulse_failure *failure)
{
    sqlite3_stmt *read = NULL;
    if (sqlite3_prepare_v2(workspace->db, "SELECT lyrics FROM song ORDER BY id", -1, &read, NULL) !=
        SQLITE_OK)
        return damaged(workspace, failure);
    int code = 0, step = SQLITE_ROW;
    for (uint32_t song = 0; song < workspace->songs && !code; ++song) {
        step = sqlite3_step(read);
        if (step != SQLITE_ROW)
            break;
        const char *raw = (const char *)sqlite3_column_text(read, 0);
        char *text = NULL;
        size_t bytes = 0;
        pulse_error error;
        if (raw && pulse_lyrics_clean(raw, (size_t)sqlite3_column_bytes(read, 0), PULSE_LYRICS_SONG,
                                      &text, &bytes, &error) != PULSE_OK)
            code = pulse_failure_core(failure, &error);
        pulse_words_add(words, text, bytes);
        pulse_string_free(text);
        if (song % 256 == 0)
            pulse_progress("evaluate", song, workspace->songs, "words of the lyrics");
        if (!code && pulse_interrupted())
            code = pulse_failure_interrupted(failure);
    }
    pulse_progress_clear();
    sqlite3_finalize(read);
    return !code && step != SQLITE_ROW ? damaged(workspace, failure) : code;
}

int pulse_tfidf_vectors(const char *directory, uint32_t dimensions, uint64_t seed, float **out,
                        uint32_t *width, pulse_failure *failure)
{
    *out = NULL;
    *width = 0;
    pulse_workspace workspace;
    int code = pulse_workspace_open(directory, &workspace, failure);
    if (code)
        return code;
    pulse_words *words = pulse_words_make();
    code = read_words(&workspace, words, failure);
    if (!code) {
        pulse_sparse sparse =
            pulse_words_tfidf(words, workspace.songs < SMALL_CATALOGUE ? 1 : LEAST_TEXTS);
        *out = pulse_sparse_svd(&sparse, dimensions, seed, width);
        pulse_sparse_free(&sparse);
    }
    pulse_words_free(words);
    pulse_workspace_close(&workspace);
    return code;
}
