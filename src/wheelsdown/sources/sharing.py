"""Whose rows may leave the house: some publishers let you read their tables and not hand them on."""

from __future__ import annotations

from typing import Final

__all__ = ["NOT_TO_SHIP", "may_ship"]

NOT_TO_SHIP: Final = {
    "ACLED": "ACLED's terms forbid handing on its rows; results made from them may be shown, with the source",
    "SIPRI": "SIPRI's terms allow limited reproduction only; shares made from its tables may be shown, with the source",
    "UN Comtrade": "UN Comtrade restricts handing on its rows; sums and shares may be shown, with the source",
}
"""Beginning of a row's `source`, and why rows of that source stay with whoever read them."""


def may_ship(source: str) -> tuple[bool, str]:
    """Tell whether rows of a source may be put into a file that others get.

    Parameters
    ----------
    source
        Cell `source` of a row of EVENTS, TRANSFERS or TRADE.

    Returns
    -------
    tuple
        Whether, and the reason where not (else an empty text).

    Notes
    -----
    It knows the publishers that wheelsdown has readers for. The licence of a list that someone wrote it cannot know.
    """
    start = source.strip().casefold()
    for prefix, why in NOT_TO_SHIP.items():
        if start.startswith(prefix.casefold()):
            return False, why
    return True, ""
