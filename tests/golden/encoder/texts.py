#!/usr/bin/env python3
"""Writes texts.txt: 1,000 texts for the encoder's reference vectors, one a line, the same for the same seed.

    python3 texts.py VOCAB > texts.txt

VOCAB is the model's vocab.txt: some texts are cut so that they have exactly 126, 127 or 128 tokens, and none has more.
Every phrase was made up for this file. Needs the `tokenizers` package.
"""
import random
import sys

from tokenizers import BertWordPieceTokenizer

SEED = 20_260_310
COUNT = 1000
WINDOW = 128  # tokens, [CLS] and [SEP] included

MOODS = """sad happy angry lonely hopeful bitter gentle restless sleepy jealous grateful proud ashamed wistful
furious calm tender nervous homesick stubborn""".split()
SOUNDS = """songs ballads anthems lullabies waltzes hymns tunes marches""".split()
TOPICS = """rain|the sea|leaving home|a broken engine|dancing until morning|my grandmother's kitchen|cheap hotels|
a dog that waits at the gate|falling in love too late|winter in the harbour|losing a job|summer holidays|the last bus|
a war nobody wanted|growing old together|fast cars|forgiveness|money and what it does|being seventeen|drinking alone|
a train through the mountains|prayer|the moon over the motorway|an empty stadium|small towns|a letter never sent|
revenge|my brother|fishing at dawn|the city at four in the morning|robots|ghosts|coming back|a wedding in the rain|
gardens|divorce|friendship|the end of the world|hunger|flying""".replace("\n", "").split("|")
STYLES = """with a slow piano|with loud guitars|for a long drive|to cry to|to dance to|for studying|like the eighties|
without drums|sung by two voices|in a minor key|for a campfire|with a choir at the end|that starts quietly|
for the morning|with brass|from a basement""".replace("\n", "").split("|")

NOUNS = """lantern river pocket window shadow ladder summer engine pillow harbour feather copper mirror meadow winter
ticket candle ribbon thunder garden letter mountain station corner kettle staircase radio orchard bicycle compass
umbrella chimney suitcase telescope bonfire""".split()
VERBS = """carry follow borrow remember forget open bury paint burn mend lose promise whisper count steal trade
swallow answer measure""".split()
PLACES = """by the river|under the bridge|in the kitchen|on the roof|behind the station|at the edge of town|
across the water|in the back seat|beneath the floorboards|out on the ice|inside the old cinema|
where the road gives out""".replace("\n", "").split("|")
TIMES = """at midnight|in the morning|when the lights go out|every Sunday|before the frost|after the storm|
when nobody is watching|all through July|since you left|until the kettle sings""".replace("\n", "").split("|")
VERSE = [
    "I {v} your {n} {p}",
    "you {v} my {n} and never say why",
    "oh the {n} is {m} {t}",
    "we were {m}, we were {m2}, we were nothing but a {n}",
    "and the {n} keeps turning {p}",
    "don't you {v} the {n} we left {p}",
    "somebody will {v} a {n} {t}",
    "la la la, my {m} {n}, la la la",
    "give me one more {n}, one more {n2}",
    "I was a {n}, you were the {n2} {p}",
    "every {n} has a {n2} that it cannot {v}",
    "come on, come on, {v} it {t}",
    "there's a {n} in the {n2} and it's {m}",
    "hold the {n} like you held the {n2}",
]
SENTENCES = [
    "The {n} stood {p}, and nobody had come to {v} it.",
    "She said she would {v} the {n} {t}, but she was too {m}.",
    "He bought a {n} for {k} crowns and sold it for {k2}.",
    "Why would anyone {v} a {n} {p}?",
    "It is {k} kilometres from the {n} factory to the sea.",
    "A {m} man with a {n} asked us to {v} him {t}.",
    "Chapter {k}: in which the {n} is lost and a {n2} is found.",
    "My {n} doesn't work; it hasn't worked since {k2}!",
    "They {v} everything they can -- even the {n} (and the {n2}).",
    "E-mail me at {n}@{n2}.example about the {m} {n} no. {k}.",
    "Price: ${k}.{k2}, incl. one {n} & two {n2}s, 50% off {t}",
    "the {n}, the {n2}, the {m}: three words for one thing",
]

# Sentences in other languages, with places for words of the same language.
WORLD = {
    "es": (["La {0} llora bajo la {1}", "No me dejes sin {0}, mi {1}", "¿Dónde está la {0} que perdí en la {1}?",
            "Canciones tristes sobre la {0} y la {1}"],
           "lluvia luna ciudad noche guitarra montaña niñez canción mañana ventana".split()),
    "fr": (["La {0} s'éveille près de la {1}", "Où vas-tu, ma {0}, sans ta {1} ?", "Une chanson douce pour la {0}",
            "J'ai laissé ma {0} à côté de la {1}"],
           "forêt rivière fenêtre mère lumière gare poupée cœur étoile tempête".split()),
    "de": (["Die {0} schläft über der {1}", "Lieder für lange Nächte ohne {0}", "Wer hat meine {0} größer gemacht als die {1}?",
            "Früher war die {0} schöner"],
           "Straße Brücke Mühle Küste Sonne Träne Glocke Wärme Stadt Geige".split()),
    "pt": (["A {0} não volta com a {1}", "Canção de {0} e de {1}", "Ninguém dança na {0} sem {1}"],
           "saudade manhã praia chuva paixão solidão estação avó".split()),
    "it": (["La {0} è più bella della {1}", "Perché la {0} non torna?", "Una sera di {0} e di {1}"],
           "città luna pioggia libertà verità finestra nave felicità".split()),
    "pl": (["Moja {0} śpi pod {1}", "Gdzie jest {0}, która kochała {1}?", "Piosenka o {0}"],
           "łódką gwiazdą źródłem jesienią miłością wróżką ścieżką".split()),
    "tr": (["{0} ile {1} arasında kaldım", "Bu gece {0} ağlıyor", "{0} için bir şarkı"],
           "yağmur gönül şehir güneş ışık çiçek İstanbul rüzgâr".split()),
    "vi": (["Em nhớ {0} và {1}", "Bài hát về {0} dưới {1}"], "mưa|đêm dài|quê hương|ánh trăng|dòng sông|mùa thu".split("|")),
    "ru": (["Моя {0} спит под звёздами", "Где ты, {0}? Где ты, {1}?", "Песня про {0} и {1}"],
           "река зима дорога гитара юность ёлка любовь память".split()),
    "uk": (["Їде {0} через {1}", "Пісня про {0}, що не спить"], "ніч весна криниця вежа хвиля зірка".split()),
    "el": (["Η {0} και η {1} χορεύουν", "Πού πήγε η {0};", "Τραγούδια για την {0}"],
           "θάλασσα βροχή αγάπη νύχτα μάνα πόλη".split()),
    "ar": (["أين {0} يا {1}", "أغنية عن {0} و{1}"], "المطر الليل القمر البحر الوطن الحب".split()),
    "he": (["איפה {0} ואיפה {1}", "שיר על {0}"], "הים הלילה הגשם הירח האהבה הדרך".split()),
    "hi": (["{0} और {1} का गीत", "मेरी {0} कहाँ है"], "बारिश रात चाँदनी नदी याद दुनिया".split()),
    "th": (["เพลงเกี่ยวกับ{0}และ{1}", "{0}หายไปไหน"], "ฝน ทะเล ความรัก คืนนี้ ดวงจันทร์".split()),
    "zh": (["關於{0}和{1}的歌", "我的{0}在哪裡", "{0}之後，只剩{1}。"], "雨 大海 月亮 夜晚 故鄉 愛情 火車".split()),
    "ja": (["{0}と{1}の歌", "わたしの{0}はどこですか", "{0}が{1}に変わるまで踊ろう"], "雨 海 月 さくら ギター 夏休み ふるさと".split()),
    "ko": (["{0}와 {1}에 대한 노래", "내 {0}는 어디에 있나요"], "바다 비 사랑 밤하늘 기차 고향".split()),
    "ka": (["სიმღერა {0} და {1} შესახებ"], "წვიმა ზღვა ღამე მთვარე".split()),
    "am": (["ስለ {0} እና {1} ዘፈን"], "ዝናብ ባሕር ሌሊት ጨረቃ".split()),
}
EMOJI = "😀 😭 💔 🔥 🌧️ 🎸 🎹 🌙 ❤️ 👩‍🎤 🇧🇷 👍🏽 🌊 🚗 ✨ ☕ 🕺 🐕".split()
WORDS = """love rain goodbye Monday hello dance hurt home saxophone melancholy antidisestablishmentarianism yeah
heartbreakingly fire unbelievable reggaeton techno schadenfreude naïve café Ångström 42 1999 #sunday ... ? & ¡olé!
lalalalalalalala 愛 Привет שלום 사랑 ミュージック ไทย 🎵 e=mc² ½ №5 ﬁre STRASSE straße İ ǅ zzz""".split()


class Texts:
    def __init__(self, tokenizer):
        self.rng = random.Random(SEED)
        self.tokenizer = tokenizer

    def length(self, text):
        return len(self.tokenizer.encode(text).ids)

    def fill(self, pattern):
        pick = self.rng.choice
        return pattern.format(n=pick(NOUNS), n2=pick(NOUNS), v=pick(VERBS), m=pick(MOODS), m2=pick(MOODS), p=pick(PLACES),
                              t=pick(TIMES), k=self.rng.randrange(2, 100), k2=self.rng.randrange(1900, 2030))

    def description(self):
        pick = self.rng.choice
        return pick([
            lambda: f"{pick(MOODS)} {pick(SOUNDS)} about {pick(TOPICS)}",
            lambda: f"{pick(SOUNDS)} about {pick(TOPICS)} {pick(STYLES)}",
            lambda: f"something {pick(MOODS)}, {pick(STYLES)}",
            lambda: f"I want to hear {pick(MOODS)} {pick(SOUNDS)}, not {pick(MOODS)} ones, about {pick(TOPICS)}",
            lambda: f"{pick(TOPICS)}",
        ])()

    def verse(self, lines):
        return " / ".join(self.fill(self.rng.choice(VERSE)) for _ in range(lines))

    def prose(self, sentences):
        return " ".join(self.fill(self.rng.choice(SENTENCES)) for _ in range(sentences))

    def foreign(self):
        patterns, words = WORLD[self.rng.choice(sorted(WORLD))]
        return " ".join(self.rng.choice(patterns).format(*self.rng.sample(words, 2)) for _ in range(self.rng.randint(1, 3)))

    def emoji(self):
        some = [self.rng.choice(EMOJI) for _ in range(self.rng.randint(1, 4))]
        return self.rng.choice([" ".join(some), "".join(some), f"{self.description()} {''.join(some)}"])

    def mixed(self):
        text = f"{self.foreign()} — {self.fill(self.rng.choice(VERSE))} {self.rng.choice(EMOJI)}"
        return self.rng.choice([text, text.upper(), text.replace(" ", "\u3000"), text.replace(" ", "  ")])

    def exactly(self, tokens):
        """A long text cut at a word so that it has exactly so many tokens."""
        while True:
            make = self.rng.choice([lambda: self.verse(20), lambda: self.prose(20),
                                    lambda: " ".join(self.foreign() for _ in range(30))])
            words = make().split(" ")
            while words and self.length(" ".join(words)) > tokens:
                words.pop()
            text = " ".join(words)
            if self.length(text) == tokens:
                return text

    def next(self, i):
        if i < len(WORDS):
            return WORDS[i]
        if i < len(WORDS) + 60:
            return self.exactly(WINDOW - i % 3)
        kind = self.rng.choices(
            [self.description, lambda: self.verse(self.rng.randint(1, 3)), lambda: self.prose(self.rng.randint(1, 2)),
             lambda: self.verse(self.rng.randint(4, 9)), self.foreign, self.emoji, self.mixed],
            [25, 25, 15, 5, 20, 4, 6])[0]
        return kind()

    def all(self):
        texts = {}  # as an ordered set: no text stands twice
        while len(texts) < COUNT:
            text = self.next(len(texts)).strip(" ")
            if text and self.length(text) <= WINDOW:
                texts[text] = None
        texts = list(texts)
        self.rng.shuffle(texts)
        return texts


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tokenizer = BertWordPieceTokenizer(sys.argv[1], lowercase=True)
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("\n".join(Texts(tokenizer).all()))


main()
