"""Designators that are real operators', and may not stand as the name of an invented one.

Written down for this purpose from general knowledge: the three letters (ICAO) and two characters (IATA) of operators
that could be asked about. There are some six thousand; this list is not whole, and what is not on it is held off by the
word SIMULATED alone.
"""

from __future__ import annotations

import re
from typing import Final

from wheelsdown.simulate.invented import words_of

__all__ = ["real_designator"]

_LISTED: Final = """
AAL AA; AAR OZ; ABD CC; ABL BX; ABR AG; ABW RU; ABX GB; ABY G9; ACA AC; ACI SB; ADB; ADR JP; AEA UX; AEE A3; AFG FG;
AFL SU; AFR AF; AHY J2; AIC AI; AIJ 4O; AIZ IZ; AJM JM; AJT M6; AMC KM; AMX AM; ANA NH; ANE YW; ANZ NZ; ARG AR; ASA
AS; ASL JU; ATC TC; ATN 8C; AUA OS; AUI PS; AVA AV; AVN NF; AXB IX; AXM AK; AZA; AZG 7L; AZQ; AZS; AZV ZF; BAW BA; BBC
BG; BCS QY; BEE BE; BEL SN; BHS UP; BKP PG; BOX 3S; BRU B2; BTI BT; BTK ID; BWA BW; CAL CI; CAO; CCA CA; CEB 5J; CES
MU; CFG DE; CHH HU; CJT W8; CKK CK; CKS K4; CLX CV; CMP CM; CPA CX; CRK HX; CRL SS; CSA OK; CSC 3U; CSH FM; CSN CZ;
CSS O3; CSZ ZH; CTN OU; CUB CU; CXA MF; CYP CY; DAH AH; DAL DL; DHK D0; DHX ES; DLH LH; EIN EI; ELY LY; ETD EY; ETH
ET; EVA BR; EWG EW; EXS LS; EZY U2; FBU BF; FDB FZ; FDX FX; FFT F9; FIN AY; FJI FJ; GEC; GFA GF; GIA GA; GLO G3; GTI
5Y; HAL HA; HVN VN; IAW IA; IBE IB; IBS I2; ICE FI; ICL 5C; IGO 6E; IRA IR; IRC EP; IRM W5; ISR 6H; ITY AZ; IZG Z4;
JAL JL; JAT JA; JBU B6; JIA OH; JJA 7C; JST JQ; JZA QK; JZR J9; KAC KU; KAL KE; KLM KL; KNE XY; KQA KQ; KZR KC; LAN
LA; LAO QV; LGL LG; LNI JT; LOT LO; LTD; MAC 3O; MAS MH; MAU MK; MEA ME; MGL OM; MGX; MNB MB; MPH MP; MSR MS; MXD OD;
NAX DY; NCA KZ; NCR N8; NIA NP; NKS NK; NOK DD; NPT; NVR; OAL OA; OMA WY; PAC PO; PAL PR; PGT PC; PIA PK; POE PD; QFA
QF; QTR QR; RAM AT; RBA BI; RCH; RFF; RJA RJ; ROT RO; RSD; RWD WB; RYR FR; SAA SA; SAS SK; SBI S7; SDM FV; SEJ SG; SIA
SQ; SKW OO; SLK; SOO 9S; SQC; AUL 5N; SUD SD; SVA SV; SVR U6; SWA WN; SWR LX; SXS XQ; SYR RB; TAM JJ; TAP TP; TAR TU;
TAY 3V; TFL OR; TGW TR; THA TG; THT TN; THY TK; TJK; TOM BY; TRA HV; TSC TS; TSO UN; TUA T5; TUI X3; TUP; TVF TO; TVS
QS; UAE EK; UAL UA; UPS 5X; UTA UT; UZB HY; VDA VI; VIR VS; VJC VJ; VLG VY; VOE V7; VOI Y4; VOZ VA; VTI UK; WGN KD;
WIF WF; WJA WS; WZZ W6; XAX D7; YZR Y8
"""


_KNOWN: Final = frozenset(_LISTED.replace(";", " ").split())


def real_designator(name: str) -> str | None:
    """Find the real operator's designator that a name is.

    Parameters
    ----------
    name : str
        As it stands, without the word SIMULATED.

    Returns
    -------
    str or None
        The designator, where the name is nothing else, however it is written (spaces, hyphens, capitals), or where it
        is three letters and the number of a flight. None where it is no listed one.
    """
    plain = "".join(words_of(name)).upper()
    flight = re.fullmatch(r"([A-Z]{3})\d{1,4}[A-Z]{0,2}", plain)
    alone = flight[1] if flight else plain
    return alone if alone in _KNOWN else None
