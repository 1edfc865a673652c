/**
 * Staff go from the back office to the shop, where their browser has another visitor cookie. A link to the shop says from which
 * browser it was followed, and the shop's page reports it: a cart of that browser is nobody's.
 */
const MARK = /([#&])beckon_staff=([\w-]{22})/;

function isAmong(hosts, place) {
  return hosts.includes(place.host) || hosts.includes(place.hostname);
}

/** The id under which this browser is known in the back office; none where it may not be stored. */
function visitor() {
  const cookie = RegExp('_beckon' + config.s + '=([\\w-]{22})\\.').exec(document.cookie);
  return cookie ? cookie[1] : (JSON.parse(localStorage.getItem('_beckon' + config.s + 'who')) || {}).v;
}

/** The fragment never leaves the browser. One that a page uses as its route is left alone. */
function markLink(event) {
  try {
    const link = event.target.closest('a[href]');
    const id = link && isAmong(config.h, link) && !MARK.test(link.hash) && !/^#[!/]/.test(link.hash) && visitor();
    if (id) link.hash += (link.hash ? '&' : '#') + 'beckon_staff=' + id;
  } catch (error) {
    // The back office must not notice us.
  }
}

if (isAmong(config.b, location)) {
  ['click', 'auxclick', 'contextmenu'].forEach((name) => document.addEventListener(name, markLink, true));
} else {
  const found = MARK.exec(location.hash);
  if (found) {
    const rest = location.hash.replace(found[0], found[1]).replace(/[#&]$/, '');
    history.replaceState(history.state, '', location.pathname + location.search + rest);
    _beckon.push(['report', 'page.seen', {staff: found[2]}]);
  }
}
