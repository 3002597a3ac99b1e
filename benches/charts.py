"""Draws the results of `benches/report` as SVG, without a library.

Every chart has its own background and two sets of colors, so it is readable on a light and on a dark page, also where
the page's theme and the system's differ. Colors are classes in the style sheet; nothing else depends on the theme.
"""

import math
from xml.sax.saxutils import escape

WIDTH = 860
STYLE = """
svg { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.page { fill: #ffffff; stroke: #d0d7de; }
.title { fill: #1f2328; font-size: 15px; font-weight: 600; }
.text { fill: #1f2328; } .note { fill: #59636e; font-size: 12px; } .grid { stroke: #d8dee4; }
.one { fill: #0a6cc4; stroke: #0a6cc4; } .two { fill: #b35900; stroke: #b35900; } .base { fill: #c8d1da; }
.line { fill: none !important; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117; stroke: #30363d; }
  .title, .text { fill: #e6edf3; } .note { fill: #9198a1; } .grid { stroke: #2a313a; }
  .one { fill: #58a6ff; stroke: #58a6ff; } .two { fill: #e3903c; stroke: #e3903c; } .base { fill: #3d444d; }
}
"""


class Chart:
    """An SVG document under construction."""

    def __init__(self, title, height, note):
        self.title = title
        self.height = height
        self.parts = []
        self.text(20, 30, title, "title")
        self.text(20, height - 14, note, "note")

    def text(self, x, y, text, name="text", anchor="start"):
        self.parts.append(f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')

    def bar(self, x, y, width, height, name):
        self.parts.append(
            f'<rect class="{name}" stroke="none" style="stroke:none" x="{x:.1f}" y="{y:.1f}" '
            f'width="{max(width, 0):.1f}" height="{height}" rx="2"/>'
        )

    def line(self, points, name):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{name}" points="{path}"/>')

    def dot(self, x, y, name):
        self.parts.append(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')

    def svg(self):
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
            f'height="{self.height}" role="img">\n<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n'
            f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1}" rx="6"/>\n{body}\n</svg>\n'
        )


def number(value):
    """Three significant digits, with thousands separated."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def seconds(value):
    return f"{number(value * 1000)} ms" if value < 1 else f"{number(value)} s"


def decades(values):
    """The powers of ten around some values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return range(low, max(high, low + 1) + 1)


def panel(chart, left, title, series, unit, legend=()):
    """A plot of points with logarithmic axes: `series` has a class name and a list of (x, y) each."""
    width, top, bottom = 330, 88, 300
    x_decades = decades([x for _, points in series for x, _ in points])
    y_decades = decades([y for _, points in series for _, y in points])

    def at(x, y):
        across = (math.log10(x) - x_decades[0]) / (x_decades[-1] - x_decades[0])
        up = (math.log10(y) - y_decades[0]) / (y_decades[-1] - y_decades[0])
        return left + across * width, bottom - up * (bottom - top)

    chart.text(left - 40, 60, title)
    for decade in y_decades:
        _, y = at(10 ** x_decades[0], 10**decade)
        chart.line([(left, y), (left + width, y)], "grid")
        chart.text(left - 6, y + 4, unit(10**decade), "note", "end")
    for decade in x_decades:
        x, _ = at(10**decade, 10 ** y_decades[0])
        chart.text(x, bottom + 18, f"{10**decade:,}", "note", "middle")
    chart.text(left + width / 2, bottom + 36, "images in one data block", "note", "middle")
    for name, points in series:
        chart.line([at(x, y) for x, y in points], f"{name} line")
        for x, y in points:
            px, py = at(x, y)
            chart.dot(px, py, name)
            first = x == points[0][0]
            chart.text(px + (4 if first else -2), py - (13 if first else 9), unit(y), "note", "start" if first else "end")
    for row, (name, text) in enumerate(legend):
        chart.bar(left + 14, top - 2 + 18 * row, 12, 12, name)
        chart.text(left + 32, top + 9 + 18 * row, text, "note")


def growth(figures, note):
    """Time and memory by number of images. `figures`: images, seconds of the plan, seconds inside, MiB at peak."""
    chart = Chart("How a lookup grows with the number of images", 384, note)
    plan = [(images, plan) for images, plan, _, _ in figures]
    inside = [(images, max(inside, 0.001)) for images, _, inside, _ in figures if inside is not None]
    legend = [("two", "whole plan"), ("one", "inside the provider")]
    panel(chart, 70, "Time", [("two", plan), ("one", inside)], seconds, legend)
    memory = [(images, peak) for images, _, _, peak in figures]
    panel(chart, 490, "Peak memory of the provider", [("one", memory)], lambda mib: f"{number(mib)} MiB")
    return chart.svg()


def plan(figures, note):
    """The parts of the time of a plan: milliseconds of four plans, each of which does more than the previous one."""
    rows = [
        ("one terraform_data", "Terraform itself"),
        ("a no-op data source", "starting the provider three times"),
        ("100 images from memory", "Terraform checks and stores 100 images"),
        ("a lookup of 100 images", "the lookup, one API call"),
    ]
    chart = Chart("Where the time of a plan goes", 70 + 44 * len(rows) + 40, note)
    scale = 330 / max(figures)
    before = 0.0
    for row, ((name, adds), value) in enumerate(zip(rows, figures)):
        y = 58 + 44 * row
        chart.text(190, y + 18, name, "text", "end")
        shared = min(before, value)
        chart.bar(200, y, shared * scale, 28, "base")
        chart.bar(200 + shared * scale, y, (value - shared) * scale, 28, "one")
        change = value - before
        cost = f"{'+' if row else ''}{change:.0f} ms" if change > 0.05 * value else "within the noise"
        chart.text(210 + max(value, before) * scale, y + 13, f"{value:.0f} ms", "text")
        chart.text(210 + max(value, before) * scale, y + 28, f"{cost}: {adds}", "note")
        before = value
    return chart.svg()


def providers(record, note):
    """Two providers side by side. `record`: labels, and rows of a name, a unit and one figure for each label."""
    labels = record["labels"]
    rows = record["rows"]
    chart = Chart("Two providers on one machine", 92 + 58 * len(rows) + 30, note)
    for place, (name, label) in enumerate(zip(("two", "one"), labels)):
        chart.bar(260 + 220 * place, 48, 12, 12, name)
        chart.text(278 + 220 * place, 59, label)
    for row, (title, unit, figures) in enumerate(rows):
        y = 80 + 58 * row
        chart.text(245, y + 26, title, "text", "end")
        scale = 470 / max(figures)
        for place, (name, figure) in enumerate(zip(("two", "one"), figures)):
            width = max(figure * scale, 1.5)
            chart.bar(260, y + 22 * place, width, 18, name)
            chart.text(268 + width, y + 14 + 22 * place, f"{number(figure)} {unit}".strip())
    return chart.svg()
