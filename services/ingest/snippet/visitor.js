/**
 * Who this browser is: a random id and the number of its cart, in a cookie that the server can renew and in storage.
 * The cookie wins, for Safari empties storage after a week; the cart's number travels with it so that a new cart never takes
 * the number of an old one.
 */
export const whoAmI = () => {
  const kept = recall('who');
  const found = RegExp(prefix + '=([\\w-]{22})\\.(\\d+)').exec(document.cookie);
  return found && (kept || 0).v !== found[1] ? {v: found[1], s: +found[2]} : kept || {v: randomId(), s: 0};
};

export const remember = (who) => {
  keep('who', who);
  if (mayStore) writeCookie(who.v + '.' + who.s, 34560000);
};

const writeCookie = (value, seconds) => {
  document.cookie =
    prefix + '=' + value + ';path=/;max-age=' + seconds + ';SameSite=Lax' +
    config.d + (location.protocol === 'https:' ? ';Secure' : '');
};

/** 127 random bits in 22 characters of base64url: both of its signs are written as one. */
export const randomId = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replace(/\W/g, '-').slice(0, 22);
