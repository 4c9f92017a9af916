"""A table as LaTeX for the package booktabs: \\input it into a document."""

from lcpc.layout.table import Heading, Layout, ShownCell

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "`": r"\textasciigrave{}",
    "−": "$-$", "–": "--", "λ": r"$\lambda$", "≥": r"$\geq$", "×": r"$\times$",
}
SKELETON = r"""% needs \usepackage{{booktabs}}
\begin{{table*}}
\centering
\caption{{{caption}}}
\label{{tab:{stem}}}
\small
\begin{{tabular}}{{{columns}}}
\toprule
{head}
\midrule
{body}
\bottomrule
\end{{tabular}}
{notes}\end{{table*}}
"""


def tex(layout: Layout) -> str:
    """The whole float: caption, label, the tabular, notes below."""
    columns = "".join("r" if column.is_number else "l" for column in layout.columns)
    body = [" & ".join(map(_cell, line.fields)) + r" \\" for line in layout.lines]
    return SKELETON.format(caption=quoted(layout.table.caption), stem=layout.table.stem,
                           columns=columns,
                           head=_head(layout), body="\n".join(body), notes=_notes(layout))


def quoted(text: str) -> str:
    """Plain text with the characters that mean something to LaTeX written out."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def _head(layout: Layout) -> str:
    lines = [" & ".join(_title(heading) for heading in layout.headings) + r" \\"]
    if layout.is_grouped:
        rules = "".join(_rule(heading) for heading in layout.headings if heading.is_group)
        lines += [rules, " & ".join(column.group for column in layout.columns) + r" \\"]
    return "\n".join(lines)


def _title(heading: Heading) -> str:
    name = quoted(heading.title)
    return rf"\multicolumn{{{len(heading.columns)}}}{{c}}{{{name}}}" if heading.is_group else name


def _rule(heading: Heading) -> str:
    first, last = heading.columns[0].index + 1, heading.columns[-1].index + 1
    return rf"\cmidrule(lr){{{first}-{last}}}"


def _cell(field: ShownCell) -> str:
    text = quoted(field.text)
    note = f"$^{{{field.note}}}$" if field.note else ""
    return (rf"\textit{{{text}}}" if field.kind == "recorded" else text) + note


def _notes(layout: Layout) -> str:
    lines = [quoted(text) for text in (layout.legend, *layout.table.notes) if text]
    lines += [f"$^{{{number}}}$ {quoted(text)}" for number, text in enumerate(layout.notes, 1)]
    if not lines:
        return ""
    return "\n".join([r"\par\smallskip\footnotesize\raggedright",
                      *(rf"{line}\par" for line in lines), ""])
