"""A shop's developer is shown what is wrong with his commands, and what becomes of the right ones."""

from playwright.async_api import Page

from tests.support.browsers.snippet_lab import CART, Lab, a_lab, push

WRONG = ("['setCrat',{items:[]}]", "['setOrder','1001']", "['setConsent',{storage:'yes'}]", "['setEmailAddressInput',document]")
RIGHT = (CART, "['setEmail','anna@shop.example']", "['setDataItem',{returnURL:'/cart'}]", "(commands)=>commands.addedToCart()")


async def visit_with_console(lab: Lab, path: str) -> tuple[Page, list[str]]:
    """Open a page, and collect what its console warns of."""
    page, warnings = await lab.context.new_page(), list[str]()
    page.on("console", lambda entry: warnings.append(entry.text) if entry.type == "warning" else None)
    page.on("pageerror", lambda error: lab.errors.append(str(error)))
    await page.goto(f"{lab.shop}{path}")
    return page, warnings


async def test_a_wrong_command_warns_once_with_its_remedy_and_a_right_one_never() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(*WRONG[:2], *RIGHT))

        page, warnings = await visit_with_console(lab, "/")
        await lab.wait_for(1, "cart.updated")
        await page.wait_for_function("() => !_beckon.q.length")
        await page.evaluate(f"() => _beckon.push({','.join([*WRONG, *RIGHT])})")

        assert [text.partition(";")[0] for text in warnings] == [
            "Beckon: there is no setCrat",
            "Beckon: setOrder takes {orderID}",
            "Beckon: setConsent takes {storage: 'granted' | 'denied'}",
            "Beckon: setEmailAddressInput takes a selector or false",
        ]
        assert "there are setCart, setCartItem, " in warnings[0]
