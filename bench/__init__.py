"""The measuring side: accuracy on real flights of known truth, the same ends by other tools, and speed.

Run as ``python -m bench``. Nothing here is part of the installed package.
"""
