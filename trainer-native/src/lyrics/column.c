/* The CSV's own column of lyrics, as ingest kept it. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lyrics/sources.h"

typedef struct column {
    sqlite3 *db;
    sqlite3_stmt *read;
} column;

static int damaged(const column *in, pulse_failure *failure)
{
    const char *path = sqlite3_db_filename(in->db, "main");
    return pulse_failure_set(failure, PULSE_EXIT_INPUT, "%s: %s; run playlistpulse ingest again",
                             path ? path : "the workspace", sqlite3_errmsg(in->db));
}

static int find(void *self, const pulse_lyrics_song *song, pulse_lyrics_answer *answer,
                pulse_failure *failure)
{
    column *in = self;
    sqlite3_bind_int64(in->read, 1, song->number);
    const int step = sqlite3_step(in->read);
    int code = 0;
    answer->outcome = PULSE_ANSWER_NOT_FOUND;
    if (step == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(in->read, 0);
        const size_t bytes = (size_t)sqlite3_column_bytes(in->read, 0);
        if (text && bytes > 0) {
            answer->outcome = PULSE_ANSWER_FOUND;
            answer->text = pulse_need(bytes + 1, 1);
            memcpy(answer->text, text, bytes);
            answer->bytes = bytes;
        }
    } else if (step == SQLITE_DONE) {
        code = pulse_failure_set(failure, PULSE_EXIT_INPUT,
                                 "%s: does not hold as many songs as it says; run playlistpulse "
                                 "ingest again",
                                 sqlite3_db_filename(in->db, "main"));
    } else {
        code = damaged(in, failure);
    }
    sqlite3_reset(in->read);
    return code;
}

static void close_column(void *self)
{
    column *in = self;
    sqlite3_finalize(in->read);
    free(in);
}

int pulse_lyrics_column_open(sqlite3 *db, pulse_lyrics_provider *out, pulse_failure *failure)
{
    column *in = pulse_need(1, sizeof *in);
    in->db = db;
    *out =
        (pulse_lyrics_provider){.name = "column", .self = in, .find = find, .close = close_column};
    if (sqlite3_prepare_v2(db, "SELECT lyrics FROM song WHERE id = ?", -1, &in->read, NULL) !=
        SQLITE_OK)
        return damaged(in, failure);
    return 0;
}
