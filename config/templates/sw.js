{% load static %}// The installed app's worker: the shell and the offline page are kept, personal pages never are.
const SHELL = [
  "{{ offline }}",
  "{% static "ui/app.css" %}",
  "{% static "ui/icons.svg" %}",
  "{% static "ui/icon.svg" %}",
  "{% static "js/app.js" %}",
  "{% static "vendor/htmx.org/dist/htmx.min.js" %}",
  "{% static "fonts/bvp-400.woff2" %}",
  "{% static "fonts/bvp-600.woff2" %}",
];
const CACHE = "shell-{{ version }}";
const HASHED = /\.[0-9a-f]{12}\./;

addEventListener("install", event => event.waitUntil(caches.open(CACHE).then(cache => cache.addAll(SHELL)).then(() => self.skipWaiting())));
addEventListener("activate", event => event.waitUntil(Promise.all([
  caches.keys().then(names => Promise.all(names.filter(name => name.startsWith("shell-") && name !== CACHE).map(name => caches.delete(name)))),
  self.registration.navigationPreload?.enable(),
  self.clients.claim(),
])));

async function hashed(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const copy = answer.clone();
    caches.open(CACHE).then(cache => cache.put(request, copy));
  }
  return answer;
}
async function unhashed(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw error;
  }
}
async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    return caches.match("{{ offline }}");
  }
}
addEventListener("fetch", event => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("{{ static_url }}")) event.respondWith(HASHED.test(url.pathname) ? hashed(event.request) : unhashed(event.request));
  else if (event.request.mode === "navigate") event.respondWith(page(event));
});
