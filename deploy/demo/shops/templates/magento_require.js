/* The part of Magento's own scripts that keeps a shopper's sections: in storage, asked anew when they were invalidated. */
(function () {
  'use strict';
  var KEEP = 'mage-cache-storage', STALE = 'mage-cache-storage-section-invalidation', NAMES = ['cart', 'customer'];
  var read = function (name) { return JSON.parse(localStorage.getItem(name) || '{}'); };
  var write = function (name, value) { localStorage.setItem(name, JSON.stringify(value)); };
  var observable = function (value) {
    var listeners = [];
    var self = function (next) {
      if (!arguments.length) return value;
      value = next;
      listeners.forEach(function (listener) { listener(value); });
    };
    self.subscribe = function (listener) { listeners.push(listener); };
    return self;
  };
  var sections = {};
  var get = function (name) { return sections[name] || (sections[name] = observable({})); };
  var reload = function (names) {
    var address = '/customer/section/load/?sections=' + names.join('%2C') + '&force_new_section_timestamp=true&_=' + Date.now();
    return fetch(address, {headers: {'X-Requested-With': 'XMLHttpRequest'}}).then(function (answer) {
      return answer.json();
    }).then(function (loaded) {
      var kept = read(KEEP), stale = read(STALE);
      Object.keys(loaded).forEach(function (name) {
        kept[name] = loaded[name];
        delete stale[name];
      });
      write(KEEP, kept);
      write(STALE, stale);
      Object.keys(loaded).forEach(function (name) { get(name)(loaded[name]); });
    });
  };
  var invalidate = function (names) {
    var kept = read(KEEP), stale = read(STALE);
    names.forEach(function (name) {
      delete kept[name];
      stale[name] = true;
    });
    write(KEEP, kept);
    write(STALE, stale);
  };
  var customerData = {
    get: get,
    reload: reload,
    invalidate: invalidate,
    post: function (address, body) {
      return fetch(address, {method: 'POST', body: body, headers: {'X-Requested-With': 'XMLHttpRequest'}}).then(function () {
        invalidate(NAMES);
        return reload(NAMES);
      });
    }
  };
  window.require = window.requirejs = function (names, then) {
    setTimeout(function () { then(customerData); });
  };
  var kept = read(KEEP);
  NAMES.forEach(function (name) { get(name)(kept[name] || {}); });
  var stale = Object.keys(read(STALE));
  if (stale.length) reload(stale);
})();
