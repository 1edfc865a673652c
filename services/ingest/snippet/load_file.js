/** Loads another of our files. Where a page takes no plain address for a script, by a Trusted Types policy of our name. */
const same = (text) => text;
const policy = safely(() => trustedTypes.createPolicy('beckon', {createScriptURL: same, createHTML: same}))();
export const trusted = (text, kind = 'ScriptURL') => (policy ? policy['create' + kind](text) : text);

export const loadFile = (name) => {
  const script = document.createElement('script');
  script.src = trusted(folder + name + '.js');
  document.head.append(script);
};
