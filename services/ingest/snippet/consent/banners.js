/**
 * Takes over what a consent banner decides: Google's consent mode, the IAB's Transparency and Consent Framework, and Shopify's own
 * interface. Behind the core, for shops that ask first; a shop without such a banner gives `setConsent` itself.
 */
const decide = (granted) => _beckon.push(['setConsent', {storage: granted ? 'granted' : 'denied'}]);

/** What Google's consent mode has been given so far: storage for measuring, and data of a person for reaching them. */
const signals = {};
const NEEDED = ['analytics_storage', 'ad_user_data'];

/** ``gtag('consent', 'default' | 'update', {...})``. A default for some regions alone says nothing of this visitor. */
const readConsentMode = (entry) => {
  const [command, kind, choices] = entry || [];
  if (command !== 'consent' || !choices || (kind === 'default' && choices.region)) return;
  Object.assign(signals, choices);
  if (NEEDED.some((name) => name in choices)) decide(NEEDED.every((name) => (signals[name] || 'granted') === 'granted'));
};

const readLayer = () => {
  const layer = (window.dataLayer = window.dataLayer || []);
  const push = layer.push;
  Array.from(layer).forEach(safely(readConsentMode));
  layer.push = function (...given) {
    given.forEach(safely(readConsentMode));
    return push.apply(this, given);
  };
};

/** Purpose 1: to store and to read on a device. Where the law does not ask for it, the framework reports so. */
const readChoices = (choices, isAnswer) => {
  if (!isAnswer || !/^(tcloaded|useractioncomplete)$/.test(choices.eventStatus)) return;
  decide(choices.gdprApplies === false || choices.purpose.consents[1] === true);
};

let isAsked;
const askFramework = () => {
  if (isAsked || !window.__tcfapi) return;
  isAsked = true;
  window.__tcfapi('addEventListener', 2, safely(readChoices));
};

/** Shopify's own banner, and others that hand their answer to it (https://shopify.dev/docs/api/customer-privacy). */
const readShopify = () => {
  const privacy = window.Shopify.customerPrivacy;
  decide(privacy.analyticsProcessingAllowed() && privacy.marketingAllowed());
};

let isLoading;
const askShopify = () => {
  if (isLoading || !(window.Shopify || {}).loadFeatures) return;
  isLoading = true;
  document.addEventListener('visitorConsentCollected', safely(readShopify));
  window.Shopify.loadFeatures([{name: 'consent-tracking-api', version: '0.1'}], safely((error) => error || readShopify()));
};

safely(readLayer)();
[askFramework, askShopify].forEach((ask) => {
  safely(ask)();
  ['DOMContentLoaded', 'load'].forEach((name) => listen(name, ask));
});
