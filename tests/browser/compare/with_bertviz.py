"""Our attention report beside BertViz's pages, of the same tensors in the same Chromium. Prints a table in Markdown.

    python3 with_bertviz.py BUILD [--sizes LxHxT ...] [--runs 3] [--seconds 120] [--gigabytes 12] [--keep FOLDER]

BUILD: the folder in which gradus_compare_report has been built. Needs Chromium, the Python packages bertviz and numpy, and the
Debian packages libjs-requirejs, node-d3 and libjs-jquery, for the three scripts that BertViz's pages load from the network.
"""
import argparse
import atexit
import datetime
import importlib.metadata
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import bertviz
import numpy as np
import torch

sys.dont_write_bytecode = True  # the sources are no place for it
from chromium import Chromium, GaveUp

SCRIPTS = {"require.js": "/usr/share/javascript/requirejs/require.min.js", "d3": "/usr/share/nodejs/d3/dist/d3.min.js",
           "jQuery": "/usr/share/javascript/jquery/jquery.min.js"}
WORDS = "the cat sat on the mat because it was tired . then a dog ran".split()

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build")
parser.add_argument("--sizes", nargs="+", default=["4x4x128", "6x6x256", "12x12x512"], metavar="LxHxT")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--seconds", type=float, default=120, help="after which a page counts as not loading")
parser.add_argument("--gigabytes", type=float, default=12, help="of a tab's memory, likewise: the machine has other uses")
parser.add_argument("--keep", metavar="FOLDER", help="leave the pages there")
options = parser.parse_args()
chromium = shutil.which(os.environ.get("GRADUS_CHROMIUM", "chromium")) or sys.exit("there is no Chromium here")
for script in SCRIPTS.values():
    if not os.path.exists(script):
        sys.exit(f"there is no {script}: apt-get install libjs-requirejs node-d3 libjs-jquery")
folder = options.keep or tempfile.mkdtemp()
os.makedirs(folder, exist_ok=True)
if not options.keep:
    atexit.register(shutil.rmtree, folder)


def causal_softmax(L, H, T):
    """[L, H, T, T] float32, of normal scores with a standard deviation of 2; row = query, the future exactly 0."""
    A = np.random.default_rng(4).standard_normal((L, H, T, T), np.float32) * 2
    A[:, :, ~np.tri(T, dtype=bool)] = -np.inf
    A = np.exp(A - A.max(-1, keepdims=True))
    return A / A.sum(-1, keepdims=True)


def path(name):
    return os.path.join(folder, name)


def write_report(maps, tokens):
    np.save(path("attention.npy"), maps)
    with open(path("tokens.txt"), "w") as file:
        file.writelines(token + "\n" for token in tokens)
    subprocess.run([os.path.join(options.build, "tests", "gradus_compare_report"), path("attention.npy"), path("tokens.txt"),
                    path("report.html")], check=True)
    return path("report.html")


def write_bertviz(view, maps, tokens, layers=None):
    """The page as BertViz returns it, but for where its three scripts come from."""
    attention = [torch.from_numpy(layer)[None] for layer in maps]  # L times [1, H, T, T]
    html = view(attention, tokens, include_layers=layers, html_action="return").data
    start, rest = html[:4096], html[4096:]
    found = 0
    for name, pattern in (("require.js", r"https:[^'\"]*/require\.min\.js"), ("d3", r"https:[^'\"]*/d3\.min(?=')"),
                          ("jQuery", r"https:[^'\"]*/jquery\.min(?=')")):
        local = "file://" + SCRIPTS[name]
        start, n = re.subn(pattern, local if name == "require.js" else local.removesuffix(".js"), start)
        found += n
    if found != 3:
        sys.exit("BertViz's page does not load the three scripts that it used to")
    with open(path(view.__name__ + ".html"), "w") as file:
        file.write(start)
        file.write(rest)
    return path(view.__name__ + ".html")


def check_weights(browser, expression, maps, places, relative):
    """That the page holds these maps: 200 weights, read out of it."""
    for seen, place in zip(browser.evaluate(expression, options.seconds), places.tolist(), strict=True):
        weight = maps[tuple(place)]
        if not abs(seen - weight) <= relative * weight + 2**-16:
            sys.exit(f"{place}: the page says {seen} for {weight}")


def measure(file, ready, check):
    """A row's cells: medians of what every run gave, or why there are none."""
    size = f"{os.path.getsize(file) / 1e6:.1f} MB"
    runs = []
    try:
        for _ in range(options.runs):
            with Chromium(chromium) as browser:
                runs.append(browser.load(file, ready, options.seconds, options.gigabytes * 1e9))
                check(browser)
                print(f"  {os.path.basename(file)}: {runs[-1]}", file=sys.stderr)
    except GaveUp as reason:
        print(f"  {os.path.basename(file)}: {reason}", file=sys.stderr)
        return False, [size, str(reason), "", "", f"more than {reason.peak / 1e6:,.0f} MB"]
    median = lambda name: statistics.median(getattr(run, name) for run in runs)
    return True, [size, f"{median('seconds'):.2f} s", f"{median('nodes'):,.0f}", f"{median('heap') / 1e6:.0f} MB",
                  f"{median('peak') / 1e6:,.0f} MB"]


def rows_of(L, H, T):
    maps, tokens = causal_softmax(L, H, T), [WORDS[t % len(WORDS)] for t in range(T)]
    random = np.random.default_rng(5)
    q = random.integers(T, size=200)
    places = np.stack([random.integers(L, size=200), random.integers(H, size=200), q, random.integers(q + 1)], -1)

    # A view is built when the reader comes near it, and a layer is read when it is first looked at; or all of them at once.
    page = write_report(maps, tokens)
    ready = "document.documentElement?.dataset.ready !== undefined"
    everything = "Object.keys(views).forEach(build), [...Array(L).keys()].forEach(l => mapOf(0, l, 0)), true"
    ours = f"{places.tolist()}.map(([l, h, q, k]) => mapOf(0, l, h).at(q, k))"
    for name, when in (("", ready), (", every view and layer", f"{ready} && ({everything})")):
        _, cells = measure(page, when, lambda browser: check_weights(browser, ours, maps, places, 0.025))
        yield ["gradus attend" + name, *cells]

    # A line for each weight, the masked ones included; the head view draws the first layer, the model view all.
    for view, name, depth in ((bertviz.head_view, "head view", 1), (bertviz.model_view, "model view", L)):
        for layers, whole in ((None, ""), ([0], ", first layer only")):
            drawn = 1 if layers else depth
            there = places * [drawn > 1, 1, 1, 1]
            index = there @ [H * T * T, T * T, T, 1]
            theirs = (f"(lines => {index.tolist()}.map(i => lines[i].__data__))"
                      f"([...document.querySelectorAll('svg line')])")
            loaded, cells = measure(write_bertviz(view, maps, tokens, layers),
                                    f"document.getElementsByTagName('line').length === {drawn * H * T * T}",
                                    lambda browser: check_weights(browser, theirs, maps, there, 1e-6))
            yield [f"BertViz {name}{whole}", *cells]
            if loaded:  # else its own advice for long inputs
                break


def first_version(file):
    with open(file, encoding="utf-8", errors="replace") as text:
        return re.search(r"\d+\.\d+\.\d+", text.read(400)).group()


with Chromium(chromium) as browser:
    product = browser.version.replace("/", " ").replace("Chrome ", "Chromium ")
with open("/proc/cpuinfo") as file:
    cpu = re.search(r"model name\s*: (.*)", file.read()).group(1)
load = os.getloadavg()[0]
lines = ["| maps | page | file | drawn after | nodes | JavaScript heap | memory of the tab, peak |",
         "| --- | --- | --: | --: | --: | --: | --: |"]
for size in options.sizes:
    print(size, file=sys.stderr)
    for row in rows_of(*map(int, size.split("x"))):
        lines.append("| " + " | ".join([size.replace("x", " x "), *row]) + " |")
memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("bertviz", "torch", "transformers"))
scripts = ", ".join(f"{name} {first_version(file)}" for name, file in SCRIPTS.items())
print("\n".join(lines))
print(f"\n{datetime.date.today()}: {os.cpu_count()} cores of {cpu}, {memory:.0f} GiB, load {load:.1f} to {os.getloadavg()[0]:.1f}; "
      f"{product}; {versions}; {scripts} ({sum(map(os.path.getsize, SCRIPTS.values())) / 1e3:.0f} kB, not counted). "
      f"Medians of {options.runs} runs.")
