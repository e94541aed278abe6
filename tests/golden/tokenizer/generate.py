#!/usr/bin/env python3
"""Makes golden.tar.xz: texts of every kind, and the token ids that Hugging Face's tokenizer gives for them.

    pip install tokenizers transformers
    python3 generate.py path/to/all-MiniLM-L6-v2

The directory holds the vocab.txt of sentence-transformers/all-MiniLM-L6-v2 (30,522 tokens). The archive holds
  vocab.txt        that file
  corpus.txt       a text a line, UTF-8 (none has a line feed in it), made here from a seed
  ids.txt          for each the ids, [CLS] and [SEP] included, by transformers' BertTokenizer
  settings.txt     per vocabulary and setting a line: name, then digest() of the ids of each 100 texts
  characters.txt   the same of what probe() makes of each 256 code points
  versions.txt     what made it
The same versions make the same files.

The vocabulary "words" is vocab.txt. It hides much: a word with one letter that it lacks is [UNK], whatever became of the
others. "letters" has nearly every character as a token of its own, so that with it the ids spell what a text was
normalised to.
"""

import hashlib
import io
import lzma
import random
import struct
import sys
import tarfile
from pathlib import Path

import tokenizers
import transformers
from tokenizers import normalizers

HERE = Path(__file__).parent
SEED = 20260917

# name: lower_case, strip_accents, split_chinese, as tests/unit/test_tokenizer_golden.c has them.
SETTINGS = {
    "uncased": (True, None, True),
    "cased": (False, None, True),
    "lower-accents": (True, False, True),
    "cased-stripped": (False, True, True),
    "whole-chinese": (True, None, False),
}

# ---- characters ----

SCRIPTS = {
    "latin": (0x61, 0x7A),
    "capitals": (0x41, 0x5A),
    "latin-1": (0xC0, 0xFF),
    "latin-extended": (0x100, 0x24F),
    "ipa": (0x250, 0x2AF),
    "greek": (0x370, 0x3FF),
    "greek-extended": (0x1F00, 0x1FFF),
    "cyrillic": (0x400, 0x52F),
    "armenian": (0x531, 0x58A),
    "hebrew": (0x5D0, 0x5F4),
    "hebrew-points": (0x591, 0x5F4),
    "arabic": (0x600, 0x6FF),
    "syriac": (0x700, 0x74F),
    "thaana": (0x780, 0x7B1),
    "nko": (0x7C0, 0x7FF),
    "devanagari": (0x900, 0x97F),
    "bengali": (0x980, 0x9FF),
    "gurmukhi": (0xA00, 0xA7F),
    "gujarati": (0xA80, 0xAFF),
    "tamil": (0xB80, 0xBFF),
    "telugu": (0xC00, 0xC7F),
    "malayalam": (0xD00, 0xD7F),
    "sinhala": (0xD80, 0xDFF),
    "thai": (0xE01, 0xE5B),
    "lao": (0xE80, 0xEFF),
    "tibetan": (0xF00, 0xFFF),
    "myanmar": (0x1000, 0x109F),
    "georgian": (0x10A0, 0x10FF),
    "jamo": (0x1100, 0x11FF),
    "ethiopic": (0x1200, 0x139F),
    "cherokee": (0x13A0, 0x13FF),
    "canadian": (0x1400, 0x167F),
    "khmer": (0x1780, 0x17FF),
    "mongolian": (0x1800, 0x18AF),
    "balinese": (0x1B00, 0x1B7F),
    "batak": (0x1BC0, 0x1BFF),
    "georgian-capitals": (0x1C90, 0x1CBF),
    "phonetic": (0x1D00, 0x1DBF),
    "latin-additional": (0x1E00, 0x1EFF),
    "kana": (0x3041, 0x30FF),
    "bopomofo": (0x3100, 0x312F),
    "cjk": (0x4E00, 0x9FFF),
    "cjk-a": (0x3400, 0x4DBF),
    "cjk-compatibility": (0xF900, 0xFAFF),
    "cjk-b": (0x20000, 0x2A6DF),
    "cjk-e": (0x2B820, 0x2CEAF),
    "cjk-supplement": (0x2F800, 0x2FA1F),
    "yi": (0xA000, 0xA4CF),
    "hangul": (0xAC00, 0xD7A3),
    "presentation": (0xFB00, 0xFDFF),
    "half-and-full-width": (0xFF01, 0xFFEE),
    "gothic": (0x10330, 0x1034A),
    "deseret": (0x10400, 0x1044F),
    "brahmi": (0x11000, 0x1107F),
    "kaithi": (0x11080, 0x110CD),
    "grantha": (0x11300, 0x11374),
    "newa": (0x11400, 0x1147F),
    "siddham": (0x11580, 0x115DD),
    "warang-citi": (0x118A0, 0x118FF),
    "dives-akuru": (0x11900, 0x11959),
    "cuneiform": (0x12000, 0x1239F),
    "medefaidrin": (0x16E40, 0x16E9A),
    "music": (0x1D100, 0x1D1E8),
    "mathematical": (0x1D400, 0x1D7FF),
    "glagolitic-marks": (0x1E000, 0x1E02A),
    "adlam": (0x1E900, 0x1E95F),
    "garay": (0x10D40, 0x10D8F),
    "tulu-tigalari": (0x11380, 0x113E2),
}
MARKS = [
    (0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x610, 0x61A), (0x64B, 0x65F), (0x8D4, 0x8FF),
    (0x93C, 0x94D), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309A),
    (0xA66F, 0xA672), (0xFE20, 0xFE2F), (0x1D165, 0x1D172), (0x1E000, 0x1E02A), (0x1E944, 0x1E94A),
]
SPACES = "\t\r\x20\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
NOT_QUITE_SPACES = "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u180e\u200b\u200c\u200d\u2060\ufeff"
CONTROLS = "".join(map(chr, range(1, 0x20))).replace("\n", "") + "\x00\x7f\x80\x85\x9f\xad\u061c\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\ufff9\ufffd\ue000\uf8ff\U000e0001\U000e0041\U000f0000\U0010fffd"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" + "".join(map(chr, range(0x2010, 0x2028))) + \
    "".join(map(chr, range(0x2030, 0x205F))) + "¡§«¶·»¿;·՚՛֊־׀،؛؟٪۔।॥๏༄༺༻჻፠᐀᚛᛫។᠀〈〉、。《》「」〜〽゠・꓾꘍꡴﴾﴿︐﹅！＂＃％＆（）＊，－．／：；？＠［＼］＿｛｝｟｠、・" + \
    "".join(map(chr, range(0x2E00, 0x2E5E)))
SYMBOLS = "¢£¤¥¦¨©¬®¯°±´¸×÷˜˝€₿™№ℵ←↑→⇒∀∑√∞≈≠≤≥≮≯⌘①⑳Ⓐ─█■★☂♀♥♪♫♭♯✓✗➜⟨⟩⨯⬛￠￡￥"
CASES = "ẞßİıIiSſΣσςǅǆǄǈǋǲŉǰΐΰևẖẗẘẙẚﬀﬁﬂﬃﬄﬅﬆﬓﬗᾈᾳᾼῼⱥȺⱾꞍꝽᲐაᎠꭰ𐐀𐐨ⅣⅳⒶⓐＡａKÅΩꟋꟌᲉ"
EMOJI = ["😀", "😂", "❤️", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇯🇵", "1️⃣", "#️⃣", "🧑🏿‍🚀", "🎵", "🎶", "🕺🏻", "🫠", "🪩", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺︎", "☺️", "♥", "✊🏾", "🤷‍♀️"]
SPECIALS = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"]
NEARLY_SPECIAL = ["[cls]", "[Sep]", "[ SEP ]", "[SEP", "SEP]", "[[SEP]]", "[CLS][SEP]", "[unused1]", "[unused99]", "[UNK][UNK]",
                  "[MA[MASK]SK]", "[SE\u200bP]", "[SE\u0301P]", "##ing", "[SE\x00P]", "x[MASK]y", "[CLS]\u0301", "a[PAD]\u0301b"]
SYLLABLES = ("ka lo mi ran ter vel sun dra fo li ne pul sta mor ing tion ly er est un re dis able ment ous ful ness "
             "heart night light dream fire rain road blue star song dance moon love time home way gold").split()


class Maker:
    def __init__(self, seed, vocabulary):
        # Only random() is used: its numbers are promised to stay as they are from one Python to the next.
        self.random = random.Random(seed).random
        self.words = [t for t in vocabulary if not t.startswith("[")]

    def number(self, first, last):
        return first + int(self.random() * (last - first + 1))

    def one(self, things):
        return things[int(self.random() * len(things))]

    def many(self, make, least, most):
        return [make() for _ in range(self.number(least, most))]

    def chance(self, share):
        return self.random() < share

    def character(self, span):
        return chr(self.number(*span))

    def plain_word(self):
        word = "".join(self.many(lambda: self.one(SYLLABLES), 1, 4))
        return word.capitalize() if self.chance(0.2) else word.upper() if self.chance(0.05) else word

    def vocabulary_word(self):
        return self.one(self.words).removeprefix("##")

    def script_word(self, span=None, longest=9):
        span = span or SCRIPTS[self.one(list(SCRIPTS))]
        return "".join(self.many(lambda: self.character(span), 1, longest))

    def mark(self):
        return self.character(self.one(MARKS))

    def accented(self):
        base = self.plain_word() if self.chance(0.7) else self.script_word()
        return "".join(c + "".join(self.many(self.mark, 0, 2)) for c in base)

    def any_character(self):
        while True:
            c = self.number(0, 0x10FFFF) if self.chance(0.3) else self.number(0, 0xFFFF)
            if not 0xD800 <= c < 0xE000 and c != 10:
                return chr(c)

    def random_bytes(self):
        raw = bytes(self.number(0, 255) for _ in range(self.number(1, 40)))
        return raw.decode("utf-8", "replace").replace("\n", " ")

    def near_utf8(self):
        raw = bytearray((self.plain_word() + self.script_word() + self.one(EMOJI)).encode())
        for _ in range(self.number(1, 3)):
            raw[self.number(0, len(raw) - 1)] = self.number(0, 255)
        return raw.decode("utf-8", "replace").replace("\n", " ")

    def separator(self):
        kind = self.random()
        if kind < 0.75:
            return " "
        if kind < 0.85:
            return self.one(PUNCTUATION) + " "
        if kind < 0.93:
            return self.one(SPACES)
        return self.one(NOT_QUITE_SPACES) if kind < 0.96 else self.one(PUNCTUATION)

    def line(self, makers, least, most):
        return "".join(self.one(makers)() + self.separator() for _ in range(self.number(least, most)))

    def mixed(self):
        return self.line([self.plain_word, self.plain_word, self.vocabulary_word, self.script_word, self.accented,
                          lambda: self.one(PUNCTUATION), lambda: self.one(EMOJI), lambda: self.one(SYMBOLS),
                          lambda: self.one(CASES), lambda: self.one(CONTROLS), lambda: str(self.number(0, 10**6)),
                          lambda: self.one(SPECIALS) if self.chance(0.3) else self.one(NEARLY_SPECIAL)], 1, 8)


def corpus(vocabulary):
    m = Maker(SEED, vocabulary)
    yield from ("", " ", "a", "[SEP]", "\u0301", "\ufffd", "\x00", "\u00ad", "##", "#", "[", "]", "[]", "'", "\u302f\u302e")
    # Every piece of the vocabulary is found, twenty to a line, and cut where pieces meet.
    for i in range(0, len(m.words), 20):
        yield " ".join(w.removeprefix("##") for w in m.words[i : i + 20])
    for _ in range(1500):
        yield "".join(m.many(m.vocabulary_word, 2, 4)) + " " + "".join(m.many(m.vocabulary_word, 2, 4))
    for _ in range(5000):
        yield m.line([m.plain_word], 1, 12)
    for span in SCRIPTS.values():
        for _ in range(45):
            yield m.line([lambda: m.script_word(span)], 1, 4)
    for _ in range(1200):
        yield m.line([m.accented], 1, 3)
    # Runs of combining characters, in and out of order, some of them kept, some longer than a word may be.
    for _ in range(800):
        run = "".join(m.many(m.mark, 1, 30 if m.chance(0.1) else 6))
        yield m.plain_word() + run + m.one(["", m.plain_word(), ".", "中", " "]) + "".join(m.many(m.mark, 0, 4))
    kept = "\u302e\u302f\u1b44\u1baa\U0001d165\U0001d16d\U0001d16e\U000111c0\U0001e000\U0001e94a\u08d4\u1dfb\u0301\u093f\u0903\u094d"
    for _ in range(800):
        yield m.plain_word() + "".join(m.many(lambda: m.one(kept), 1, 9))
    for _ in range(1200):
        yield m.line([lambda: m.one(EMOJI), lambda: "".join(m.many(lambda: m.one(EMOJI), 1, 4)), m.plain_word], 1, 5)
    for _ in range(1000):
        yield m.line([lambda: m.one(CONTROLS) + m.plain_word() + m.one(CONTROLS) + m.one(SYLLABLES)], 1, 4)
    for _ in range(1200):
        yield "".join(m.many(lambda: m.one([m.one(PUNCTUATION), m.one(SYMBOLS), m.one(SYLLABLES)]), 1, 12))
    for _ in range(900):
        yield m.line([lambda: m.one(SPECIALS), lambda: m.one(NEARLY_SPECIAL), m.plain_word], 1, 5)
    for _ in range(700):
        yield "".join(m.many(lambda: m.one(SPACES + NOT_QUITE_SPACES) + m.one(SYLLABLES), 1, 8)) + m.one(SPACES)
    for _ in range(700):
        yield "".join(m.many(lambda: m.one([m.one(CASES), m.one(SYLLABLES), m.one(CASES) + m.one(CASES)]), 1, 8))
    for _ in range(700):
        yield m.script_word(SCRIPTS["hangul"]) + m.one([" ", ""]) + m.script_word(SCRIPTS["jamo"], 5) + m.one("中日本語国")
    for _ in range(600):
        yield "".join(m.many(m.any_character, 1, 15))
    for _ in range(600):
        yield m.random_bytes()
    for _ in range(600):
        yield m.near_utf8()
    # Words about as long as the longest that is read, in characters and not in bytes.
    for length in range(95, 106):
        for letter in ("a", "é", "я", "ठ", "𐐀", "한", "e\u0301", "\u302e", "ß", "\u00ada"):
            yield letter * length + " " + "x" + letter * (length - 1) + m.one(SYLLABLES)[:1]
    for _ in range(60):
        yield m.line([lambda: "".join(m.many(lambda: m.one(SYLLABLES), 18, 40))], 1, 2)
    for letter in ("a", "ab", "z", "ü", "字", "я", "\u0301", "\u302f\u302e", "-", "a\u0301", "[SEP", "[SEP]", "#", "\x01", "\u200d", "👍", "각", "\U0001d16d\u302e"):
        yield (letter * 10000)[:10000]
        yield "so " + (letter * 10000)[:10000] + " far"
    for _ in range(4500):
        yield m.mixed()


# ---- the reference ----


def digest(lists):
    """The first 16 hex digits of the SHA-256 of the ids, each list ended by 0xffffffff, as little-endian 32 bits."""
    ids = [i for one in lists for i in (*one, 0xFFFFFFFF)]
    return hashlib.sha256(struct.pack(f"<{len(ids)}I", *ids)).hexdigest()[:16]


def letters():
    characters = [chr(c) for c in range(0x21, 0x20000) if not 0xD800 <= c < 0xE000]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *("##" + c for c in characters)]
    return {token: i for i, token in enumerate(tokens)}


def reference(directory, vocabulary, setting):
    lower, strip, chinese = SETTINGS[setting]
    settings = {"do_lower_case": lower, "strip_accents": strip, "tokenize_chinese_chars": chinese}
    if vocabulary == "words":
        tokenizer = transformers.BertTokenizer.from_pretrained(directory, **settings)
    else:
        tokenizer = transformers.BertTokenizer(vocab=letters(), **settings)
    # The settings that are asked for are those that are used, whatever tokenizer.json beside it says.
    backend = tokenizer.backend_tokenizer
    backend.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower)
    backend.no_padding()
    backend.no_truncation()
    return backend


def encode(tokenizer, texts):
    return [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=True)]


def probe(c):
    """A character within a word, by itself, and amid combining characters of the classes 226, 216, 224 and 9."""
    return f"a{c}b {c} x\U0001d16d{c}\U0001d165 y\u302e{c}\u1b44"


def blocks():
    for first in range(0, 0x110000, 256):
        yield [probe(chr(c)) for c in range(first, first + 256) if not 0xD800 <= c < 0xE000]


def pack(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return lzma.compress(packed.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def main():
    directory = Path(sys.argv[1])
    vocabulary = (directory / "vocab.txt").read_bytes()
    tokens = vocabulary.decode().split("\n")[:-1]
    texts = list(corpus(tokens))
    assert not any("\n" in t for t in texts)
    uncased = reference(directory, "words", "uncased")
    assert uncased.encode("a b").ids[0] == 101 and uncased.get_vocab_size() == len(tokens) == 30522
    ids = encode(uncased, texts)
    settings, characters = [], []
    for vocabulary_name in ("words", "letters"):
        for setting in SETTINGS:
            name = f"{vocabulary_name}/{setting}"
            tokenizer = reference(directory, vocabulary_name, setting)
            found = encode(tokenizer, texts)
            assert name != "words/uncased" or found == ids
            settings.append(" ".join([name] + [digest(found[i : i + 100]) for i in range(0, len(found), 100)]))
            if name == "words/uncased" or vocabulary_name == "letters":
                characters.append(" ".join([name] + [digest(encode(tokenizer, b)) for b in blocks()]))
            print(name, flush=True)
    versions = f"tokenizers {tokenizers.__version__}, transformers {transformers.__version__}"
    files = {
        "vocab.txt": vocabulary,
        "corpus.txt": "".join(t + "\n" for t in texts).encode(),
        "ids.txt": "".join(" ".join(map(str, i)) + "\n" for i in ids).encode(),
        "settings.txt": "".join(s + "\n" for s in settings).encode(),
        "characters.txt": "".join(c + "\n" for c in characters).encode(),
        "versions.txt": (versions + "\n").encode(),
    }
    archive = pack(files)
    (HERE / "golden.tar.xz").write_bytes(archive)
    for name, data in files.items():
        print(f"{name}: {len(data)} bytes, {len(lzma.compress(data))} compressed")
    print(f"{len(texts)} texts, {sum(map(len, ids))} tokens, {len(archive)} bytes, {versions}")


main()
