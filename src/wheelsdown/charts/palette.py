"""Colours of all charts, as CSS custom properties with fallbacks: light, dark, and print.

Blue, orange and vermilion are Okabe and Ito's (2008), told apart by colour-blind readers; everything else is ink and
grey. No meaning rests on a colour alone: marks differ in shape, outline or hatch as well.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CSS", "DARK", "LIGHT", "contrast", "paint"]

LIGHT: Final = {
    "paper": "#ffffff",
    "ink": "#111111",
    "muted": "#545454",
    "grid": "#d4d4d4",
    "rule": "#767676",
    "main": "#0072b2",
    "alert": "#b34700",
    "band": "#f2e3bd",
    "band-edge": "#7d6108",
    "hatch": "#767676",
    "land": "#f1efe9",
    "sea": "#dfe9ef",
    "border": "#8a8a8a",
    "focus": "#f8e6c1",
}
"""Text: `ink`, `muted`. Marks: `main`, `alert`, `band-edge`, `hatch`, `rule`. The others are surfaces."""

DARK: Final = {
    "paper": "#15181b",
    "ink": "#f0f0f0",
    "muted": "#b8bcc0",
    "grid": "#3a3f44",
    "rule": "#8d9399",
    "main": "#56b4e9",
    "alert": "#f0a04b",
    "band": "#4a3f1d",
    "band-edge": "#e0c56a",
    "hatch": "#8d9399",
    "land": "#2a2e31",
    "sea": "#1b2730",
    "border": "#7d848a",
    "focus": "#4a3f1d",
}


def paint(name: str) -> str:
    """Give the colour `name` as a value of `fill` or `stroke`: a property of the page, else the light colour."""
    return f"var(--chart-{name},{LIGHT[name]})"


def contrast(first: str, second: str) -> float:
    """Contrast of two colours ``#rrggbb`` after WCAG 2.2: 1 to 21; text needs 4.5, marks need 3."""
    a, b = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _properties(colours: dict[str, str]) -> str:
    return "".join(f"--chart-{name}:{value};" for name, value in colours.items())


CSS: Final = (
    f":root{{{_properties(LIGHT)}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_properties(DARK)}}}}}"
    f"@media print{{:root{{{_properties(LIGHT)}}}}}"
    "svg.chart{display:block;width:100%;height:auto;break-inside:avoid}"
    ".fitted>svg.wide{display:none}"
    "@media (min-width:600px){.fitted>svg.wide{display:block}.fitted>svg.narrow{display:none}}"
)
"""What a page with charts puts into its style sheet; without it they stay light, and readable."""
