// The reading room: hears from the frame where the reader is and keeps it. The book itself never touches this page.
const form = document.getElementById("place");
const frame = document.getElementById("book");
let waiting = null, timer = 0, kept = "";

function keep() {
  clearTimeout(timer);
  if (!waiting || waiting.cfi === kept) return;
  const { cfi, fraction } = waiting;
  const body = new FormData(form);
  body.set("cfi", cfi);
  body.set("fraction", String(fraction));
  fetch(form.action, { method: "POST", body, keepalive: true })
    .then(answer => { if (answer.ok) { kept = cfi; form.dataset.kept = String(fraction); } else throw new Error(answer.status); })
    .catch(() => document.dispatchEvent(new CustomEvent("toast", { detail: { text: form.dataset.unsaved, bad: true } })));
}

addEventListener("message", event => {
  if (event.origin !== form.dataset.origin || event.source !== frame.contentWindow || event.data?.type !== "place") return;
  const { cfi, fraction } = event.data;
  if (typeof cfi !== "string" || typeof fraction !== "number") return;
  waiting = { cfi, fraction: Math.min(Math.max(fraction, 0), 1) };
  clearTimeout(timer);
  timer = setTimeout(keep, 1500);
});
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
addEventListener("pagehide", keep);
