/**
 * Brings a cart back from a reminder's link: by the shop's own function, else at its platform's address for it, else by our page
 * of the saved cart.
 */
const found = /[#&]beckon=([0-9A-Za-z]{17})\b/.exec(location.hash);

const cartOf = async (link) => {
  const answer = await fetch(link + '/cart', {credentials: 'omit'});
  return answer.ok ? answer.json() : {};
};

/** Where the platform leads once it has filled the cart; nothing where it does not know the address, as older ones do not. */
const filledAt = async (path) => {
  const answer = path[0] === '/' && (await fetch(location.origin + path));
  return answer.ok && answer.url.startsWith(location.origin + '/') && answer.url;
};

/** What the shopper has put in meanwhile stays: the platform's address would take its place. */
const rebuild = async (link, commands) => {
  const {items, restore_path: path, return_path: page} = await cartOf(link);
  if (commands.rebuild) {
    // The link's token had the place of the fragment that names the cart.
    location.hash = (page || '').split('#')[1] || '';
    return items && commands.rebuild(items, () => {});
  }
  await commands.settled();
  if (path && (commands.currentCart().items || []).length) return;
  location.replace((path && (await filledAt(path))) || link + '/saved');
};

_beckon.push((commands) => {
  if (!found || !commands.report) return;
  const link = config.n + '/l/' + found[1];
  history.replaceState(history.state, '', location.pathname + location.search);
  commands.report('link.followed', {token: found[1]});
  // The page may give its function after us, so we wait until it is complete. Leaving it sends what is still to be sent.
  const bringBack = () =>
    rebuild(link, commands).catch(() => {
      // A link that has ended leaves the page as it is, and so does a shop's function that fails.
      if (!commands.rebuild) location.replace(link + '/saved');
    });
  if (document.readyState === 'complete') bringBack();
  else addEventListener('load', bringBack);
});
