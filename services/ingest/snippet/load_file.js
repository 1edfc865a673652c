/** Loads another of our files. Where a page takes no plain address for a script, by a Trusted Types policy of our name. */
const policy = safely(() => trustedTypes.createPolicy('beckon', {createScriptURL: (address) => address}))();
export const trusted = (address) => (policy ? policy.createScriptURL(address) : address);

export const loadFile = (name) => {
  const script = document.createElement('script');
  script.src = trusted(folder + name + '.js');
  document.head.append(script);
};
