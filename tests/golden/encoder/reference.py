#!/usr/bin/env python3
"""Makes reference.safetensors: the vectors of texts.txt, by PyTorch in f32, kept as f16.

    python3 reference.py HF_DIR [--check] [--out reference.safetensors]

HF_DIR is a Hugging Face directory of a BERT sentence encoder (config.json, model.safetensors, vocab.txt, 1_Pooling,
modules.json). The forward pass is written out here, so that torch, numpy, safetensors and tokenizers are all it needs;
--check compares it with transformers' BertModel and BertTokenizer. f16 moves a unit vector by less than 1e-7 of cosine,
which is printed too. tests/golden/encoder/README.md says with which versions the file here was made.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import BertWordPieceTokenizer

torch.set_num_threads(1)
HERE = Path(__file__).parent
WINDOW = 128


class Bert:
    """A BERT encoder in plain torch: one text at a time, so nothing is padded and nothing masked."""

    def __init__(self, directory, change=lambda name, tensor: tensor):
        directory = Path(directory)
        self.config = json.loads((directory / "config.json").read_text())
        pooling = json.loads((directory / "1_Pooling/config.json").read_text())
        modules = json.loads((directory / "modules.json").read_text())
        self.mean = pooling["pooling_mode_mean_tokens"]
        assert self.mean != pooling["pooling_mode_cls_token"], "mean or cls"
        self.normalise = any(module["type"].endswith(".Normalize") for module in modules)
        assert self.config["hidden_act"] == "gelu"
        tensors = load_file(directory / "model.safetensors")
        self.weights = {
            name.removeprefix("bert."): torch.from_numpy(change(name, value.astype(np.float32)))
            for name, value in tensors.items()
            if value.dtype != np.int64
        }

    def linear(self, name, x):
        return torch.nn.functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def norm(self, name, x):
        w = self.weights
        return torch.nn.functional.layer_norm(
            x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], self.config["layer_norm_eps"])

    @torch.no_grad()
    def encode(self, ids):
        """ids [tokens] -> vector [width]"""
        w, tokens, heads = self.weights, len(ids), self.config["num_attention_heads"]
        x = (w["embeddings.word_embeddings.weight"][torch.tensor(ids)]
             + w["embeddings.position_embeddings.weight"][:tokens]
             + w["embeddings.token_type_embeddings.weight"][0])
        x = self.norm("embeddings.LayerNorm", x)
        for i in range(self.config["num_hidden_layers"]):
            at = f"encoder.layer.{i}"
            q, k, v = (self.linear(f"{at}.attention.self.{name}", x).view(tokens, heads, -1).transpose(0, 1)
                       for name in ("query", "key", "value"))
            scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
            attended = (scores.softmax(-1) @ v).transpose(0, 1).reshape(tokens, -1)
            x = self.norm(f"{at}.attention.output.LayerNorm", x + self.linear(f"{at}.attention.output.dense", attended))
            up = torch.nn.functional.gelu(self.linear(f"{at}.intermediate.dense", x))
            x = self.norm(f"{at}.output.LayerNorm", x + self.linear(f"{at}.output.dense", up))
        x = x.mean(0) if self.mean else x[0]
        return (x / x.norm() if self.normalise else x).numpy()


def read_texts():
    return (HERE / "texts.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def with_transformers(directory, texts):
    """(ids, vectors) by the published model and tokenizer."""
    from transformers import AutoModel, BertTokenizer

    tokenizer = BertTokenizer.from_pretrained(directory)
    model = AutoModel.from_pretrained(directory, attn_implementation="eager").eval()
    ids, vectors = [], []
    with torch.no_grad():
        for text in texts:
            encoded = tokenizer(text, return_tensors="pt", truncation=True, max_length=WINDOW)
            vector = model(**encoded).last_hidden_state[0].mean(0)
            ids.append(encoded["input_ids"][0].tolist())
            vectors.append((vector / vector.norm()).numpy())
    return ids, np.stack(vectors)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--check", action="store_true", help="compare with transformers; writes nothing")
    arguments.add_argument("--out", type=Path, default=HERE / "reference.safetensors")
    options = arguments.parse_args()

    texts = read_texts()
    tokenizer = BertWordPieceTokenizer(str(options.directory / "vocab.txt"), lowercase=True)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    assert max(map(len, ids)) <= WINDOW
    bert = Bert(options.directory)
    vectors = np.stack([bert.encode(one) for one in ids])
    if options.check:
        their_ids, theirs = with_transformers(options.directory, texts)
        print(f"same ids: {sum(a == b for a, b in zip(ids, their_ids))} of {len(ids)}")
        print(f"smallest cosine with transformers: 1 - {1 - cosines(vectors, theirs).min():.1e}")
        return
    half = vectors.astype(np.float16)
    print(f"smallest cosine between f16 and f32: 1 - {1 - cosines(vectors, half).min():.1e}")
    save_file({"vectors": half}, options.out, {"texts": str(len(texts)), "made_with": f"torch {torch.__version__}"})


if __name__ == "__main__":
    main()
