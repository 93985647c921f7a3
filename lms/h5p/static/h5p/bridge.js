// Between the H5P core and the platform's page: everything that is to be kept is told to the page, this host keeps nothing.
(() => {
  "use strict";
  const { contentId, platform } = JSON.parse(document.getElementById("bridge").textContent);
  const PATIENCE = 3000; // ms after the page has loaded until a content that has not begun counts as broken
  const say = (kind, data) => parent.postMessage({ h5p: contentId, kind, ...data }, platform);

  // The frame's height: what is in the page, told whenever it changes.
  let told = 0;
  const measure = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    const full = Math.max(height, document.body.scrollHeight);
    if (full && Math.abs(full - told) > 1) say("height", { height: (told = full) });
  };
  const seen = new ResizeObserver(measure);
  const start = () => { seen.observe(document.body); measure(); };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
  addEventListener("load", measure);

  const H5P = window.H5P;
  if (!H5P || !H5P.externalDispatcher) return;

  const kept = (window.H5PIntegration.contents["cid-" + contentId] || {}).contentUserData || {};
  const last = new Map();
  const key = (type, sub) => sub + " " + type;
  for (const [sub, types] of Object.entries(kept)) for (const [type, text] of Object.entries(types)) last.set(key(type, sub), text);

  const keep = (type, sub, text, extras = {}) => {
    if (last.get(key(type, sub)) === text) return;
    last.set(key(type, sub), text);
    say("state", { dataType: String(type), subContentId: String(sub), data: text, preload: extras.preloaded !== false, invalidate: !!extras.deleteOnChange });
  };

  // The core asks and tells the server; here it reads what is in the page and tells the page.
  H5P.getUserData = (id, type, done, sub) => {
    const text = (kept[sub || 0] || {})[type];
    if (text === undefined) return done(undefined, undefined);
    if (text === "RESET") return done(undefined, null);
    let value;
    try { value = JSON.parse(text); } catch (error) { return done(error); }
    done(undefined, value);
  };
  H5P.setUserData = (id, type, data, extras = {}) => {
    let text;
    try { text = JSON.stringify(data); } catch (error) { if (extras.errorCallback) extras.errorCallback(error); return; }
    if (text !== undefined) keep(type, extras.subContentId || 0, text, extras);
  };
  H5P.deleteUserData = (id, type, sub) => {
    if (kept[sub || 0]) delete kept[sub || 0][type];
    last.delete(key(type, sub || 0));
    say("state", { dataType: String(type), subContentId: String(sub || 0), data: "0", preload: true, invalidate: false });
  };

  H5P.externalDispatcher.on("xAPI", event => {
    const statement = event.data && event.data.statement;
    if (statement) say("statement", { statement: JSON.parse(JSON.stringify(statement)) });
    setTimeout(sample, 300);
  });

  // A page that is closed gets no time to save. So the state is looked at every second and told when it has changed.
  function sample() {
    for (const instance of H5P.instances || []) {
      if (typeof instance.getCurrentState !== "function") continue;
      let state;
      try { state = instance.getCurrentState(); } catch { continue; }
      if (state !== undefined && state !== null) H5P.setUserData(contentId, "state", state, { deleteOnChange: true });
    }
    measure();
  }
  // The core starts a content only after "load" where scripts come slowly: a late start takes the sentence back.
  const judge = () => { document.getElementById("broken").hidden = (H5P.instances || []).length > 0; measure(); };
  addEventListener("load", () => setTimeout(judge, PATIENCE));
  H5P.externalDispatcher.on("initialized", judge);
  addEventListener("load", () => setInterval(() => { if (!document.hidden) sample(); }, 1000));
  document.addEventListener("visibilitychange", sample);
  for (const name of ["beforeunload", "pagehide"]) addEventListener(name, sample);
})();
