"""Key settings: read when a process starts, so that a mistyped key is one line and not a process that dies later."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey
from shared.runtime.security.setting_rules import is_weak_key

_KEY = "a key is written as its id, a colon and 32 bytes in base64url"


def _public_key(setting: str) -> str:
    try:
        named = bool(ReaderPublicKey.parse(setting).key_id)
    except ValueError:
        named = False
    if not named:
        raise ValueError(_KEY)
    return setting


def _reader_keys(setting: SecretStr, info: ValidationInfo) -> SecretStr:
    text = setting.get_secret_value()
    try:
        named = all(ReaderKeys.parse(text).keys)
    except ValueError:
        named = False
    if not named:
        raise ValueError(_KEY)
    if info.data.get("profile") != "demo" and any(is_weak_key(part.partition(":")[2]) for part in text.split(",")):
        raise ValueError("a private key of so few different bytes is not random, and too weak outside the demo")
    return setting


PublicKeyText = Annotated[str, AfterValidator(_public_key)]
ReaderKeysText = Annotated[SecretStr, AfterValidator(_reader_keys)]
