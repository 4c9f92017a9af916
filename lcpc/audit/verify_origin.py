"""Whether rows, weights and streams are those of one job, by what each of them says of itself.

Digests alone don't tell: files of another curve fit each other too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lcpc.audit import derived
from lcpc.audit.files import TableCache, TableFile
from lcpc.codecs.shipped.base import Header, Streams
from lcpc.jobs import Job, JobContext

NAMED = 3
"""Samples that a difference names."""


def row_defects(context: JobContext, job: Job) -> Iterator[str]:
    """Where rows that come with streams are not those of their job, or not measured."""
    tables = TableCache(context.root)
    table, content = tables.table(job.output), _provenance(tables, job)
    yield from derived.provenance_defects(context.config, job, content)
    yield from derived.contradictions_of_rows(table, content)
    yield from derived.row_defects(context.config, job, table)
    yield from _unmeasured(table)


def _unmeasured(table: TableFile) -> Iterator[str]:
    """Rows that say that no stream was decoded for them."""
    for index, row in enumerate(table.rows):
        state = row.get("status"), row.get("evidence")
        if state != ("done", "measured"):
            yield f"line {table.line(index)} is {state[0]!r:.40} and {state[1]!r:.40}"


def curve_defects(context: JobContext, job: Job, header: Header, streams: Streams) -> Iterator[str]:
    """Where the header of weights is not that of the job and its rows, and where samples have
    other labels than their names or the provenance of the rows say."""
    for name in header.keys() & job.options.keys():
        if header[name] != job.options[name]:
            yield (f"the weights are of {name} {header[name]!r:.40}, the rows of "
                   f"{job.options[name]!r:.40}")
    tables = TableCache(context.root)
    codecs = {row.get("codec") for row in tables.table(job.output).rows}
    if codecs != {header["codec"]}:
        yield f"the weights are of the codec {header['codec']!r:.40}, the rows of another"
    if list(header["lambdas"]) != list(streams.by_lambda):
        yield "the weights have other lambdas than the streams"
    content = _provenance(tables, job)
    yield from _training_defects(header["training"], content, job)
    yield from _label_defects(header["classes"], content, streams)


def _training_defects(training: Mapping[str, Any], content: Mapping[str, Any],
                      job: Job) -> Iterator[str]:
    """Where weights name another training than the provenance of the rows."""
    data = content.get("dataset_digests", {}).get("train")
    expected = {"run": job.run, "dataset": content.get("dataset"), "dataset_digest": data}
    for name, value in expected.items():
        if training.get(name) != value:
            yield (f"the weights are from {name} {training.get(name)!r:.40}, the rows of "
                   f"{value!r:.40}")
    if training.get("weights") not in content.get("inputs", {}).values():
        yield "the weights are from another checkpoint than the provenance of the rows names"


def _label_defects(classes: Sequence[str], content: Mapping[str, Any],
                   streams: Streams) -> Iterator[str]:
    names, label = streams.samples.tolist(), streams.label
    if len(set(names)) != len(names):
        yield "samples come twice"
    if not all((label >= 0) & (label < len(classes))):
        yield f"labels are not classes 0 to {len(classes) - 1}"
        return
    counts = np.bincount(label, minlength=len(classes)).tolist()
    if content.get("class_counts") != dict(zip(classes, counts, strict=True)):
        yield "the provenance of the rows counts other samples in a class"
    words = [name.rpartition("_")[0] for name in names]
    if set(words) <= set(classes):
        pairs = zip(names, words, label, strict=True)
        wrong = [name for name, word, index in pairs if word != classes[index]]
        if wrong:
            yield f"{len(wrong)} samples are named after another class than their label: " \
                  f"{', '.join(map(repr, wrong[:NAMED])):.200}"


def _provenance(tables: TableCache, job: Job) -> Mapping[str, Any]:
    return tables.json((tables.root / job.output).with_suffix(".json"))
