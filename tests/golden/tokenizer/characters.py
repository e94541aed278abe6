#!/usr/bin/env python3
"""Writes core/src/lyrics/characters_table.h: what the published tokenizer takes every character for.

Nothing is read from Unicode's files or from anybody's source: each of the 1,112,064 code points is given to the
published `tokenizers` package, and what comes back is its class.

    pip install tokenizers
    python3 characters.py > ../../../core/src/lyrics/characters_table.h
"""

import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

# Marks that end a run of reordering (class 0) are told from those that take part in it.
YPOGEGRAMMENI = "\u0345"  # of the highest class there is, 240: any other mark goes in front of it


def classify():
    clean = normalizers.BertNormalizer(True, False, False, False)
    strip = normalizers.BertNormalizer(False, False, True, False)
    nfd = normalizers.NFD()
    split = pre_tokenizers.BertPreTokenizer()
    for c in CODE_POINTS:
        text = chr(c)
        cleaned = clean.normalize_str(f"x{text}x")
        in_order = nfd.normalize_str(f"x{YPOGEGRAMMENI}{text}") == f"x{YPOGEGRAMMENI}{nfd.normalize_str(text)}"
        # A character that decomposes has its parts' classes.
        whole = nfd.normalize_str(text) == text
        combining = 0 if in_order or not whole else unicodedata.combining(text)
        if text == YPOGEGRAMMENI:
            combining = 240
        if cleaned == "xx":
            yield c, "DROPPED", 0
        elif cleaned == "x x":
            yield c, "SPACE", 0
        elif len(split.pre_tokenize_str(f"x{text}x")) == 3:
            yield c, "PUNCTUATION", 0
        elif whole and strip.normalize_str(f"x{text}") == "x":
            yield c, "MARK", 1 if combining else 0
        elif combining:
            yield c, "OTHER", combining


def runs(classes):
    current = None
    for c, kind, combining in classes:
        if current and current[1] == c - 1 and current[2:] == [kind, combining]:
            current[1] = c
        else:
            if current:
                yield current
            current = [c, c, kind, combining]
    yield current


def main():
    rows = list(runs(classify()))
    print("/* Made by tests/golden/tokenizer/characters.py: what characters are to the published tokenizers,")
    print(f" * by asking tokenizers {tokenizers.__version__} about each. In the order of code points; what is not here")
    print(" * is PULSE_CHARACTER_OTHER of class 0. */")
    print("/* clang-format off */")
    print("/* first, last, kind, combining class (of a mark: 1 for any but 0) */")
    short = {"DROPPED": "D", "SPACE": "S", "PUNCTUATION": "P", "MARK": "M", "OTHER": "O"}
    cells = [f"{{0x{a:x},0x{b:x},{{{short[kind]},{combining}}}}}," for a, b, kind, combining in rows]
    line = ""
    for cell in cells:
        if len(line) + len(cell) > 100:
            print(line)
            line = ""
        line += cell
    print(line)


main()
