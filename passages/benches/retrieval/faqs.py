"""Makes a collection of questions and the passages that answer them, of manuals that Debian 12 ships.

    python3 passages/benches/retrieval/faqs.py FOLDER

It gets the packages perl-doc, python3.11-doc and debian-faq with apt-get download (nothing is installed), and writes
corpus.jsonl, queries.jsonl and qrels/test.tsv, as BEIR has them. The documents are the sections of the manuals. The
questions are those that people have asked often enough: headings of the three FAQs that end with a question mark.
What answers one is the section under it, from which the heading is removed, so that nothing but the answer finds it.
"""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGES = ["perl-doc", "python3.11-doc", "debian-faq"]

# Of Perl's manual, the pages that its contents name before those on its insides, its ports and its releases; not what
# has every question of the FAQ word for word, and not one long table.
LAST, LEFT_OUT = "=head2 Internals", ("perlfaq", "perltoc", "perluniprops")

# Characters of the shortest answer and section: "Yes." cannot be found, nor asked for.
SHORTEST = 100


def pod(text):
    """The sections of a page of Perl's manual."""
    for part in re.split(r"^=head[1-4] +", text, flags=re.M)[1:]:
        heading, _, body = part.partition("\n\n")
        body = re.sub(r"^=(for|begin|end|encoding).*", "", body, flags=re.M)
        body = re.sub(r"^=(over|back|cut|pod|item)\b *", "", body, flags=re.M)
        yield inline_pod(heading), inline_pod(body)


def inline_pod(text):
    text = re.sub(r"X<[^<>]*>", "", text)
    text = re.sub(r"[BCEFILSXZ]<<+ (.*?) >>+", r"\1", text, flags=re.S)
    while True:
        text, links = re.subn(r"L<([^<>|]*)\|[^<>]*>", r"\1", text)
        text, codes = re.subn(r"[BCEFILSXZ]<([^<>]*)>", r"\1", text)
        if links + codes == 0:
            return text


def rst(text):
    """The sections of a page of Python's."""
    heading, body = "", []
    lines = text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""]):
        if re.fullmatch(r"([=\-~^'\"*#+])\1{3,}", below) and line.strip() and not line.startswith(("..", " ")):
            yield heading, "\n".join(body)
            heading, body = inline_rst(line), []
        elif not re.match(r"([=\-~^'\"*#+])\1{3,}$|\s*\.\. (?!code)|\s+:\w+:", line):
            body.append(inline_rst(line))
    yield heading, "\n".join(body)


def inline_rst(text):
    text = re.sub(r":[\w:+-]+:`[!~]?([^`<]*?)\s*(<[^`>]*>)?`", r"\1", text)
    text = re.sub(r"`([^`<]+?)\s*<[^`>]*>`_+", r"\1", text)
    return text.replace("``", "")


def numbered(text):
    """The sections of Debian's FAQ, whose text is indented and whose headings have numbers."""
    body = text.split("\nChapter 1.")[-1]
    for part in re.split(r"^\d+\.\d+(?:\.\d+)*\.\s", body, flags=re.M)[1:]:
        heading, _, body = part.partition("\n\n")
        yield heading, re.sub(r"^ {4}|^Chapter .*", "", body, flags=re.M)


def sections(root):
    """All of them: whether they are of a FAQ, their page, heading and text."""
    [contents] = root.glob("usr/share/perl/*/pod/perl.pod")
    for page in re.findall(r"^ +(perl\w+)\t", contents.read_text().split(LAST)[0], flags=re.M):
        path = contents.with_name(f"{page}.pod")
        # Some come with another package.
        if page not in LEFT_OUT and path.exists():
            for heading, body in pod(path.read_text()):
                yield page.startswith("perlfaq"), page, heading, body
    for path in sorted(root.glob("usr/share/doc/python3.11/html/_sources/*/*.rst.txt")):
        if path.parent.name in ("faq", "howto", "tutorial"):
            for heading, body in rst(path.read_text()):
                yield path.parent.name == "faq", f"{path.parent.name}-{path.name.split('.')[0]}", heading, body
    for path in root.glob("usr/share/doc/debian/FAQ/debian-faq.en.txt.gz"):
        for heading, body in numbered(gzip.decompress(path.read_bytes()).decode()):
            yield True, "debian-faq", heading, body


def main(folder):
    corpus, asked = [], {}
    with TemporaryDirectory() as temporary:
        root = Path(temporary)
        subprocess.run(["apt-get", "download", "-q", *PACKAGES], cwd=root, check=True, stdout=sys.stderr)
        for package in sorted(root.glob("*.deb")):
            print(package.name.removesuffix(".deb"))
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        for is_faq, page, heading, body in sections(root):
            heading, body = " ".join(heading.split()), body.strip()
            if len(body) < SHORTEST:
                continue
            name = f"{page}-{len(corpus)}"
            is_question = is_faq and heading.endswith("?")
            corpus.append({"_id": name, "title": "" if is_question else heading, "text": body})
            if is_question:
                asked.setdefault(heading, []).append(name)
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with open(folder / "corpus.jsonl", "w") as file:
        file.writelines(json.dumps(document) + "\n" for document in corpus)
    with open(folder / "queries.jsonl", "w") as file:
        file.writelines(json.dumps({"_id": f"q{n}", "text": text}) + "\n" for n, text in enumerate(asked))
    with open(folder / "qrels/test.tsv", "w") as file:
        file.write("query-id\tcorpus-id\tscore\n")
        for number, names in enumerate(asked.values()):
            file.writelines(f"q{number}\t{name}\t1\n" for name in names)
    print(f"{len(corpus)} sections, {len(asked)} questions")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
