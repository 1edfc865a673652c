// The console works without this file: it only copies codes, fills in what is known and keeps what changes up to date.

/** Replaces each live part of the page by its newest state, unless somebody works in it. */
async function refresh() {
  const answer = await fetch(location.href, {headers: {Accept: 'text/html'}, redirect: 'manual'});
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.querySelectorAll('[data-live]').forEach((part) => {
    const next = fresh.getElementById(part.id);
    if (next && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...next.childNodes);
  });
}

/** Nexternal's back office is named after the account, as is a shop there without a host of its own. */
document.getElementById('shop')?.addEventListener('change', ({target}) => {
  const office = document.getElementById('back_office_hosts');
  const account = /^(?:https?:\/\/)?store\.nexternal\.com\/([\w-]+)/i.exec(target.value.trim());
  if (account && !office.value) office.value = ['', 'www.'].map((www) => www + 'nexternal.com/' + account[1]).join(', ');
});

const GATHER_MS = 300;
let gathering = 0;

/** Listens to the site: the browser itself comes back after a break, with the id of the last row it had. */
function follow(site) {
  const list = document.getElementById('activity');
  const stream = new EventSource(site + '/stream' + (list ? '?after=' + list.dataset.after : ''));
  if (document.querySelector('[data-live]')) {
    stream.addEventListener('changed', () => {
      clearTimeout(gathering);
      gathering = setTimeout(() => refresh().catch(() => {}), GATHER_MS);
    });
  }
  if (list) stream.addEventListener('row', (event) => add(list, JSON.parse(event.data)));
  addEventListener('pagehide', () => stream.close());
}

const MOST_ROWS = 500;
let held;

/** Puts a row on top, or keeps it while the reader holds the list still. */
function add(list, row) {
  if (held) {
    held.push(row);
    hold.textContent = 'Go on (' + held.length + ' new)';
    return;
  }
  const item = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = row.at;
  const title = document.createElement(row.cart ? 'a' : 'b');
  title.textContent = row.title;
  if (row.cart) title.href = row.cart;
  const sentence = document.createElement('span');
  sentence.textContent = row.sentence;
  item.append(time, ' ', title, ' ', sentence);
  list.prepend(item);
  document.getElementById('nothing-yet')?.remove();
  while (list.children.length > MOST_ROWS) list.lastChild.remove();
  sift();
}

const hold = document.getElementById('hold');
if (hold) {
  hold.hidden = false;
  hold.addEventListener('click', () => {
    const waiting = held;
    held = waiting ? undefined : [];
    hold.setAttribute('aria-pressed', String(!waiting));
    hold.textContent = waiting ? 'Hold' : 'Go on';
    (waiting || []).forEach((row) => add(document.getElementById('activity'), row));
  });
  document.getElementById('filter').addEventListener('input', sift);
}

/** Shows only the rows that hold the words of the filter. */
function sift() {
  const words = document.getElementById('filter').value.toLowerCase();
  document.querySelectorAll('#activity li').forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(words); });
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

/** Reads a chosen file into the field that it names: what is sent can be looked at before. */
document.querySelectorAll('[data-into]').forEach((picker) => {
  [picker, ...picker.labels].forEach((element) => { element.hidden = false; });
  picker.addEventListener('change', async () => {
    document.getElementById(picker.dataset.into).value = await picker.files[0].text();
  });
});
const site = document.querySelector('[data-site]')?.dataset.site;
if (site && document.querySelector('[data-live], #activity')) follow(site);

/** Another country: what stood there as its suggestion becomes that of the new one; what was typed stays. */
document.querySelectorAll('[data-suggests]').forEach((chooser) => {
  let before = chooser.selectedOptions[0];
  chooser.addEventListener('change', () => {
    const now = chooser.selectedOptions[0];
    ['currency', 'time_zone'].forEach((name) => {
      const field = document.getElementById(name);
      if (!field) return;
      if (field.value === before.dataset[name]) field.value = now.dataset[name];
      field.placeholder = now.dataset[name];
    });
    before = now;
  });
});

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
