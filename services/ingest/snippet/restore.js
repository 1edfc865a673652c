/** Brings a cart back from a reminder's link: by the shop's own function, else by our page of the saved cart. */
let rebuild;

export function onRestore(behaviour) {
  rebuild = behaviour;
}

export function restore() {
  const found = /[#&]beckon=([0-9A-Za-z]{17})\b/.exec(location.hash);
  if (!found) return;
  const link = config.n + '/l/' + found[1];
  history.replaceState(history.state, '', location.pathname + location.search);
  report('link.followed', {token: found[1]});
  whenComplete(() => {
    if (rebuild) {
      fetch(link + '/cart', {credentials: 'omit'})
        .then((answer) => answer.json())
        .then((cart) => rebuild(cart.items, () => sendSoon(0)))
        .catch(() => {}); // a link that has ended: the page stays as it is
    } else {
      sendLast();
      location.replace(link + '/saved');
    }
  });
}

/** The page may give its function after us, so we wait until it is complete. */
function whenComplete(behaviour) {
  if (document.readyState === 'complete') safely(behaviour)();
  else listen(window, 'load', behaviour);
}
