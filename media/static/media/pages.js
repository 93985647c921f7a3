// A document's pages by pdf.js: drawn as they come near, words over them, the place remembered on this device.
const root = document.querySelector("[data-document]");
const list = root.querySelector("[data-pages-list]");
const status = root.querySelector("[data-pages-status]");
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]; // 1 fills the width
const WIDEST = 900; // pixels that a page takes at zoom 1
const KEY = `pages-${root.dataset.key}`;
const remember = page => { try { localStorage.setItem(KEY, String(page)); } catch { /* a private window keeps nothing */ } };
const remembered = () => { try { return Number(localStorage.getItem(KEY)) || 1; } catch { return 1; } };

let pdf, lib, zoom = 1, current = 1;
const drawn = new Map(); // page element → what is being drawn in it

function fail(error) {
  console.warn(error);
  root.querySelector("[data-pages-error]").hidden = false;
  status.textContent = "";
}

async function open() {
  lib = await import(root.dataset.pdf);
  lib.GlobalWorkerOptions.workerSrc = root.dataset.worker;
  // Only what is looked at is fetched: long documents on slow lines.
  pdf = await lib.getDocument({ url: root.dataset.document, useWasm: false, disableAutoFetch: true, isEvalSupported: false }).promise;
  const first = await pdf.getPage(1);
  const { width, height } = first.getViewport({ scale: 1 });
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = document.createElement("div");
    page.className = "page";
    page.dataset.page = number;
    page.setAttribute("role", "group");
    page.setAttribute("aria-label", root.dataset.textPage.replace("{page}", number));
    // Until its own size is known, as large as the first.
    Object.assign(page, { paper: { width, height } });
    size(page);
    list.append(page);
    near.observe(page);
    seen.observe(page);
  }
  go(Math.min(remembered(), pdf.numPages), "instant");
}

const scaleOf = page => (Math.min(list.clientWidth - 2, WIDEST) * zoom) / page.paper.width;

function size(page) {
  const scale = scaleOf(page);
  page.style.width = `${Math.floor(page.paper.width * scale)}px`;
  page.style.height = `${Math.floor(page.paper.height * scale)}px`;
}

async function draw(page) {
  const before = drawn.get(page);
  const mine = {};
  drawn.set(page, mine);
  before?.task?.cancel();
  const source = await pdf.getPage(Number(page.dataset.page));
  const { width, height } = source.getViewport({ scale: 1 });
  page.paper = { width, height };
  size(page);
  const viewport = source.getViewport({ scale: scaleOf(page) });
  const canvas = document.createElement("canvas");
  const dots = Math.min(devicePixelRatio || 1, 2); // sharp enough, and a cheap phone has little memory
  canvas.width = Math.floor(viewport.width * dots);
  canvas.height = Math.floor(viewport.height * dots);
  if (drawn.get(page) !== mine) return;
  mine.task = source.render({ canvas, viewport, transform: dots === 1 ? null : [dots, 0, 0, dots, 0, 0] });
  try { await mine.task.promise; } catch (error) { if (error.name !== "RenderingCancelledException") throw error; return; }
  const words = document.createElement("div");
  words.className = "textLayer";
  page.style.setProperty("--total-scale-factor", viewport.scale);
  page.replaceChildren(canvas, words);
  await new lib.TextLayer({ textContentSource: source.streamTextContent(), container: words, viewport }).render();
}

// Drawn when a screen away, emptied when far, so that a long document does not fill a phone's memory.
const near = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) draw(target).catch(fail);
    else if (drawn.delete(target)) target.replaceChildren();
  }
}, { root: list, rootMargin: "100% 0%" });

const parts = new Map();
const seen = new IntersectionObserver(entries => {
  for (const { target, intersectionRect } of entries) parts.set(target, intersectionRect.height);
  const [page] = [...parts].reduce((best, one) => (one[1] > best[1] ? one : best));
  current = Number(page.dataset.page);
  status.textContent = root.dataset.textWhere.replace("{page}", current).replace("{pages}", pdf.numPages);
  remember(current);
}, { root: list, threshold: [0, 0.25, 0.5, 0.75, 1] });

function go(number, behavior = "smooth") {
  const page = list.children[Math.max(1, Math.min(number, list.children.length)) - 1];
  list.scrollTo({ top: page.offsetTop - list.offsetTop, behavior });
}

function resize() {
  if (!pdf) return;
  const stay = current;
  for (const page of list.children) size(page);
  for (const page of drawn.keys()) draw(page).catch(fail);
  go(stay, "instant");
}

root.addEventListener("click", event => {
  const button = event.target.closest("[data-pages-go], [data-pages-zoom]");
  if (!button || !pdf) return;
  if (button.dataset.pagesGo) return go(current + Number(button.dataset.pagesGo));
  zoom = ZOOMS[Math.max(0, Math.min(ZOOMS.indexOf(zoom) + Number(button.dataset.pagesZoom), ZOOMS.length - 1))];
  resize();
});
let width = 0;
new ResizeObserver(() => { if (list.clientWidth !== width) { width = list.clientWidth; resize(); } }).observe(list);
open().catch(fail);
