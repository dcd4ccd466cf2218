"""The bar chart of the peers, as SVG."""

import dataclasses
from xml.sax.saxutils import escape

from .reading import VARIANTS, key_of, label_of
from .results import Results

WIDTH = 700
LABEL_WIDTH = 130
VALUE_WIDTH = 90
BAR_HEIGHT = 20
BAR_GAP = 8
PANEL_HEADER = 44
PANEL_GAP = 24
MARGIN = 16

PANELS = {"patient": "Patient by id, requests per second", "order": "Orders with a webhook, per second"}
SERVERS = [("product", "Product"), *((key_of(*variant), label_of(*variant)) for variant in VARIANTS)]

STYLE = """
    .ground { fill: #ffffff; }
    text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 14px; fill: #1f2328; }
    .title { font-weight: 600; font-size: 16px; }
    .caption { font-size: 12px; opacity: 0.75; }
    .value { font-variant-numeric: tabular-nums; }
    .bar { fill: #8c959f; }
    .product { fill: #0969da; }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; }
      text { fill: #e6edf3; }
      .bar { fill: #6e7681; }
      .product { fill: #4493f8; }
    }
"""


@dataclasses.dataclass(frozen=True)
class Bar:
    key: str
    label: str
    value: float


def chart(results: Results, caption: str) -> str | None:
    """Returns the chart, or None if neither patients nor orders were measured."""
    panels = [(title, bars_of(results, group)) for group, title in PANELS.items()]
    panels = [(title, bars) for title, bars in panels if bars]
    if not panels:
        return None
    top = MARGIN
    parts = []
    for title, bars in panels:
        parts += panel(title, bars, top)
        top += panel_height(bars) + PANEL_GAP
    parts.append(f'<text class="caption" x="{MARGIN}" y="{top}">{escape(caption)}</text>')
    return document(parts, panels, top + MARGIN)


def bars_of(results: Results, group: str) -> list[Bar]:
    medians = [(key, label, results.median(f"{group}.{key}")) for key, label in SERVERS]
    return [Bar(key, label, value) for key, label, value in medians if value is not None]


def panel_height(bars: list[Bar]) -> int:
    return PANEL_HEADER + len(bars) * (BAR_HEIGHT + BAR_GAP)


def panel(title: str, bars: list[Bar], top: int) -> list[str]:
    scale = (WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH) / max(bar.value for bar in bars)
    lines = [f'<text class="title" x="{MARGIN}" y="{top + 20}">{escape(title)}</text>']
    for index, bar in enumerate(bars):
        lines += bar_lines(bar, scale, top + PANEL_HEADER + index * (BAR_HEIGHT + BAR_GAP))
    return lines


def bar_lines(bar: Bar, scale: float, y: int) -> list[str]:
    left = MARGIN + LABEL_WIDTH
    width = max(1.0, bar.value * scale)
    middle = y + BAR_HEIGHT - 5
    kind = "bar product" if bar.key == "product" else "bar"
    return [
        f'<text x="{left - 10}" y="{middle}" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect class="{kind}" x="{left}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" rx="3"/>',
        f'<text class="value" x="{left + width + 8:.1f}" y="{middle}">{bar.value:,.0f}</text>',
    ]


def document(parts: list[str], panels: list[tuple[str, list[Bar]]], height: int) -> str:
    sentences = [f"{title}: " + ", ".join(f"{bar.label} {bar.value:,.0f}" for bar in bars) for title, bars in panels]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"',
        '    role="img" aria-labelledby="title description">',
        '  <title id="title">The product compared with servers in other languages</title>',
        f'  <desc id="description">{escape(". ".join(sentences))}.</desc>',
        f"  <style>{STYLE}  </style>",
        f'  <rect class="ground" width="{WIDTH}" height="{height}"/>',
        *(f"  {part}" for part in parts),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
