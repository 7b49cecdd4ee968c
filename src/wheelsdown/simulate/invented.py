"""Names that are real operators', and may not stand on simulated flights.

Written down for this purpose from general knowledge: those that carry freight, passengers or soldiers and could be
asked about, by the names they go by. No list is whole: an operator that is not on it is held off by the word SIMULATED
alone, which stands before every name.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["PREFIX", "real_operator", "words_of"]

PREFIX: Final = "SIMULATED "
_REAL: Final = """
21 Air; 223rd Flight Unit; 224th Flight Unit; 748 Air Services; Abakan Air; ABX Air; Aegean Airlines; Aer Lingus; Aero
Caribbean; Aerocon; Aeroflot; Aerolineas Argentinas; AeroLogic; Aeromexico; Aerostan; Aerotranscargo; Aerounion;
Africa West Cargo; Afriqiyah Airways; Air Afrique; Air Albania; Air Algerie; Air Almaty; Air Arabia; Air Astana; Air
Atlanta Icelandic; Air Austral; Air Baltic; Air Belgium; Air Botswana; Air Bulgaria; Air Cairo; Air Canada; Air
Caraibes; Air Cargo Germany; Air Charter Service; Air China; Air Contractors; Air Corsica; Air Cote d'Ivoire; Air
Djibouti; Air Dolomiti; Air Europa; Air France; Air Greenland; Air Hong Kong; Air Iceland; Air Incheon; Air India; Air
Inuit; Air Kazakhstan; Air Koryo; Air Macau; Air Madagascar; Air Malta; Air Mauritius; Air Moldova; Air Namibia; Air
New Zealand; Air Niugini; Air North; Air Nostrum; Air Peace; Air Senegal; Air Serbia; Air Seychelles; Air Tahiti; Air
Tanzania; Air Transat; Air Transport International; Air Vanuatu; Air Wisconsin; Air Zimbabwe; AirAsia; Airborne
Express; AirBridgeCargo; Airbus Transport International; Airlink; AirTanker; AirTran; AirX Charter; Airzena; AJet;
Alaska Airlines; Algerian Air Force; Alitalia; All Nippon Airways; Allegiant; Allied Air; AlMasria; Aloha Air Cargo;
AlphaSky; Alrosa; Amapola; Amazon Air; American Airlines; Ameriflight; Amerijet; Angara Airlines; Antonov; Aquiline;
Ariana Afghan; Arik Air; Arkia; Armenia Airways; Armenian Air Force; Armenian Airlines; Asiana; Asky; ASL Airlines;
ASL Aviation; Astra Airlines; Astral Aviation; Atlantic Airlines; Atlas Air; Atlasglobal; Atran; Aurigny; Aurora
Airlines; Austrian Airlines; AvantiAir; Avelo; Aviacon Zitotrans; Aviaenergo; Avial; Avianca; Aviastar; Aviastar-TU;
Azal; Azerbaijan Air Force; Azerbaijan Airlines; Azimuth; Azul; Azur Air; Badr Airlines; Bahamasair; Baltic Airlines;
Bamboo Airways; Bangkok Airways; Bashkirian; Batik Air; Belarusian Air Force; Belavia; Bhutan Airlines; Biman; Binter;
Blue Air; Blue Bird Aviation; Bluebird Nordic; BoA; Boliviana; Boutique Air; Braathens; Breeze Airways; British
Airways; Brussels Airlines; Bulgaria Air; Buraq Air; Buta Airways; Cabo Verde Airlines; Cairo Aviation; CAL Cargo;
Calm Air; Camair; Cambodia Angkor; Cameroon Airlines; Canadian North; Capital Airlines; Cargo Air; Cargo Logic Air;
Cargojet; CargoLogic Germany; Cargolux; Caribbean Airlines; Caspian Airlines; Cathay Pacific; Cavok; Cayman Airways;
Cebgo; Cebu Pacific; Central Airlines; Challenge Airlines; Cham Wings; Chapman Freeborn; China Airlines; China Cargo;
China Eastern; China Postal; China Southern; China United; Chinese Air Force; CityJet; CMA CGM Air; Coastal Aviation;
Comair; Compass Cargo; Condor; Conquest Air; Contour; Copa; Corendon; Corsair; Croatia Airlines; Cronos; Cubana;
Cyprus Airways; Czech Airlines; Darta; Delta Air Lines; Denver Air Connection; Deutsche Lufthansa; DHL; Dniproavia;
Donavia; Drukair; Dynamic Airways; Eaglexpress; Eastern Air; Eastern Airways; Easy Charter; EasyJet; EAT Leipzig;
Edelweiss Air; Egyptair; Egyptian Air Force; El Al; Emirates; Emirati Air Force; Empire Airlines; Endeavor Air; Enter
Air; Envoy Air; Estonian Air; Ethiopian; Ethiopian Air Force; Etihad; Euroatlantic; Eurolot; Europe Airpost; European
Air Transport; Eurowings; EVA Air; Evelop; Everts; EZ Air; FarCargo; Farnair; Fars Air Qeshm; Federal Express; FedEx;
Fiji Airways; Finnair; Firefly; First Air; Flair Airlines; FlexFlight; Fly Armenia; Fly Baghdad; Fly Jinnah; Fly Pro;
FlyBe; FlyBosnia; FlyDubai; FlyEgypt; FlyGeorgia; FlyMeta; Flynas; FlySafair; FlySky; Freebird; French Air Force;
French Bee; Frontier Airlines; Garuda; Gazpromavia; Geo Sky; Georgian Air Force; Georgian Airways; German Air Force;
German Airways; Germania; Gestair; Global Air Transport; Global Aviation; Global Crossing; Global Jet; GlobalX; Go
First; Gojet; Gol Linhas; Gulf Air; Hainan Airlines; Hawaiian Airlines; HC Airlines; Heavylift; Heli Air; Hellenic Air
Force; Hello; Heston Airlines; Hex Air; Hi Fly; HiSky; Hong Kong Airlines; Hop; Horizon Air; IBC Airways; Iberia;
Icelandair; IFly; Ikar; Ilavia; Indian Air Force; IndiGo; Interjet; Iraero; Iran Air; Iran Aseman; Iranian Air Force;
Iraqi Airways; Islamic Republic of Iran Air Force; Israeli Air Force; Israir; ITA Airways; Italian Air Force; Izhavia;
J-Air; Jambojet; Japan Airlines; Jazeera Airways; Jazz Aviation; Jeju Air; Jet Airways; Jet Linx; Jet2; JetBlue;
Jetstar; Jin Air; Jordan Aviation; Jubba; Juneyao; K Mile; K2 Airways; Kalitta; Kam Air; Kazakh Air Force; Kenn Borek;
Kenya Airways; KF Cargo; KLM; Kogalymavia; Korean Air; Kosmos; Kuban Airlines; Kush Air; Kuwait Air Force; Kuwait
Airways; LAM Mozambique; Lao Airlines; LATAM; Lauda; Libyan Air Force; Libyan Arab Airlines; Libyan Wings; Lion Air;
Loganair; Longhao; LOT Polish; Lufthansa; Luftwaffe; Luxair; Lynden Air Cargo; Lynx Air; Magma Aviation; Mahan Air;
Malaysia Airlines; Maldivian; Maleth-Aero; Malindo; Malta Air; Mandarin Airlines; Mango Airlines; Maple Jet;
Martinair; Masair; MASkargo; Max Air; Maximus Air; Meraj; Meridian; Mesa Airlines; Miat Mongolian; Middle East
Airlines; Midex; MNG Airlines; Moldavian Airlines; Montenegro Airlines; Motor Sich; Mountain Air Cargo; My Freighter;
Myanmar Airways; NAM Air; Nasair; National Air Cargo; National Airlines; Neos; Nepal Airlines; Nesma; NetJets; New
Gen; Niger Airlines; Nile Air; Nippon Cargo; Nok Air; Nolinor; Nordavia; Nordic Global; Nordstar; Nordwind; Norse
Atlantic; Northern Air Cargo; Norwegian; Nouvelair; Novair; Novus; Oman Air; Omni Air; One Air; Onur Air; Orbest;
Orient Thai; Overland Airways; Pakistan Air Force; Pakistan International; Pan Am; Pegas Fly; Pegasus Airlines;
Perimeter Aviation; Philippine Airlines; Piedmont Airlines; PLAY Airlines; Pobeda; Polar Air Cargo; Polar Airlines;
Polet; Polish Air Force; Porter Airlines; Poste Air Cargo; Precision Air; Priority Air Charter; Privilege Style; Qanot
Sharq; Qantas; QantasLink; Qatar Airways; Qatar Cargo; Qatar Emiri Air Force; Qazaq Air; Qeshm; Quikjet; RAF Avia;
Raya Airways; Red Star; Red Wings; Regent Airways; Republic Airways; Romavia; Rossiya; Royal Air Force; Royal Air
Maroc; Royal Airlift; Royal Australian Air Force; Royal Brunei; Royal Canadian Air Force; Royal Flight; Royal
Jordanian; Royal Jordanian Air Force; Royal Saudi Air Force; Ruby Star; RusJet; RusLine; Russian Air Force; RwandAir;
Ryan Air Services; Ryanair; S7 Airlines; SAETA; Safair; Saha Airlines; Sahara African; SalamAir; Samaritan's Purse;
Sapsan Airline; Saratov Airlines; SAS Scandinavian; Sata; Saudi Arabian Airlines; Saudia; Scandinavian Airlines; SCAT;
Scoot; Sepehran; Sevenair; Severstal; SF Airlines; Shaheen; Shandong Airlines; Shenzhen Airlines; Shirak Avia;
Shovkoviy Shlyah; Sichuan Airlines; Sideral; Sierra West; Sigma Airlines; Silk Way; SilkAir; Sinai Air; Singapore
Airlines; Skol; Sky Airline; Sky Alps; Sky Express; Sky Gates; Sky Lease; Sky Regional; Sky Vision; Skybus; Skyline
Express; Skynet; SkyUp; Skyward Express; SkyWest; Smartavia; Smartlynx; SmartWings; Solaseed; Solenta; Somon Air;
South African Airways; South Airlines; Southern Air; Southwest Airlines; Spanish Air Force; SpiceJet; Spirit Airlines;
Spring Airlines; SriLankan; Star Air; Star Perevozka; StarFlyer; Sterling Airlines; Sudan Airways; Sudanese Air Force;
Sun Air; Sun Country; Sun d'Or; SunExpress; Suparna; Surinam Airways; Swift Air; Swiss Air Lines; Swiss International;
Swissair; Syphax; Syrian Air; TAAG; Taban; Taca; Tailwind Airlines; Taimyr; Tajik Air; TAP Portugal; Taquan; TAR
Aerolineas; Tarco; Tarom; Tasman Cargo; Tayaran; Tbilisi Airways; Terra Avia; Thai Airways; Thomas Cook; Tianjin
Airlines; Tigerair; Titan Airways; Total Linhas; Trade Air; Trans Avia Export; Transaero; Transair; Transavia;
Transmile; TransNusa; Travel Service; Trigana; TUI; Tunisair; Turan Air; Turkish Air Force; Turkish Airlines; Turkish
Cargo; Turkmenistan Airlines; Turpial; Tusheti; Tway; Twin Jet; Ukraine Air Alliance; Ukraine International; Ukrainian
Air Force; UkrAirAlliance; ULS Airlines; Uni Air; Uni-Top; United Airlines; United Arab Emirates Air Force; United
Aviation Services; United Nations; United Parcel Service; United States Air Force; UPS Airlines; Ural Airlines; Urga;
US Air Force; US Army; US Marine Corps; US Navy; USAF; UTair; Utair Cargo; UVT Aero; Uzbekistan Airways; Valan;
Vanilla Air; Varesh; Varig; Veca; Ventura; VietJet; Vietnam Airlines; Virgin Atlantic; Virgin Australia; VistaJet;
Vistara; Viva Aerobus; Volaris; Volga-Dnepr; Volotea; Voyageur; Vueling; Wamos; Wan Air; Wataniya; West Air Sweden;
West Atlantic; Western Global; WestJet; White Airways; Wideroe; Wings Air; Wizz; World Airways; World Food Programme;
WorldWide Jet; WOW Air; Xiamen Airlines; Yakutia; Yamal Airlines; Yan Air; Yemenia; YTO Airlines; YTO Cargo; Zagros;
ZanAir; Zhetysu; Zimex; ZIPAIR
"""
_GENERIC: Final = """
air airline airlines airway airways lines aviation avia cargo express freight freighter freighters charter charters
group holding holdings company co corp corporation inc incorporated llc ltd limited gmbh ag sa srl plc jsc pjsc ojsc
cjsc international services service transport
"""
_TAIL: Final = frozenset(_GENERIC.split())
"""Words after a name that make no other name of it."""
_PLAIN: Final = frozenset({"condor", "contour", "firefly", "hello", "hop", "meridian", "novus", "ventura"})
"""Names that are ordinary words: refused where they are the whole name, not where they are part of one."""
_HIDDEN: Final = "Cf"


def words_of(name: str) -> list[str]:
    """Take a name apart, without capitals, accents, apostrophes and signs that no reader sees."""
    plain = unicodedata.normalize("NFKD", name.replace("'", "").replace("\u2019", "")).casefold()
    kept = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != _HIDDEN)
    return re.findall(r"\w+", kept.replace("_", " "))


def _core(words: list[str]) -> list[str]:
    while len(words) > 1 and words[-1] in _TAIL:
        words = words[:-1]
    return words


_NAMES: Final = {"".join(words_of(n)): " ".join(n.split()) for n in _REAL.split(";") if n.strip()}
_ANYWHERE: Final = {key: said for key, said in _NAMES.items() if key not in _PLAIN}
_CORES: Final = {
    "".join(core): said for said in reversed(_NAMES.values()) if (core := _core(words_of(said)))[-1] not in _TAIL
}


def real_operator(name: str) -> str | None:
    """Find the real operator that a name names.

    Parameters
    ----------
    name : str
        As it stands, without the word SIMULATED.

    Returns
    -------
    str or None
        The operator's name as listed: its words stand in a row in the name, however they are written (spaces, hyphens,
        capitals, accents), or are the whole of it but for words such as Airlines. None where no listed one is named;
        letters of other alphabets that look alike are not seen through.
    """
    words = words_of(name)
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    whole = "".join(words)
    for i, start in enumerate(ends[:-1]):
        for end in ends[i + 1 :]:
            if (found := _ANYWHERE.get(whole[start:end])) is not None:
                return found
    return _CORES.get("".join(_core(words)))
