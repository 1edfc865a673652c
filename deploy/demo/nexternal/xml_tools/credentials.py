"""Who asks: the two steps of the XML test, and both styles of credentials afterwards."""

import secrets
from hmac import compare_digest
from xml.etree.ElementTree import Element

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.options import CredentialStyle
from deploy.demo.nexternal.records import Privilege, XmlUser
from deploy.demo.nexternal.xml_tools.elements import XmlError, put, text_of

INVALID = "The credentials are not valid."


def submit_test(account: Account, request: Element) -> Element:
    """The first step: a key, and where the second step is to carry it."""
    user = _by_password(account, request)
    user.test_key = secrets.token_hex(16)
    reply = Element("TestSubmitReply", AccountName=account.name, Type=account.options.key_type)
    put(reply, "TestKey", user.test_key)
    return reply


def verify_test(account: Account, request: Element) -> Element:
    """The second step: the active key, where the account has any."""
    user = _by_password(account, request)
    given = request.find("Credentials")
    assert given is not None, "the user was found by them"
    key = given.get("Key", "") if account.options.key_type == "Attribute" else text_of(given, "Key")
    if not user.test_key or not _same(key, user.test_key):
        raise XmlError(f"The test key is missing or wrong; it belongs into the {account.options.key_type} Key of Credentials.")
    user.test_key, user.has_passed_test = "", True
    reply = Element("TestVerifyReply", AccountName=account.name)
    if CredentialStyle.KEY in account.options.credential_styles:
        user.active_key = secrets.token_hex(16)
        put(reply, "ActiveKey", user.active_key)
    else:
        put(reply, "UserName", user.name)
    return reply


def authorize(account: Account, request: Element, privilege: Privilege) -> None:
    """Let a query pass.

    Raises:
        XmlError: nobody is recognised by its credentials, the test was not passed, or the privilege is not ticked.
    """
    styles = account.options.credential_styles
    user = None
    if (key := text_of(request, "Credentials/Key")) and CredentialStyle.KEY in styles:
        user = next((each for each in account.xml.users.values() if each.active_key and _same(each.active_key, key)), None)
    elif CredentialStyle.PASSWORD in styles:
        user = _by_password(account, request)
    if user is None or not account.xml.memorandum_accepted:
        raise XmlError(INVALID)
    if not user.has_passed_test:
        raise XmlError("The XML test has not been passed.")
    if privilege not in user.privileges:
        raise XmlError(f"This user has no privilege for {privilege.value}.")


def _by_password(account: Account, request: Element) -> XmlUser:
    user = account.xml.users.get(text_of(request, "Credentials/UserName"))
    if user is None or not _same(text_of(request, "Credentials/Password"), user.password):
        raise XmlError(INVALID)
    if not account.xml.memorandum_accepted:
        raise XmlError("The Memorandum of Understanding has not been accepted.")
    return user


def _same(given: str, expected: str) -> bool:
    return compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
