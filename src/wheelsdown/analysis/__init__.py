"""What visits add up to: counts with bounds, rhythms, comparisons. Tables in, tables out; no file, no clock."""
