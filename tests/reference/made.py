"""Small made lists in OurAirports' form: invented fields round the equator."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "data" / "context"

# ruff: noqa: E501
AIRPORTS = """\
"id","ident","type","name","latitude_deg","longitude_deg","elevation_ft","continent","iso_country","iso_region","municipality","scheduled_service","gps_code","iata_code","local_code","home_link","wikipedia_link","keywords"
1,"XXAA","small_airport","Alpha Field",0.5,10.5,-210,"AF","NA","NA-KH","Alpha","no","XXAA","XAA",,,,"XXZZ, Alpha Air Force Base"
2,"QQ-0001","medium_airport","Beta Air Base",1.0,11.0,100,"AF","GA","GA-1","Beta","no","XXBB",,"B1",,,
3,"XXBB","closed","Old Beta",1.2,11.2,,"AF","GA","GA-1",,"no","XXBB",,,,,
4,"XXCC","heliport","Gamma Air Force Museum Heliport",2.0,12.0,50,"AF","GA","GA-1",,"no",,,,,,
"""
RUNWAYS = """\
"id","airport_ref","airport_ident","length_ft","width_ft","surface","lighted","closed","le_ident","le_latitude_deg","le_longitude_deg","le_elevation_ft","le_heading_degT","le_displaced_threshold_ft","he_ident","he_latitude_deg","he_longitude_deg","he_elevation_ft","he_heading_degT","he_displaced_threshold_ft"
1,1,"XXAA",6000,100,"ASP",1,0,"09",0.5,10.49,-210,,,"27",0.5,10.51,-210,,
2,2,"QQ-0001",9000,150,"ASP",1,0,"18",1.0,11.0,100,180,,"36",,,,,
3,2,"QQ-0001",0,,"TURF",0,1,"05",,,,,,"23",,,,,
4,9,"NOSUCH",3000,,,0,0,"01",,,,,,"19",,,,,
"""


def write_lists(folder: Path, airports: str = AIRPORTS, runways: str = RUNWAYS) -> Path:
    """Put the two CSVs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "airports.csv").write_text(airports, encoding="utf-8")
    (folder / "runways.csv").write_text(runways, encoding="utf-8")
    return folder
