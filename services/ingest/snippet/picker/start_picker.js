/** Opens the panel where the link's token is alive, and keeps it open on the next pages until it is saved or ended. */
const start = async () => {
  if (!session.token) return;
  open();
  const answer = await ask('open', {});
  if (!answer || !answer.ok) {
    list.remove();
    if (answer) endSession();
    actions.replaceChildren(button('Close', close));
    return say(answer ? answer.remedy : UNREACHABLE);
  }
  session.choices = session.choices || answer.pointing || {};
  session.readings = session.readings || {};
  keepSession();
  const until = new Date(answer.expires_at).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
  say('Shoppers do not see this. Save before ' + until + '.');
  draw();
  new MutationObserver(redrawSoon).observe(document.body, {childList: true, subtree: true, characterData: true});
};

let redrawing;
const redrawSoon = () => {
  clearTimeout(redrawing);
  redrawing = setTimeout(() => pointing || !list.isConnected || root.activeElement || draw(), 300);
};

if (document.readyState === 'complete') start();
else addEventListener('load', start);
