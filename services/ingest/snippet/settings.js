/** What the server wrote into this file for the site, and what follows from it. */
// Several shops may live on one host: each has its own names in the browser.
const prefix = '_beckon' + config.s;
const tag = document.currentScript;
const source = (tag || 0).src || config.i;
const ingest = new URL(source).origin;
const folder = ingest + '/s/' + config.k + '/';
const inBackOffice = [location.host, location.hostname].some((host) => config.b.includes(host));
// Nothing is stored or sent before a grant. Staff are no shoppers, and what they order has to silence.
const asksFirst = !inBackOffice && (config.c || (config.g && navigator.globalPrivacyControl));
