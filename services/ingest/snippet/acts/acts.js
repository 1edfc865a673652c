/**
 * Reports when the shopper is seen to put something into the cart: by a click, or by the shop's data layer after one. Loaded
 * after a purchase alone, for then a cart that the shopper fills is to be distinguished from one that a cached page shows again.
 */
const ADDS = RegExp(
  'add(.?| .{1,60} )to.?((the|your|my|shopping) )?(cart|bag|basket|trolley)|(cart|basket).?add\\b|>\\W{0,99}add\\W{0,99}<|' +
    'buy.?(it.?)?(now|again)|re-?order\\b|in (den |de |het )?(warenkorb|winkel(wagen|mand))|' +
    '(ajouter|a[nñ]adir|agregar|aggiungi|adicionar|toevoegen).{1,20}(panier|carrito|cesta|carrello|carrinho|winkel)',
  'i'
);

function noteIf(isAct) {
  try {
    if (isAct()) _beckon.push(['addedToCart']);
  } catch (error) {
    // The shop's page must not notice us.
  }
}

/** The control that was clicked, and where its form leads. A part of a page with parts of its own is no control. */
function isAddButton(event) {
  const target = event.composedPath()[0];
  const control = target.closest('button,a,input,[role=button]') || (!target.firstElementChild && target);
  const action = control.form && control.form.getAttribute('action');
  return control && ADDS.test(control.outerHTML.slice(0, 400) + ' ' + action);
}

/** A page from a cache pushes its events again, and nobody has clicked there. */
function isAddEvent(entry) {
  return ADDS.test([entry.event, entry[1]]) && navigator.userActivation.isActive;
}

document.addEventListener('click', (event) => noteIf(() => isAddButton(event)), true);

const layer = window.dataLayer;
if (layer && layer.push) {
  const push = layer.push;
  layer.push = function (...given) {
    given.forEach((entry) => noteIf(() => isAddEvent(entry)));
    return push.apply(this, given);
  };
}
