"""A table as LaTeX for the package booktabs: \\input it into a document."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from lcpc.results.cells import Cell, Table
from lcpc.tables import _layout
from lcpc.tables._layout import Head, Notes

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "–": "--", "λ": r"$\lambda$", "≥": r"$\geq$",
    "`": r"\textasciigrave{}", "×": r"$\times$",
}


def tex(table: Table) -> str:
    """The whole float: caption, label, the tabular, notes below."""
    shown, notes = _layout.heads(table), Notes()
    body = [" & ".join(_cell(table, row, index, head, notes) for index, head in enumerate(shown)) + r" \\"
            for row in table.rows]
    columns = "".join("r" if _layout.numeric(table, head) else "l" for head in shown)
    lines = [
        r"% needs \usepackage{booktabs}", r"\begin{table*}", r"\centering", rf"\caption{{{quoted(table.caption)}}}",
        rf"\label{{tab:{table.stem}}}", r"\small", rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *_head(shown),
        r"\midrule", *body, r"\bottomrule", r"\end{tabular}", *_notes(table, shown, notes), r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Plain text with the characters that mean something to LaTeX written out."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def _head(shown: Sequence[Head]) -> list[str]:
    top: list[str] = []
    rules: list[str] = []
    column, grouped = 1, _layout.grouped(shown)
    for (_, group), found in groupby(shown, key=lambda head: (head.quantity, grouped and bool(head.group))):
        run = list(found)
        name = quoted(run[0].name)
        top.append(rf"\multicolumn{{{len(run)}}}{{c}}{{{name}}}" if group else name)
        if group:
            rules.append(rf"\cmidrule(lr){{{column}-{column + len(run) - 1}}}")
        column += len(run)
    below = [quoted(head.group) for head in shown]
    return [" & ".join(top) + r" \\", *(["".join(rules), " & ".join(below) + r" \\"] if rules else [])]


def _cell(table: Table, row: Mapping[str, Cell], index: int, head: Head, notes: Notes) -> str:
    cell = row[head.column]
    if cell.missing:
        return f"--$^{{{notes.number(cell.missing)}}}$"
    remark = _layout.remark(table, row) if index == 0 else ""
    mark = f"$^{{{notes.number(remark)}}}$" if remark else ""
    text = quoted(_layout.show(head.column, head.quantity, cell.value))
    recorded = head.group == "measured" and row["evidence"].value == "recorded"
    return (rf"\textit{{{text}}}" if recorded else text) + mark


def _notes(table: Table, shown: Sequence[Head], notes: Notes) -> list[str]:
    texts = [text for text in (_layout.legend(shown), *table.notes) if text]
    lines = [quoted(text) for text in texts]
    lines += [f"$^{{{number}}}$ {quoted(text)}" for number, text in enumerate(notes.texts, 1)]
    return [r"\par\smallskip\footnotesize\raggedright", *(f"{line}\\par" for line in lines)] if lines else []
