"""The tables of results, as text and as Markdown."""

from .groups import Group
from .results import UNITS, Aim, Figure, Results

MISSING = "–"
# A latency that a figure does not have.
NONE = ""
AIM_HEADER = ["Ratio or limit", "Median", "Lowest", "Highest", "Aim", "Reached"]
FIGURE_HEADER = ["Figure", "Median", "Lowest", "Highest", "p50", "p99"]


def summary_cells(results: Results, unit: str, key: str, divisor: str | None = None) -> list[str]:
    summary = results.summary(key, divisor)
    return [MISSING] * 3 if summary is None else [UNITS[unit](value) for value in summary]


def aim_row(results: Results, aim: Aim) -> list[str]:
    summary = results.summary(aim.key, aim.divisor)
    reached = "not measured" if summary is None else "yes" if aim.is_reached(summary.median) else "no"
    return [aim.label, *summary_cells(results, aim.unit, aim.key, aim.divisor), aim.limit, reached]


def figure_row(results: Results, figure: Figure) -> list[str]:
    cells = [figure.label, *summary_cells(results, figure.unit, figure.key)]
    if not figure.has_latencies:
        return [*cells, NONE, NONE]
    return [*cells, *(summary_cells(results, "ms", f"{figure.key}.{name}")[0] for name in ("p50", "p99"))]


def aim_rows(results: Results, groups: list[Group]) -> list[list[str]]:
    return [aim_row(results, aim) for group in groups for aim in group.aims]


def figure_table(results: Results, group: Group) -> list[list[str]]:
    """The header and the rows. There are no columns for latencies if no figure of the group has them."""
    figures = [figure for measurement in group.measurements for figure in measurement.figures]
    rows = [FIGURE_HEADER, *(figure_row(results, figure) for figure in figures)]
    columns = len(FIGURE_HEADER) if any(figure.has_latencies for figure in figures) else len(FIGURE_HEADER) - 2
    return [row[:columns] for row in rows]


def text_table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Columns for a terminal. All but the first are aligned to the right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = []
    for first, *others in [header, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:])]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return lines


def text_report(results: Results, groups: list[Group], machine: list[tuple[str, str]]) -> str:
    lines = [*text_table(AIM_HEADER, aim_rows(results, groups))]
    for group in groups:
        header, *rows = figure_table(results, group)
        lines += ["", *text_table([group.title, *header[1:]], rows)]
    lines += ["", *(f"{name}: {value}" for name, value in machine)]
    lines += [f"Note: {note}" for note in results.notes]
    lines += [f"FAILED: {problem}" for problem in results.problems]
    return "\n".join(lines) + "\n"


def markdown_table(header: list[str], rows: list[list[str]]) -> list[str]:
    separator = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in [header, separator, *rows]]


def markdown_report(results: Results, groups: list[Group], machine: list[tuple[str, str]]) -> str:
    lines = ["# Benchmark", "", "Medians of the rounds, with the lowest and the highest.", ""]
    lines += ["## Ratios and limits", "", *markdown_table(AIM_HEADER, aim_rows(results, groups)), ""]
    for group in groups:
        header, *rows = figure_table(results, group)
        lines += [f"## {group.title}", "", *markdown_table(header, rows), ""]
    lines += ["## The machine", "", *markdown_table(["What", "Value"], [list(pair) for pair in machine]), ""]
    for title, texts in [("Notes", results.notes), ("What could not be measured", results.problems)]:
        if texts:
            lines += [f"## {title}", "", *(f"- {text}" for text in texts), ""]
    return "\n".join(lines)
