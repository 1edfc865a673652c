/**
 * Who this browser is: a random id and the number of its cart, in a cookie that the server can renew and in storage.
 * The cookie wins, for Safari empties storage after a week; the cart's number travels with it so that a new cart never takes
 * the number of an old one.
 */
export function whoAmI() {
  const kept = recall('who');
  const found = RegExp(prefix + '=([\\w-]{22})\\.(\\d+)').exec(document.cookie);
  if (!found || (kept && kept.v === found[1])) return kept || {v: randomId(), s: 0};
  return {v: found[1], s: +found[2]};
}

export function remember(who) {
  keep('who', who);
  if (!mayStore) return;
  document.cookie =
    prefix + '=' + who.v + '.' + who.s + ';path=/;max-age=34560000;SameSite=Lax' +
    config.d + (location.protocol === 'https:' ? ';Secure' : '');
}

/** 127 random bits in 22 characters of base64url: both of its signs are written as one. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\W/g, '-').slice(0, 22);
}
