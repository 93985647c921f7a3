// Inside the frame, on the host without cookies: shows the cleaned book with foliate-js and tells the page around it the place.
import "foliate/view";

const reader = document.getElementById("reader");
const byId = id => document.getElementById(id);
const view = document.createElement("foliate-view");
// A private window denies storage to a frame of another site: the size of letters then lasts as long as the page.
function kept(value) {
  try {
    if (value) sessionStorage.setItem("letters", value);
    return Number(sessionStorage.getItem("letters"));
  } catch { return value; }
}
let letters = kept() || 100;

const look = () => view.renderer?.setStyles?.(`
  html { font-size: ${letters}%; }
  p, li, blockquote, dd { line-height: 1.6; }
  @media (prefers-color-scheme: dark) { html { color: #f0edf7; background: #14111d; } a:any-link { color: #cabffa; } }
`);
// The pages drop a turn that is asked for while another is on its way: a few are kept and follow, a held key is not.
let turning = Promise.resolve(), waiting = 0;
function turn(how) {
  if (waiting > 2) return;
  waiting += 1;
  turning = turning.then(() => view[how]()).catch(console.error).finally(() => { waiting -= 1; });
}
function keys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches?.("input")) return;
  if (event.key === "ArrowLeft" || event.key === "PageUp") turn("goLeft");
  else if (event.key === "ArrowRight" || event.key === "PageDown" || event.key === " ") turn("goRight");
  else return;
  event.preventDefault();
}
function contents(items, list) {
  for (const item of items ?? []) {
    const row = document.createElement("li"), link = document.createElement("button");
    link.type = "button";
    link.textContent = item.label?.trim() || "…";
    link.addEventListener("click", () => { byId("contents").hidePopover(); view.goTo(item.href); });
    row.append(link);
    if (item.subitems?.length) { const below = document.createElement("ol"); contents(item.subitems, below); row.append(below); }
    list.append(row);
  }
}
function resize(step) {
  letters = Math.min(Math.max(letters + step, 70), 220);
  kept(letters);
  look();
}

view.addEventListener("load", event => event.detail.doc.addEventListener("keydown", keys));
view.addEventListener("external-link", event => {
  event.preventDefault();
  open(event.detail.href, "_blank", "noopener,noreferrer");
});
view.addEventListener("relocate", ({ detail }) => {
  const fraction = detail.fraction ?? 0;
  byId("slider").value = fraction;
  byId("slider").setAttribute("aria-valuetext", `${Math.round(fraction * 100)} %`);
  byId("percent").textContent = `${Math.round(fraction * 100)} %`;
  if (detail.cfi) parent.postMessage({ type: "place", cfi: detail.cfi, fraction }, reader.dataset.platform);
});
document.addEventListener("keydown", keys);
byId("back").addEventListener("click", () => turn("goLeft"));
byId("on").addEventListener("click", () => turn("goRight"));
byId("smaller").addEventListener("click", () => resize(-10));
byId("larger").addEventListener("click", () => resize(10));
byId("slider").addEventListener("change", event => view.goToFraction(Number(event.target.value)));

try {
  byId("page").append(view);
  await view.open(reader.dataset.book);
  look();
  contents(view.book.toc, byId("toc"));
  const place = decodeURIComponent(location.hash.slice(1));
  await view.init({ lastLocation: place || null, showTextStart: !place });
  byId("state").hidden = true;
  reader.dataset.ready = "1";
} catch (error) {
  console.error(error);
  byId("state").hidden = true;
  byId("failed").hidden = false;
}
