/* What ingest, train, export and build share: their options, and the steps themselves. */
#ifndef PULSE_TRAINER_MAKING_H
#define PULSE_TRAINER_MAKING_H

#include <getopt.h>

#include "commands/commands.h"
#include "embed/embed.h"
#include "export/export.h"
#include "train/recipe.h"

typedef struct pulse_making {
    const char *csv;
    const char *work;
    const char *schema;
    const char *out;
    pulse_attribution attribution;
    pulse_recipe recipe;
    pulse_embed_params embed;
} pulse_making;

/* Groups of options that a command takes. */
enum { PULSE_TAKES_CSV = 1, PULSE_TAKES_RECIPE = 2, PULSE_TAKES_OUT = 4, PULSE_TAKES_LYRICS = 8 };

/* Reads argv. PULSE_HELP_GIVEN after --help. */
int pulse_making_read(const pulse_command *command, int takes, int argc, char **argv,
                      pulse_making *out, pulse_failure *failure);

#define PULSE_HELP_SCHEMA                                                                          \
    "      --schema S.json    say which column is what instead of having it inferred:\n"           \
    "                         {\"id\",\"title\",\"artist\",\"year\",\"genre\",\"lyrics\": COLUMN " \
    "or null,\n"                                                                                   \
    "                         \"numerical\",\"categorical\": [COLUMN or "                          \
    "{\"column\",\"modality\",\n"                                                                  \
    "                         \"label\",\"unit\",\"low\",\"high\",\"transform\"}], \"ignore\": "   \
    "[COLUMN]};\n"                                                                                 \
    "                         what it does not have is inferred; docs/ingest.md has examples\n"
#define PULSE_HELP_RECIPE                                                                          \
    "      --latent N         dimensions of a song's vector\n"                                     \
    "      --seed N           the same seed and input give the same bundle (1)\n"                  \
    "      --epochs N         passes over the songs, at most\n"                                    \
    "      --hidden N,N,...   widths of the hidden layers\n"                                       \
    "      --activation A     relu, gelu or tanh\n"                                                \
    "      --dropout P        share of hidden units dropped in training\n"                         \
    "      --modality-dropout P  share of whole modalities hidden in training\n"                   \
    "      --batch N          songs in a step\n"                                                   \
    "      --learning-rate R  of Adam, at its highest\n"                                           \
    "      --patience N       epochs without improvement before training stops (0: never)\n"       \
    "      --config C.json    any of these and the rest of the recipe; options win\n"
#define PULSE_HELP_LYRICS                                                                          \
    "      --encoder E        what makes lyrics into vectors: FILE.safetensors as encoder "        \
    "import\n"                                                                                     \
    "                         made it, or a bundle that has one (models/default); none "           \
    "leaves\n"                                                                                     \
    "                         lyrics out\n"                                                        \
    "      --cache FILE       vectors made before (embeddings.sqlite in the user's cache "         \
    "directory)\n"                                                                                 \
    "      --jobs N           threads (one for each processor)\n"                                  \
    "      --compute C        how the encoder multiplies: int16, the default; int8, f32-int8,\n"   \
    "                         f32 or auto, the fastest\n"
#define PULSE_HELP_OUT                                                                             \
    "      --data-title T, --licence L, --attribution A, --source S\n"                             \
    "                         what the manifest says of the data\n"

#endif
