"""Airfields, runways, aircraft registers: dated, cited, replaceable."""
