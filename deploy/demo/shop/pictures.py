"""Draws what the shop sells, so that the demo carries no photographs."""

from deploy.demo.shop.goods import Good

BOTTLE = """
<path d="M92 40h16v52c0 14 22 22 22 50v112c0 9-5 14-14 14H84c-9 0-14-5-14-14V142c0-28 22-36 22-50z" fill="{tint}"/>
<path d="M92 40h16v22H92z" fill="{foil}"/>
<path d="M76 146c2-18 10-26 18-36v150H84c-5 0-8-3-8-8z" fill="#fff" opacity=".14"/>
<rect x="70" y="164" width="60" height="62" fill="#faf5ea"/>
<rect x="70" y="164" width="60" height="5" fill="{foil}"/>
<path d="M85 205q7.5-8 15 0t15 0" fill="none" stroke="{tint}" stroke-width="2.5"/>
<text x="100" y="192" font-family="Georgia,serif" font-size="7.5" text-anchor="middle" fill="#3b2f2a">HARBOR &amp; VINE</text>
"""
SPARKLING = BOTTLE + '<path d="M89 40h22l3 44h-28z" fill="#d9b44a"/><path d="M93 32h14v8H93z" fill="#b98f2c"/>'
GLASS = """
<g fill="none" stroke="#8d979c" stroke-width="3">
<path d="M66 60h68c4 48 0 92-34 96-34-4-38-48-34-96zM100 156v84M70 246q30-10 60 0"/></g>
<path d="M65 98h70c0 32-8 52-35 56-27-4-35-24-35-56z" fill="{tint}" opacity=".85"/>
<path d="M76 66c-2 20-2 40 2 58" fill="none" stroke="#fff" stroke-width="4" opacity=".6" stroke-linecap="round"/>
"""
BOX = """
<path d="M34 128l66-26 66 26v100l-66 30-66-30z" fill="{tint}"/><path d="M34 128l66 28 66-28-66-26z" fill="#b98660"/>
<path d="M100 156v102l66-30V128z" fill="#000" opacity=".16"/>
<g fill="#6d1f33"><path d="M66 66h10v52H66zM96 56h10v56H96z"/></g><path d="M126 68h10v50h-10z" fill="#c9a94f"/>
<text x="67" y="200" font-family="Georgia,serif" font-size="13" text-anchor="middle" fill="#faf5ea" transform="skewY(23)
translate(0 -30)">H&amp;V</text>
"""
CORKSCREW = """
<rect x="44" y="70" width="112" height="30" rx="15" fill="{tint}"/><rect x="52" y="76" width="96" height="7" rx="3" fill="#fff"
opacity=".18"/><g fill="none" stroke="#87919a" stroke-width="6" stroke-linecap="round"><path d="M100 100v44"/>
<path d="M100 144c-22 4-22 18 0 20s22 18 0 20-22 18 0 20 18 16 0 24"/></g>
"""
SHAPES = {"bottle": BOTTLE, "sparkling": SPARKLING, "glass": GLASS, "box": BOX, "corkscrew": CORKSCREW}


def picture_of(good: Good) -> str:
    """An SVG of 200 by 300 units on the shop's own ground."""
    drawing = SHAPES[good.shape].format(tint=good.tint, foil="#2b2326")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 300">'
        '<rect width="200" height="300" fill="#f1e9db"/>'
        f'<circle cx="100" cy="158" r="92" fill="{good.tint}" opacity=".10"/>'
        f'<ellipse cx="100" cy="266" rx="54" ry="7" fill="#3b2f2a" opacity=".16"/>{drawing}</svg>'
    )
