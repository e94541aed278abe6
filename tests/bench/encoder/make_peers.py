#!/usr/bin/env python3
"""Writes the peers' model from the weights that ours was made from: `make_peers.py HF_DIR OUT`.

OUT gets what transformers.js expects of a model directory: config.json, tokenizer.json, tokenizer_config.json,
onnx/model.onnx (fp32) and onnx/model_quantized.onnx (its dtype "q8"). The graph has the nodes that torch's exporter
writes for a BertModel, which onnxruntime then fuses by itself when it loads them. The quantisation is the one of
transformers.js' conversion script for BERT models, from onnxruntime's own tool: dynamic, MatMul by constants and
Gather only, int8 weights per channel in 7 bits (reduce_range), uint8 activations.

Beside them texts.json: for 16, 64 and 128 tokens, [CLS] and [SEP] included, sixteen texts of exactly so many.
"""
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file
from tokenizers import Tokenizer

OPSET = 14
TEXTS = Path(__file__).parents[2] / "golden/encoder/texts.txt"
LENGTHS = (16, 64, 128)
BATCH = 16


class Graph:
    def __init__(self, weights, config):
        self.weights = weights
        self.config = config
        self.nodes = []
        self.constants = {}

    def constant(self, name, value):
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def number(self, value):
        return self.constant(f"number_{value!r}", np.float32(value))

    def numbers(self, *values):
        return self.constant("numbers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def op(self, kind, *inputs, **attributes):
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def linear(self, name, x):
        weight = self.constant(f"{name}.weight^T", self.weights[f"{name}.weight"].T)
        return self.op("Add", self.weight(f"{name}.bias"), self.op("MatMul", x, weight))

    def norm(self, name, x):
        centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1]))
        variance = self.op("ReduceMean", self.op("Pow", centred, self.number(2.0)), axes=[-1])
        deviation = self.op("Sqrt", self.op("Add", variance, self.number(self.config["layer_norm_eps"])))
        scaled = self.op("Mul", self.op("Div", centred, deviation), self.weight(f"{name}.weight"))
        return self.op("Add", scaled, self.weight(f"{name}.bias"))

    def gelu(self, x):
        erf = self.op("Erf", self.op("Div", x, self.number(2.0**0.5)))
        doubled = self.op("Mul", x, self.op("Add", erf, self.number(1.0)))
        return self.op("Mul", doubled, self.number(0.5))

    def heads(self, x, order):
        count = self.config["num_attention_heads"]
        split = self.op("Reshape", x, self.numbers(0, 0, count, self.config["hidden_size"] // count))
        return self.op("Transpose", split, perm=order)

    def attention(self, at, x, mask):
        width, count = self.config["hidden_size"], self.config["num_attention_heads"]
        q, k, v = (self.linear(f"{at}.{name}", x) for name in ("query", "key", "value"))
        scores = self.op("MatMul", self.heads(q, [0, 2, 1, 3]), self.heads(k, [0, 2, 3, 1]))
        scores = self.op("Div", scores, self.number((width / count) ** 0.5))
        shares = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        attended = self.op("Transpose", self.op("MatMul", shares, self.heads(v, [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        return self.op("Reshape", attended, self.numbers(0, 0, width))

    def embeddings(self, positions):
        table = lambda name: self.weight(f"embeddings.{name}_embeddings.weight")
        words = self.op("Gather", table("word"), "input_ids")
        types = self.op("Gather", table("token_type"), "token_type_ids")
        tokens = self.op("Gather", self.op("Shape", "input_ids"), self.numbers(1))
        ids = self.constant("position_ids", np.arange(positions, dtype=np.int64)[None])
        ids = self.op("Slice", ids, self.numbers(0), tokens, self.numbers(1))
        return self.op("Add", self.op("Add", words, types), self.op("Gather", table("position"), ids))

    def mask(self):
        axes = self.numbers(1)
        mask = self.op("Unsqueeze", self.op("Unsqueeze", "attention_mask", axes), self.numbers(2))
        absent = self.op("Sub", self.number(1.0), self.op("Cast", mask, to=TensorProto.FLOAT))
        return self.op("Mul", absent, self.number(float(np.finfo(np.float32).min)))

    def model(self):
        config = self.config
        mask = self.mask()
        x = self.norm("embeddings.LayerNorm", self.embeddings(config["max_position_embeddings"]))
        for i in range(config["num_hidden_layers"]):
            at = f"encoder.layer.{i}"
            attended = self.linear(f"{at}.attention.output.dense", self.attention(f"{at}.attention.self", x, mask))
            x = self.norm(f"{at}.attention.output.LayerNorm", self.op("Add", attended, x))
            up = self.gelu(self.linear(f"{at}.intermediate.dense", x))
            x = self.norm(f"{at}.output.LayerNorm", self.op("Add", self.linear(f"{at}.output.dense", up), x))
        self.nodes[-1].output[0] = "last_hidden_state"
        shape = ["batch", "tokens"]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape)
                  for name in ("input_ids", "attention_mask", "token_type_ids")]
        output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, config["hidden_size"]])
        graph = helper.make_graph(self.nodes, "bert", inputs, [output], list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def cut(tokenizer, tokens):
    """Texts of the golden corpus, cut at a word so that they have exactly so many tokens."""
    found = {}
    for text in TEXTS.read_text(encoding="utf-8").splitlines():
        words = text.split(" ")
        while words and len(tokenizer.encode(" ".join(words)).ids) > tokens:
            words.pop()
        if len(tokenizer.encode(" ".join(words)).ids) == tokens:
            found[" ".join(words)] = None
        if len(found) == BATCH:
            return list(found)
    sys.exit(f"fewer than {BATCH} texts of {tokens} tokens")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = map(Path, sys.argv[1:])
    config = json.loads((source / "config.json").read_text())
    if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
        sys.exit(f"{source}: not a BERT model with GELU")
    weights = {name.removeprefix("bert."): value.astype(np.float32)
               for name, value in load_file(source / "model.safetensors").items()}
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(source / name, out / name)
    onnx.save(Graph(weights, config).model(), out / "onnx/model.onnx")
    quantize_dynamic(out / "onnx/model.onnx", out / "onnx/model_quantized.onnx", per_channel=True, reduce_range=True,
                     weight_type=QuantType.QInt8, extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True})

    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = {tokens: cut(tokenizer, tokens) for tokens in LENGTHS}
    (out / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")


main()
