"""Military character of an airfield, derived from its name and keywords.

No public list says which fields are military (OurAirports calls Ovda a small airport), so this is read off the
words. It is a hint with its words beside it, never a finding: a keyword often names what a field once was.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["derive_military"]

# Words of any case. Rust's regex has no look-around, so false friends are taken out of the text first.
_WORDS: Final = (
    r"air ?base|air force|army air ?field|army air ?base|army air ?port|army|navy|naval|marine corps|military|"
    r"national guard|air guard|joint base|"
    r"militaire|base a[eé]rienne|a[eé]ronavale|aviation l[eé]g[eè]re de l'arm[eé]e|"
    r"base a[eé]rea|bas[e]? a[eé]ronaval|base a[eé]reo ?naval|militar|fuerza a[eé]rea|for[cç]a a[eé]rea|ej[eé]rcito|"
    r"aeroporto militare|aeronautica militare|militärflugplatz|fliegerhorst|heeresflugplatz|luftwaffe|"
    r"flygflottilj|flystasjon|flyvestation|lotnisko wojskowe|askeri|hava üss[üu]|"
    r"авиабаза|военн\w*|войсков\w*|военно-воздушн\w*|"
    r"חיל האוויר|בסיס חיל\w*|קרית חיל\w*|"
    r"قاعدة [\p{Arabic} ]*جوية|قاعدة الملك"
)
# Abbreviations only in capitals: a "Nas" or a "Raf" in a place name is no air station.
_CAPITALS: Final = (
    r"AFB|AAFB|AFS|ANGB|ARNG|ANG Base|AAF|AHP|NAS|NAAS|NOLF|NALF|NAF|NSA|RNAS|MCAS|MCALF|MCOLF|MCAF|"
    r"RAF|RAAF|RCAF|RNZAF|USAF|USAAF|USN|IAF|PLAAF|VKS|VVS|ВКС|ВВС|JASDF|JGSDF|JMSDF|ROKAF|CFB|BAN"  # noqa: RUF001
)
_FALSE_FRIENDS: Final = (
    r"(?i)salvation army|army corps of engineers|corps of engineers|[\w ]*museum[\w ]*|[\w ]*museo[\w ]*|"
    r"air force plant|confederate air force|commemorative air force|army navy (?:country )?club|"
    r"(?:air force|navy|army) memorial|militar(?:y|) road|old army road|navy road|army lake"
)
_ANY: Final = rf"(?i:\b(?:{_WORDS})\b)|\b(?:{_CAPITALS})\b"
_LONGEST: Final = 60


def _found(text: pl.Expr) -> pl.Expr:
    """Comma-separated distinct words that speak for military use; null where there are none."""
    words = text.fill_null("").str.replace_all(_FALSE_FRIENDS, " ").str.extract_all(_ANY)
    return pl.when(words.list.len() > 0).then(words.list.unique(maintain_order=True).list.join(", "))


def derive_military(fields: pl.DataFrame, keywords: str = "keywords") -> pl.DataFrame:
    """Add `military` and `military_why`, read off the words of the name and the keywords.

    Parameters
    ----------
    fields : polars.DataFrame
        Has a text column `name` and the one named by ``keywords``.
    keywords : str
        Column with the list's keywords: other names, former names, remarks.

    Returns
    -------
    polars.DataFrame
        The same rows; `military` is true or null (never false: silence proves nothing), `military_why` says which
        words in which column.

    Notes
    -----
    It cannot see shared use that no name mentions, nor tell a former base from a present one.
    """
    frame = fields.with_columns(_found(pl.col("name")).alias("_n"), _found(pl.col(keywords)).alias("_k"))
    return frame.with_columns(
        pl.when(pl.col("_n").is_not_null() | pl.col("_k").is_not_null()).then(pl.lit(True)).alias("military"),
        pl.concat_str(
            pl.lit("derived from name: ") + pl.col("_n").str.slice(0, _LONGEST),
            pl.when(pl.col("_k").is_not_null()).then(
                pl.concat_str(
                    pl.when(pl.col("_n").is_null()).then(pl.lit("derived from ")).otherwise(pl.lit("")),
                    pl.lit("keywords (may be a former use): "),
                    pl.col("_k").str.slice(0, _LONGEST),
                )
            ),
            separator="; ",
            ignore_nulls=True,
        )
        .replace("", None)
        .alias("military_why"),
    ).drop("_n", "_k")
