/** Keeps list and thread up to date. Without this script the page shows the same after a reload. */
const LOOK_AGAIN_MS = 800;

function swap(id, fresh) {
  const old = document.getElementById(id);
  const now = fresh.getElementById(id);
  if (!old || !now || old.innerHTML === now.innerHTML) return false;
  const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 40;
  old.innerHTML = now.innerHTML;
  if (atEnd) old.scrollTop = old.scrollHeight;
  return true;
}

async function look() {
  try {
    const answer = await fetch(location.pathname, {cache: 'no-store'});
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // Both sides of the comparison have their times written out, or every look would find a difference.
      localise(fresh);
      swap('handsets', fresh);
      swap('messages', fresh);
    }
  } catch {
    // The demo is being restarted; the next look finds it again.
  }
  setTimeout(look, LOOK_AGAIN_MS);
}

/** Writes each time in the reader's own zone. */
function localise(tree) {
  for (const time of tree.querySelectorAll('time')) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
  }
}

localise(document);
const messages = document.getElementById('messages');
if (messages) {
  messages.scrollTop = messages.scrollHeight;
  document.getElementById('body').focus();
}
setTimeout(look, LOOK_AGAIN_MS);
