// Before the H5P core: its data, from JSON in the page, because no inline script may run here.
window.H5PIntegration = JSON.parse(document.getElementById("integration").textContent);

// Browsers that keep foreign frames from storing anything throw at the mere look at localStorage; the core looks.
// What it would keep there the platform's page keeps, so a store that lasts as long as the page is enough.
for (const name of ["localStorage", "sessionStorage"]) {
  try {
    window[name].length;
  } catch {
    const kept = new Map();
    const store = {
      getItem: key => (kept.has(String(key)) ? kept.get(String(key)) : null),
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: key => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: index => [...kept.keys()][index] ?? null,
    };
    const value = new Proxy(store, {
      get: (target, key) => (key === "length" ? kept.size : key in target ? target[key] : kept.get(String(key))),
      set: (target, key, text) => (kept.set(String(key), String(text)), true),
      deleteProperty: (target, key) => (kept.delete(String(key)), true),
    });
    Object.defineProperty(window, name, { value });
  }
}
