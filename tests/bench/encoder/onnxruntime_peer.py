#!/usr/bin/env python3
"""Encodes with onnxruntime and `tokenizers`: `onnxruntime_peer.py MODEL_DIR fp32|q8 THREADS`.

The first line on stdout is {"name", "versions"}. Then each line on stdin is a request and gives a line:
{"encode": [text]} -> {"vectors": [[number]]}
{"time": [text], "calls": n, "ms": m} -> {"times": [ms]}: n calls at least, and as many as m milliseconds hold
"""
import json
import os
import sys
import time

threads = int(sys.argv[3])
os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
os.environ["RAYON_NUM_THREADS"] = str(threads)

import numpy as np
import onnxruntime
import tokenizers


class Encoder:
    def __init__(self, directory, dtype):
        self.tokenizer = tokenizers.Tokenizer.from_file(f"{directory}/tokenizer.json")
        self.tokenizer.enable_padding()
        self.tokenizer.enable_truncation(128)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        file = {"fp32": "model.onnx", "q8": "model_quantized.onnx"}[dtype]
        self.session = onnxruntime.InferenceSession(
            f"{directory}/onnx/{file}", options, providers=["CPUExecutionProvider"])

    def encode(self, texts):
        encoded = self.tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self.session.run(["last_hidden_state"], feed)[0]
        weights = mask[:, :, None].astype(np.float32)
        vectors = (states * weights).sum(1) / weights.sum(1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def time(self, texts, calls, ms):
        times = []
        begin = time.perf_counter()
        while len(times) < calls or (time.perf_counter() - begin) * 1e3 < ms:
            start = time.perf_counter()
            self.encode(texts)
            times.append((time.perf_counter() - start) * 1e3)
        return times


def answer(value):
    print(json.dumps(value), flush=True)


encoder = Encoder(sys.argv[1], sys.argv[2])
answer({"name": f"onnxruntime {sys.argv[2]}",
        "versions": {"onnxruntime": onnxruntime.__version__, "tokenizers": tokenizers.__version__}})
for line in sys.stdin:
    request = json.loads(line)
    if "encode" in request:
        answer({"vectors": encoder.encode(request["encode"]).tolist()})
    else:
        answer({"times": encoder.time(request["time"], request["calls"], request["ms"])})
