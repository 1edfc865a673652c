"""Words of refusal in the languages of shoppers in the US, Canada and beyond, as they are typed and mistyped."""

import re

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def slips(word: str) -> frozenset[str]:
    """Every string one slip of a thumb away: a letter lost, doubled, wrong, too many, or two that changed places."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return frozenset(
        [a + b[1:] for a, b in cuts if b]
        + [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
        + [a + letter + b[1:] for a, b in cuts if b for letter in _ALPHABET]
        + [a + letter + b for a, b in cuts for letter in _ALPHABET]
    )


def _phrases(listed: str) -> frozenset[str]:
    """A set from its members with commas between."""
    return frozenset(listed.split(", "))


NO_WORDS = _phrases(
    "no, nope, nah, n, non, nein, not now, never, pass, out, leave, alto, para, pare, parem, parar, paren, fin, "
    "fini, finir, sair, salir, fuera, fora, chega, basta, assez, genug, ya no, ya, ya basta, nada, nunca, jamais, "
    "nie, nee, niet, nao, sto, op out, s top, st op, sto p, s to p, stop it, dnd, no mas, baja, quitar, borrar, "
    "retire, retirez, delete, deleted, remover, tigil, itigil, ayoko, huwag, dung, huy, ngung, khong, dung lai, "
    "sispann, rete, nope thanks, hell no, no way, bye, goodbye, adios"
)
"""Refusals where they are the whole reply."""

NO_SIGNS = frozenset("🛑✋🖕👎🚫⛔❌🙅🤚🔕📵")

_ENGLISH = (
    r"st[o0]+p+(?:all|ped|ping|it)?|unsubscribed?|unsub|cancel(?:led|ar|lation)?|end|quit|quitting|revoked?|halt|discontinue",
    r"opt(?:ing|ed)? ?(?:me )?out",
    r"remove|delete (?:my|me|this)|lose (?:my|this) number|take (?:me|my \w+) off|off (?:your|the|this|ur) list|dnc|dnd",
    r"non? (?:more|mas|thanks?|thank you|thx|gracias|merci|texts?|messages?|msgs?|longer)|not interested|enough|no interest",
    r"(?:do not|do nt|don t|dont|dnt|doesn t|didn t|didnt|did not|never|won t|wont) (?:\w+ )?"
    r"(?:text|txt|message|msg|contact|send|write|sign|want|ask|like|need|consent|bother|disturb|sub|subscribe|call)\w*",
    r"(?:text|message|contact)s? me (?:again and|no)|unwanted|annoying|harass\w*|cease|desist|withdraw|unenroll|deactivate",
    r"wrong (?:number|person|num|no|guy)|who (?:tf |the \w+ )?(?:is|s|are) (?:this|that|you|u)|whos this|who dis|who u|"
    r"not (?:my|me|the right|him|her)|mistake",
    r"leave me|leave us|go away|get (?:lost|off)|(?:bug|piss|f|back|buzz) off|shut up|f\w{0,2}[ck]+ ?(?:off|you|u)?|knock it off|cut it out",
    r"spam\w*|scam\w*|report(?:ing|ed)? (?:you|this|u)|sue|lawyer|attorney|block(?:ed|ing)?|unfollow|mute|lay off|give it a rest",
)
_SPANISH = (
    r"baja|dar(?:me|nos)? de baja|no (?:me |nos |se )?(?:lo |la |les )?(?:molest|escrib|envi|mand|contact|llam|text|quier|dese|acept|autoriz)\w*",
    r"(?:dej[ae]n?|dejar|pare?n?|parar|bast[ae]) (?:ya )?de|deje?n?(?:me|nos) (?:en paz|tranquil\w+)|dejame en paz|(?:basta|paren?|alto) ya|ya no (?:quiero|mas|me)",
    r"(?:quit|borr|elimin|sac|remuev|remov|retir)[ae]?n?(?:me|nos)|desuscri\w+|desinscri\w+|dessuscri\w+|darse de baja|anul\w+ (?:mi |la )?suscripcion",
    r"(?:quiten?|borr[ae]n?|borrar|elimin[ae]n?|eliminar|quitar|saquen?|retiren?) mi \w+|cancel(?:e|en|a|enme|ame)|numero equivocado|equivocado|no soy|quien (?:es|eres|sos|habla)|"
    r"no (?:estoy )?interesad\w+|no me interesa|detener|detenga\w*|suficiente|basta|no (?:mas|moleste\w*)",
)
_FRENCH = (
    r"desabonn\w*|desinscri\w*|arret(?:e|er|ez|ons)?|stoppe[rz]?|cess(?:ez|er|e)|annul(?:er|ez|e)|fichez? moi|foutez? moi|lachez? moi",
    r"(?:ne |n )?(?:m |me |nous )?(?:plus )?(?:ecri|envoy|contact|text|derang|appel|sollicit)\w+ plus|ne plus \w+|n \w+ plus",
    r"plus (?:de|aucun) (?:messages?|textos?|sms|courriels?|pub\w*)|je ne veux|je veux (?:plus|pas)|veux (?:plus|pas)|(?:pas|aucunement) interesse\w*",
    r"(?:retir|enlev|supprim|effac|otez)\w*(?: |-)?(?:moi|mon)|laissez?(?: |-)moi|mauvais numero|(?:qui|c est qui) (?:est|etes|es)|c est qui|non merci|pourriel",
    r"ne (?:me |m |nous )?(?:contact|envoy|ecri|text|derang|appel)\w*",
)
_PORTUGUESE = (
    r"(?:me )?(?:tire|retire|remova|exclua|descadastre|apague) (?:meu|me|o meu)|me (?:tire|retire|remova|exclua|descadastre)|descadastr\w+|desinscrev\w+",
    r"nao (?:me )?(?:quero|queremos|mand|envi|perturb|incomode|escreva|tenho interesse|autorizo|aceito)\w*|nao,? obrigad[oa]|parem? de|nunca mais",
    r"cancel(?:e|em)|numero errado|quem (?:e|eh) (?:voce|esse|isso)|(?:me )?deixe?m?(?: |-)?(?:me )?em paz|chega de|remova|removam|excluir",
)
_OTHERS = (
    r"abmelden|abbestell\w+|aufhoren|hor(?:t)? auf|keine (?:sms|nachrichten|werbung)|nein danke|falsche nummer|lass(?:en)? (?:sie )?mich",
    r"disiscriv\w+|cancellami|smett\w+|annulla|fermate|non (?:mi )?(?:scriv|invi|mand|contatt)\w+|afmelden|uitschrijven|geen berichten",
    r"otpis\w+|otmena|khvatit|ne pishite|otstan\w*|prekratit\w*|wypisz|rezygnuj\w*|huwag na|wag na|tama na|ayoko na|dung (?:nhan|gui)|"
    r"huy dang ky|sispann voye",
)
REFUSED = re.compile(rf"\b(?:{'|'.join((*_ENGLISH, *_SPANISH, *_FRENCH, *_PORTUGUESE, *_OTHERS))})\b")
OTHER_SCRIPTS = re.compile(
    "停止|停$|^停|退订|退訂|取消|不要|别发|別發|別再|拒收|拒绝|解除|やめて|止めて|配信停止|중지|그만|수신 ?거부|거부|해지|차단|توقف|إيقاف|ايقاف|الغاء|إلغاء|"
    "لا ترسل|रोक|बंद|बन्द|די$|הסר|להסיר|หยุด|ยกเลิก"
)

JOINED = re.compile(
    r"\b(?:stop(?!p?ers?\b|overs?\b|watch|light|gap|cock|motion|sign)\w+|st0p\w*|5top\w*|unsub\w*|opt ?out\w*|\w{0,12}unsubscribe\w{0,12}|"
    r"(?:please|pls|plz|just|now|and|i|cmd|ok|sms|text|texts|msg|all|no|reply|yes)stop|remove(?:me|my)\w{0,12}|cancel(?:all|sms|text|me|now)\w{0,6}|"
    r"quit(?:it|now|texting)|end(?:it|now|all|this|sms|texts?)|nomas|nomore\w{0,12}|donttext\w{0,6}|leaveme\w{0,6})\b"
)
MISSPELLED_UNSUBSCRIBE = re.compile(
    r"\b(?!\w{0,14}able\b)(?:u[nmb]|nu|in)\s?[sc]\w{0,4}(?:cr|sc|rib|ib|ub|rcib|irb)\w{0,8}\b|\bun ?sub\w{0,12}\b|\bunsu\w{0,3}c\w{0,8}\b"
)
_REAL_WORDS = _phrases("shop, top, step, stow, slop, atop, swop, strop, stomp, soap, sop, tops, stoup, shops")
"""Words one slip away from ``stop`` that people mean."""

_NOT_SLIPS = frozenset({"remote", "removed", "removes", "removal", "camel", "counsel", "cancer", "arrest", "arena", "arete"})
MISTYPED = (
    (
        slips("stop")
        | frozenset(
            slip
            for word in ("unsubscribe", "remove", "cancel", "optout", "stopall", "desabonner", "arreter")
            for slip in slips(word)
        )
    )
    - _REAL_WORDS
    - _NOT_SLIPS
)
MISTYPED_ALONE = _phrases(
    "top, qiut, quitt, qit, quti, quut, ened, edn, ned, enf, stpo it, opt put, opt our, opt oit, opt ot, po out"
)
