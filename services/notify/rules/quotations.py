"""What of a reply its sender wrote: without reactions, quotations of our own messages, and signatures."""

import re

_REACTION = re.compile(r"\W{0,8}(?P<verb>[^\n“\"«„”‟]{1,40}?)[\s\W]{0,8}[“\"«„‟](?P<quoted>.*)", re.DOTALL)
"""``Liked “…”``: how a phone reports a tap on a message of ours to somebody whose phone cannot show it."""

_REACTION_VERBS = re.compile(
    r"\b(?:liked|loved|laughed at|emphasi[sz]ed|questioned|reacted|removed an?|"
    r"a aimé|a adoré|a ri|a souligné|a mis l.accent|a réagi|a interrogé|a supprimé|"
    r"le (?:gustó|gusta|encantó|encanta)|se (?:rio|rió)|reaccionó|enfatizó|destacó|eliminó|"
    r"gostou|amou|adorou|curtiu|riu|reagiu|enfatizou|removeu|"
    r"gefällt|mag|liebt|reagierte|ha reagito|piace|ama)\b"
)
_EMOJI_ALONE = re.compile(r"[^\w\s]{1,8}\s{0,3}(?:to|à|a|en|an|em|zu)?")
"""Google's form: ``👍 to “…”``."""

_REACTION_TO_MEDIA = re.compile(
    r"(?i)(?:liked|loved|laughed at|emphasi[sz]ed|questioned|disliked|reacted \S{1,8} to|removed an? [\w ]{1,20} from) "
    r"(?:an?|your|the) (?:image|picture|photo|video|movie|audio message|voice message|attachment|sticker|link|message)\.?"
)
"""``Loved an image``: a reaction that quotes nothing."""

_LEFT_OF_A_REACTION = re.compile(r"[^\w\s]{1,8} ?(?:to|à|a|en|an|em|zu)")
"""``👍 to``: what Google's form leaves once what it quotes is gone."""

_DISLIKED = re.compile(r"\b(?:disliked|n.a pas aimé|no le gustó|não gostou)\b")
_OUR_WORDS = re.compile(r"(?i)(?:reply|text) (?:yes|stop|help|start)\b|\bSTOP (?:to|pour|para) \w")
_QUOTED = re.compile(r"[“\"«„]([^“\"«„”»]{20,})[”\"»“]")
_QUOTED_LINE = re.compile(r"(?m)^\s{0,8}>[^\n]*$")
_ATTRIBUTION = re.compile(
    r"(?im)^\s{0,8}(?:on|le|el|em|am) [^\n]{0,120}(?:wrote|écrit|escribió|escreveu|schrieb)[^\n]{0,20}:\s*$"
)
_SIGNATURE = re.compile(
    r"(?im)^\s{0,8}(?:sent (?:from|via|with|using)|get (?:outlook|yahoo|it) for|envoyé (?:de|depuis|à partir)|enviado (?:desde|do|de|a partir)|"
    r"von mein\w+ \w+ gesendet|gesendet (?:von|mit)|inviato (?:da|dal)|verzonden (?:vanaf|met))\b[^\n]{0,120}$"
)
_SAME_LINE_SIGNATURE = re.compile(
    r"(?i)[\s.!]{1,4}(?:sent (?:from|via) (?:my|the|your|mail|outlook|yahoo)\b|envoyé de mon\b|enviado desde mi\b|enviado do meu\b)[^\n]{0,80}\s*$"
)
_DASHED_SIGNATURE = re.compile(r"(?:^|[\s.!])\s{0,4}(?:--|[-—–~])\s{0,4}[^\W\d_][\w.'’ -]{0,40}\s*$")
_NAME_BELOW = re.compile(
    r"\n\s{0,8}(?i:thanks|thank you|thx|merci|gracias|obrigad[oa]|cheers|best|regards)?[ ,]{0,3}\n?[A-ZÀ-Þ][\w.'’-]{0,20}(?: [A-ZÀ-Þ][\w.'’-]{0,20}){0,2}\s*$"
)


def is_reaction(text: str) -> bool:
    """Whether a phone reports that its owner reacted to a message, which is neither a yes nor a no."""
    verb = _verb_of(text)
    if _DISLIKED.search(verb):
        return False
    return _REACTION_VERBS.search(verb) is not None or _EMOJI_ALONE.fullmatch(verb) is not None


def is_dislike(text: str) -> bool:
    """Whether a phone reports that its owner dislikes a message of ours: in doubt that is a no."""
    return _DISLIKED.search(_verb_of(text)) is not None


def _verb_of(text: str) -> str:
    found = _REACTION.match(text.lstrip())  # leading spaces tried against every share of signs took seconds
    return "" if found is None else found["verb"].casefold().strip()


def without_quotations(text: str) -> str:
    """The text without quoted lines, and without quotations that hold our own words (``Reply STOP to …``)."""
    lines = _ATTRIBUTION.sub("", _QUOTED_LINE.sub("", text))
    return _QUOTED.sub(lambda found: "" if _OUR_WORDS.search(found[1]) else found[0], lines)


def written_by_shopper(text: str) -> str:
    """What a person may want to be answered: nothing of a reaction, and nothing that is quoted of our own messages."""
    if is_reaction(text) or is_dislike(text):
        return ""
    words = without_quotations(text).strip()
    return "" if _REACTION_TO_MEDIA.fullmatch(words) or _LEFT_OF_A_REACTION.fullmatch(words) else words


def without_signature(text: str) -> str:
    """The text without what a mail program or its owner puts below each message."""
    body = _SAME_LINE_SIGNATURE.sub("", _SIGNATURE.sub("", text).rstrip())
    return _DASHED_SIGNATURE.sub("", _NAME_BELOW.sub("", body))
