"""What the programs have in common that make a data set for hierarchical classification: `.ci/wordnet`, `.ci/trec`, `.ci/hwv`.

A data set is a folder with taxonomy.tsv (parent TAB child..., the root first) and train.jsonl, validation.jsonl and test.jsonl
(a line {"text": ..., "label": [path]} for each document, the path from below the root to the leaf).
"""
import hashlib
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "examples" / "hierarchy" / "data"


def digest(content):
    return hashlib.sha256(content).hexdigest()


def share(key):
    """A number from 0 to 9 for a key (UTF-8): the first four bytes of its SHA-256, as a big-endian number, modulo 10."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % 10


def document(text, path):
    """A line of a part."""
    return json.dumps({"text": text, "label": path}, ensure_ascii=False, separators=(",", ":")) + "\n"


def tree(lines):
    """The text of taxonomy.tsv, from a list [parent, child...] for each label that has children."""
    return "".join("\t".join(names) + "\n" for names in lines)


def differing(files, expected):
    """A sentence for each file that has not the SHA-256 that it should have."""
    return [f"{name} has the SHA-256 {digest(content)}, expected {expected[name]}"
            for name, content in files.items() if digest(content) != expected[name]]


def write(folder, files):
    """Writes all files, each whole or not at all, and returns how many documents the parts have, as words."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        part = folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)
    counts = {name: content.count(b"\n") for name, content in files.items() if name != "taxonomy.tsv"}
    return ", ".join(f"{count:,} in {name}" for name, count in counts.items())
