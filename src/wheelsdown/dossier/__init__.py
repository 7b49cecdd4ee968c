"""The evidence of a case as one page and a folder that can be checked."""
