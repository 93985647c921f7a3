// What every page does: service worker, toasts, the offline note, questions before dangerous actions, the phone's menu.
const root = document.documentElement;
const toast = document.getElementById("toast");
const words = toast.dataset;

if ("serviceWorker" in navigator && root.dataset.worker) addEventListener("load", () => navigator.serviceWorker.register(root.dataset.worker).catch(() => {}));

let hiding;
/** Say something for six seconds without taking the focus. */
export function say(text, bad = false) {
  toast.textContent = text;
  toast.className = bad ? "toast bad" : "toast";
  clearTimeout(hiding);
  hiding = setTimeout(() => (toast.className = "vh"), 6000);
}
document.addEventListener("toast", e => say(e.detail.text ?? e.detail.value ?? "", e.detail.bad));

// htmx: a form with mistakes (422) is swapped in; other errors leave the page as it is and are said.
document.addEventListener("htmx:error", () => say(words.network, true));
document.addEventListener("htmx:response:error", e => {
  const status = e.detail.ctx?.response?.status;
  if (status >= 500) say(words.busy, true);
  else if (status === 404 || status === 410) say(words.missing, true);
  else if (status === 401 || status === 403) say(words.expired, true);
});

const note = document.getElementById("offline");
const loaded = new Date();
function network() {
  if (!note) return;
  note.hidden = navigator.onLine;
  const time = new Intl.DateTimeFormat(root.lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(loaded);
  note.querySelector("span").textContent = navigator.onLine ? "" : note.dataset.text.replace("{time}", time);
}
addEventListener("offline", network);
addEventListener("online", () => { network(); say(words.online); });
if (!navigator.onLine) network();

// data-confirm="Question?" on a button or link: asked in our own dialog, then the same click goes through.
const dialog = document.getElementById("confirm");
document.addEventListener("click", e => {
  const asked = e.target.closest?.("[data-confirm]");
  if (!asked || asked.dataset.confirmed) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  dialog.querySelector("#confirm-text").textContent = asked.dataset.confirm;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = asked.dataset.confirmYes || asked.textContent.trim() || yes.textContent;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    asked.dataset.confirmed = "1";
    asked.click();
    delete asked.dataset.confirmed;
  }, { once: true });
  dialog.showModal();
}, true);

// The summary of a refused form takes the focus, on a full page and after a swap.
const focusSummary = () => document.querySelector("[data-focus]")?.focus();
focusSummary();
document.addEventListener("htmx:after:swap", focusSummary);

// data-submit on a select or checkbox: choosing is enough, the form's button is for browsers without scripts.
document.addEventListener("change", e => { if (e.target.matches?.("[data-submit]")) e.target.form?.requestSubmit(); });
document.addEventListener("click", e => { if (e.target.closest?.("[data-print]")) print(); });

// A second tap while the first is on its way sends nothing twice.
document.addEventListener("submit", e => {
  const form = e.target;
  if (e.defaultPrevented || form.method === "dialog" || form.method === "get" || form.matches("[hx-post], [hx-put], [hx-delete]")) return;
  if (form.dataset.sent) return e.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });

// A long menu opens at the page one is on.
const here = document.querySelector(".nav .entries [aria-current]");
if (here && getComputedStyle(here.parentElement.closest(".entries")).overflowY === "auto") here.scrollIntoView({ block: "nearest" });
