"""The attention lab's numbers from an exported attention.npy, by their formulas, with NumPy alone.

    python3 metrics_oracle.py attention.npy [--repeat START BLOCK COPIES] [--class KEY ...]

Maps [..., T, T], row = query, column = key. Prints one JSON object; each value is a flat list, map by map in the file's order:
a number for each map, or as many as the comments below say. Rows count from 2 on, divergences are in nats.
"""
import argparse
import json

import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file")
parser.add_argument("--repeat", nargs=3, type=int, metavar=("START", "BLOCK", "COPIES"))
parser.add_argument("--class", nargs="*", type=int, dest="members", default=[], metavar="KEY")
options = parser.parse_args()

A = np.load(options.file).astype(np.float64)
T = A.shape[-1]
q, k = np.indices((T, T))
seen = k <= q
result = {}


def over_rows(weight, first, maps=A):
    """sum_k A[q, k] weight[q, k], averaged over the rows from `first` on."""
    return np.einsum("...qk,qk->...q", maps, weight)[..., first:].mean(-1)


def xlogx(x):
    return x * np.log(np.where(x > 0, x, 1))


result["offset_scores"] = np.stack(  # [..., T - 1]: stripes 0 ... T - 2 tokens back
    [over_rows((q - k == d).astype(float), max(d + 1, 2)) for d in range(T - 1)], -1)
result["column_scores"] = np.stack(  # [..., T]
    [over_rows(((k == c) & seen).astype(float), max(c, 2)) for c in range(T)], -1)
result["offset_profile"] = np.stack(  # [..., T]
    [np.diagonal(A, -d, -2, -1).mean(-1) for d in range(T)], -1)
result["previous"] = result["offset_scores"][..., 1]
result["current"] = result["offset_scores"][..., 0]
result["first"] = result["column_scores"][..., 0]
if T > 16:
    result["local"] = over_rows((seen & (q - k < 8)).astype(float), 16)
if T > 8:
    result["far"] = over_rows(((k > 0) & (2 * k < q)).astype(float), 8)
result["distance"] = over_rows((q - k) * seen.astype(float), 2) / (np.arange(2, T) / 2).mean()
entropy = -xlogx(A * seen).sum(-1)
result["entropy"] = entropy[..., 2:].mean(-1)
result["normalised_entropy"] = (entropy[..., 2:] / np.log(np.arange(3, T + 1))).mean(-1)
ordered = np.sort(np.where(seen, A, -1), -1)
result["sharpness"] = ordered[..., 2:, -1].mean(-1)
at_previous = np.diagonal(A, -1, -2, -1)[..., 1:]  # rows 2 ... T - 1
result["argmax"] = ((at_previous == ordered[..., 2:, -1]) & (ordered[..., 2:, -1] > ordered[..., 2:, -2])).mean(-1)
result["class"] = over_rows((np.isin(k, options.members) & seen).astype(float), 2)
in_class = np.isin(np.arange(T), options.members)
result["class_share"] = (np.cumsum(in_class) / np.arange(1, T + 1))[2:].mean()
result["uniform"] = (1 / np.arange(3, T + 1)).mean()

if A.ndim > 2:  # the first axis: texts
    part = (A * seen)[..., 2:, :]
    result["variability"] = np.abs(part - part.mean(0)).sum((-2, -1)) / (2 * part.sum((-2, -1)))

if options.repeat:
    start, block, copies = options.repeat
    place = np.arange(T) - start  # which token of its block; a row looks for its like in earlier copies
    like = (place[:, None] % block == place % block) & (q > k) & (k >= start)
    after = np.zeros((T, T))
    after[:, 1:] = like[:, :-1]
    result["duplicate"] = over_rows(like.astype(float), start + block)
    result["induction"] = over_rows(after, start + block)
    result["uniform_repeat"] = (like.sum(-1) / np.arange(1, T + 1))[start + block:].mean()

if A.ndim == 4:
    # [H, H]: the divergence of each two heads' rows, the first axis being texts; [H, 2]: their places in the plane
    rows = A[:, :, 2:] / A[:, :, 2:].sum(-1, keepdims=True)
    a, b = rows[:, :, None], rows[:, None]
    m = (a + b) / 2
    divergence = ((xlogx(a) + xlogx(b)) / 2 - xlogx(m)).sum(-1).mean((0, 3))
    result["divergence"] = divergence
    H = A.shape[1]
    centre = np.eye(H) - 1 / H
    values, vectors = np.linalg.eigh(-centre @ np.maximum(divergence, 0) @ centre / 2)
    places = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0))
    furthest = np.argmax(np.abs(places) > np.abs(places).max(0) * (1 - 1e-9), 0)
    result["places"] = places * np.sign(places[furthest, [0, 1]])

    # [L, T, T]: rollout, the first axis being layers
    through, evenly = np.eye(T), np.eye(T)
    result["rollout"], result["against_uniform"] = [], []
    for layer in A.mean(1):
        through = (layer + np.eye(T)) / (layer.sum(-1, keepdims=True) + 1) @ through
        evenly = (seen / seen.sum(-1, keepdims=True) + np.eye(T)) / 2 @ evenly
        result["rollout"].append(through)
        octaves = np.log2(np.where(seen, through, 1) / np.where(seen, evenly, 1))
        result["against_uniform"].append(octaves)

    # [H, 3]: value, low, high of the mean over texts of the previous-token score, from 1000 draws by Philox 4x32-10
    N = A.shape[0]
    low32 = np.uint64(0xFFFFFFFF)
    counter = np.arange(1000 * N, dtype=np.uint64)
    c = [counter, np.zeros_like(counter), np.zeros_like(counter), np.zeros_like(counter)]
    key = [1993, 0]
    for _ in range(10):
        p, r = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(r >> np.uint64(32)) ^ c[1] ^ np.uint64(key[0]), r & low32,
             (p >> np.uint64(32)) ^ c[3] ^ np.uint64(key[1]), p & low32]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    chosen = np.array([(int(lo) | int(hi) << 32) * N >> 64 for lo, hi in zip(c[0], c[1])]).reshape(1000, N)
    draws = result["previous"][chosen].mean(1)
    result["interval"] = np.stack(
        [result["previous"].mean(0), np.percentile(draws, 2.5, axis=0), np.percentile(draws, 97.5, axis=0)], -1)

print(json.dumps({name: np.asarray(value).ravel().tolist() for name, value in result.items()}))
