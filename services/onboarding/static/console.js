// The console works without this file: it only copies codes and keeps what changes up to date.

const EVERY_MS = 2000;

/** Replaces each live part of the page by its newest state, unless somebody works in it. */
async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, {headers: {Accept: 'text/html'}, redirect: 'manual'});
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelectorAll('[data-live]');
  document.querySelectorAll('[data-live]').forEach((part, index) => {
    const next = fresh[index];
    if (next && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...next.childNodes);
  });
}

/** Copies the text of the element that the button names, and says so. */
async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = label; }, 1500);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) copy(button);
});
if (document.querySelector('[data-live]')) setInterval(() => refresh().catch(() => {}), EVERY_MS);

const TYPING_MS = 150;
let typing = 0;

/** Shows the draft as it would be sent: the server renders it, for there is no second renderer. */
async function preview(form, into) {
  const address = form.querySelector('[formaction]').formAction;
  const answer = await fetch(address, {method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual'});
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(into.id);
  if (fresh) into.replaceChildren(...fresh.childNodes);
}

document.getElementById('campaign')?.addEventListener('input', (event) => {
  const form = event.currentTarget;
  clearTimeout(typing);
  typing = setTimeout(() => preview(form, document.getElementById('previews')).catch(() => {}), TYPING_MS);
});
