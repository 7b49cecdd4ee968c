"""Pictures as SVG: rows in, text out; no script, no network."""
