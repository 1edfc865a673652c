/** Loads the files that few pages need: push, the back office's marks, a reminder's link, acts after a purchase, two panels. */
const loaded = [];

const load = (name) => {
  if (loaded.includes(name)) return;
  loaded.push(name);
  core.loadFile(name);
};

/** Who comes from where staff work is one of them, also by a button there that is no link and bears no mark. */
const reportStaff = () => {
  const {host, hostname} = new URL(document.referrer || location.href);
  if (config.o.some((office) => office === host || office === hostname)) core.report('page.seen', {office: true});
};

const loadMore = () => {
  safely(reportStaff)();
  if (config.p && !(config.g && navigator.globalPrivacyControl)) load('push');
  if (/[#&]beckon_staff=/.test(location.hash)) load('office');
  core.settled = () => queue; // what is still being read of the cart
  if (/[#&]beckon=/.test(location.hash)) load('restore');
  // Whose browser has bought in the last days, and on the page that reports an order.
  if (((core.recall('bought') || {}).l || []).length) load('acts');
  const setOrder = core.setOrder;
  core.setOrder = (order) => {
    setOrder(order);
    load('acts');
  };
  if (config.t) {
    const offer = offerOf({name: 'pointing', rank: POINTING});
    core.forPointing = {part: (behaviour) => partOf('pointing', behaviour), onAct, whenReady, offer};
    load('pointing');
  }
  // Whoever has the console's link points on each page of this tab, and a developer watches. Last, for storage may be denied.
  const isAsked = (name) => location.hash.includes('beckon_' + name) || sessionStorage.getItem('_beckon_' + name);
  if (isAsked('pick')) load('picker');
  if (isAsked('debug') && core.mayStore()) load('debug');
};
