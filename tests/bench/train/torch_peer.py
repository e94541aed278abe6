#!/usr/bin/env python3
"""Trains the same model with PyTorch: `torch_peer.py DIRECTORY THREADS`.

DIRECTORY is train_bench's: rows.f32 [songs, inputs], present.u8 [songs, targets], artist.i32 [songs], data.json.
The same architecture, both terms of the loss, what is hidden, batches, optimiser and schedule, by whole tensors.
The first line on stdout is {"name", "versions"}. Then each line on stdin is an epoch and gives a line:
{"seconds", "cpu", "loss", "reconstruction", "contrastive"}; "cpu" are the seconds of all threads together.
"""
import json
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

directory, threads = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
data = json.loads((directory / "data.json").read_text())
recipe = data["recipe"]
songs, inputs, targets, lyrics = (data[key] for key in ("songs", "inputs", "targets", "lyrics"))


def read(name, dtype, width):
    return torch.frombuffer(bytearray((directory / name).read_bytes()), dtype=dtype).reshape(-1, width)


rows = read("rows.f32", torch.float32, inputs)
present = read("present.u8", torch.uint8, targets).float()
artist = read("artist.i32", torch.int32, 1).flatten().long()
loss_weight = torch.tensor(data["loss_weight"])
modality = torch.tensor(data["modality"])
# Modalities that no song has are nobody's to hide.
flags = [flag for flag in data["flag"] if flag < inputs]
numbers = [m for m, flag in enumerate(data["flag"]) if flag < inputs]
lone_weight = torch.tensor([data["lone_weight"][m] for m in numbers])
# [modalities, inputs]: 1 where a column is of the modality, or says that it is there.
of_modality = torch.stack([torch.cat([modality == m, torch.zeros(inputs - targets, dtype=torch.bool)]) for m in numbers])
for m, flag in enumerate(flags):
    of_modality[m, flag] = True
of_modality = of_modality.float()
lyrics_row = numbers.index(int(modality[targets - 1]))
lyrics_columns = slice(targets - lyrics, targets)

by_artist = torch.argsort(artist, stable=True)
counts = torch.bincount(artist)
first = torch.cumsum(counts, 0) - counts


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        hidden, latent = recipe["hidden"], recipe["latent"]

        def half(widths):
            layers = []
            for i, (a, b) in enumerate(zip(widths, widths[1:])):
                layers.append(nn.Linear(a, b))
                if i + 2 < len(widths):
                    layers += [nn.ReLU(inplace=True), nn.Dropout(recipe["dropout"])]
            return nn.Sequential(*layers)

        self.encoder = half([inputs, *hidden, latent])
        self.decoder = half([latent, *hidden[::-1], targets])
        self.encoder_skip = nn.Linear(inputs, latent, bias=False)
        self.decoder_skip = nn.Linear(latent, targets, bias=False)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=math.sqrt(1 / layer.in_features))
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        for layer in [*self.encoder[:-1], *self.decoder[:-1]]:
            if isinstance(layer, nn.Linear):  # goes through ReLU
                nn.init.normal_(layer.weight, std=math.sqrt(2 / layer.in_features))

    def forward(self, x):
        z = self.encoder(x) + self.encoder_skip(x)
        return z, self.decoder(z) + self.decoder_skip(z)


assert recipe["activation"] == "relu" and recipe["skip"]
assert not recipe["input_noise"] and not recipe["feature_dropout"] and not recipe["lone_modality"]
assert not recipe["latent_noise"] and not recipe["gradient_limit"] and not recipe["weight_decay"]
model = Autoencoder()
batch = recipe["batch"]
batches = songs // batch
total = batches * recipe["epochs"]
# One pass over all parameters, where this version has it for the processor.
fused = {"fused": True} if tuple(map(int, torch.__version__.split(".")[:2])) >= (2, 4) else {"foreach": True}
optimiser = torch.optim.Adam(model.parameters(), lr=recipe["learning_rate"], **fused)


def rate(step):
    share = recipe["final_rate"] + (1 - recipe["final_rate"]) * 0.5 * (1 + math.cos(math.pi * min(1, step / total)))
    return share * min(1, (step + 1) / recipe["warmup"])


schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)


def partners_of(anchors):
    """Another song of the same artist, or the song itself; or, for some, the song itself on purpose."""
    owner = artist[anchors]
    count = counts[owner]
    drawn = by_artist[first[owner] + (torch.rand(len(anchors)) * (count - 1).clamp(min=1)).long()]
    drawn = torch.where(drawn == anchors, by_artist[first[owner] + count - 1], drawn)
    own = torch.rand(len(anchors)) < recipe["self_pairs"]
    partners = torch.where(own, anchors, drawn)
    return partners, own, own | (partners != anchors)


def hide(x, lone):
    """Some modalities of some rows, never all; of the `lone` rows all but one, whose lyrics are blurred, or just one."""
    known = x[:, flags]
    hidden = (torch.rand(len(x), len(flags)) < recipe["modality_dropout"]).float() * known
    hidden *= (hidden.sum(1, keepdim=True) < known.sum(1, keepdim=True)).float()
    kept = torch.multinomial(known * lone_weight, 1).flatten()
    others = known * (1 - F.one_hot(kept, len(flags)))
    hidden = torch.where(lone[:, None], others, hidden)
    # Of some of the lone ones all but one are seen instead, where there are two at least.
    lacking = lone & (torch.rand(len(x)) < recipe["left_out"])
    out = known * F.one_hot(torch.multinomial(known, 1).flatten(), len(flags))
    hidden = torch.where(lacking[:, None], out * (known.sum(1, keepdim=True) > 1), hidden)
    x = x * (1 - hidden @ of_modality)
    blurred = (lone & ~lacking & (kept == lyrics_row)).nonzero().flatten()
    x[blurred, lyrics_columns] += data["lyrics_deviation"] * torch.randn(len(blurred), lyrics)
    return x


def reconstruction(output, clean, known):
    weight = known * loss_weight
    return (weight * (output - clean[:, :targets]) ** 2).sum() / weight.sum()


def contrast(z, anchors, counted):
    unit = F.normalize(z, dim=1)
    logits = unit[:batch] @ unit[batch:].T / recipe["temperature"]
    owner = artist[anchors]
    same = owner[:, None] == owner[None, :]
    same.fill_diagonal_(False)
    logits = logits.masked_fill(same, -math.inf)
    places = torch.where(counted, torch.arange(batch), -100)
    return (F.cross_entropy(logits, places) + F.cross_entropy(logits.T, places)) / 2


def epoch():
    model.train()
    order = torch.randperm(songs)
    sum_of_losses = 0.0
    for b in range(batches):
        anchors = order[b * batch : (b + 1) * batch]
        partners, own, counted = partners_of(anchors)
        both = torch.cat([anchors, partners])
        clean, known = rows[both], present[both]
        z, output = model(hide(clean, torch.cat([torch.zeros_like(own), own])))
        loss = recipe["reconstruction"] * reconstruction(output, clean, known)
        loss = loss + recipe["contrastive"] * contrast(z, anchors, counted)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        sum_of_losses += loss.item()
    return sum_of_losses / batches


@torch.no_grad()
def look():
    """The first 4096 songs, with nothing hidden, as train_bench looks at them."""
    model.eval()
    errors, contrasts = [], []
    for at in range(0, 4096, batch):
        anchors = torch.arange(at, at + batch)
        owner = artist[anchors]
        count = counts[owner]
        drawn = by_artist[first[owner] + (torch.rand(batch) * (count - 1).clamp(min=1)).long()]
        drawn = torch.where(drawn == anchors, by_artist[first[owner] + count - 1], drawn)
        z, output = model(rows[torch.cat([anchors, drawn])])
        errors.append(reconstruction(output[:batch], rows[anchors], present[anchors]).item())
        contrasts.append(contrast(z, anchors, drawn != anchors).item())
    return sum(errors) / len(errors), sum(contrasts) / len(contrasts)


print(json.dumps({"name": "PyTorch", "versions": {"torch": torch.__version__}}), flush=True)
for _ in sys.stdin:
    started, cpu = time.perf_counter(), time.process_time()
    mean_loss = epoch()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    error, contrasted = look()
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "loss": mean_loss, "reconstruction": error, "contrastive": contrasted}
        ),
        flush=True,
    )
