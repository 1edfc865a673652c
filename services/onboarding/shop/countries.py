"""Countries of shops: their names, and the currency and time zone that are usual there, out of CLDR."""

from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

DEFAULT_COUNTRY = "US"
OF_TOP_LEVEL_DOMAINS = {"UK": "GB"}
"""Where a domain's ending is not the code of its country. Endings that the world uses as words mean no country."""
SOLD_AS_WORDS = frozenset({"AI", "CO", "FM", "GG", "IO", "LY", "ME", "SH", "TO", "TV", "WS"})
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
"""Of the countries with several, the one in which most people live."""


@dataclass(frozen=True)
class Country:
    """``currency`` and ``time_zone`` are suggestions: what most shops of the country have."""

    code: str
    name: str
    currency: str
    time_zone: str
    zones: tuple[str, ...]


@cache
def countries() -> dict[str, Country]:
    """Every country that has telephones, by its ISO 3166 code, in the order of their names."""
    names, zones = Locale("en").territories, _zones_by_country()
    found = [
        _country(code, names[code], zones[code])
        for code in phonenumbers.SUPPORTED_REGIONS
        if code in names and zones.get(code) and get_territory_currencies(code)
    ]
    return {country.code: country for country in sorted(found, key=lambda country: country.name)}


def country_of_host(host: str) -> str:
    """The country that a shop's address names by its ending, else the United States."""
    ending = host.partition(":")[0].rpartition(".")[2].upper()
    code = OF_TOP_LEVEL_DOMAINS.get(ending, ending)
    return code if code in countries() and code not in SOLD_AS_WORDS else DEFAULT_COUNTRY


def example_number(code: str) -> str:
    """A mobile number as that country has them, in E.164: nobody's."""
    number = phonenumbers.example_number_for_type(code, phonenumbers.PhoneNumberType.MOBILE)
    return "+12125550100" if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _country(code: str, name: str, zones: tuple[str, ...]) -> Country:
    # Of several that are legal tender the last is the world's (Panama's USD beside the balboa): its own comes first.
    return Country(code, name, get_territory_currencies(code)[0], MAIN_ZONES.get(code, zones[0]), zones)


def _zones_by_country() -> dict[str, tuple[str, ...]]:
    known, zones = available_timezones(), dict[str, list[str]]()
    for zone, code in sorted(get_global("zone_territories").items()):
        if zone in known:
            zones.setdefault(code, []).append(zone)
    return {code: tuple(found) for code, found in zones.items()}
