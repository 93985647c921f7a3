// The platform's side of every H5P frame on the page: its height, and an outbox for results and states.
// What a frame says is kept on this machine first, then sent; a failed sending is tried again, a second one is harmless.
const BOX = "h5p-outbox-";
const WAIT = [1000, 3000, 10_000, 30_000, 60_000];
const STATE_PAUSE = 1500;
const KEEP = 200;

class Player {
  constructor(root) {
    this.root = root;
    this.frame = root.querySelector("iframe");
    this.note = root.querySelector("[data-h5p-note]");
    this.origin = root.dataset.origin;
    this.id = Number(root.dataset.content);
    this.box = BOX + root.dataset.user + "-" + this.id + "-" + root.dataset.context;
    this.failed = 0;
    this.queue = this.load();
    addEventListener("message", event => this.hear(event));
    addEventListener("online", () => this.send());
    addEventListener("pagehide", () => this.send(true));
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.send(true); });
    if (this.queue.length) this.send();
  }

  load() {
    try { return JSON.parse(localStorage.getItem(this.box)) || []; } catch { return []; }
  }

  save() {
    try {
      if (this.queue.length) localStorage.setItem(this.box, JSON.stringify(this.queue));
      else localStorage.removeItem(this.box);
    } catch { /* the machine's store is full or forbidden: what is in memory is still sent */ }
  }

  hear(event) {
    if (event.origin !== this.origin || event.source !== this.frame.contentWindow) return;
    const data = event.data;
    if (!data || typeof data !== "object" || data.h5p !== this.id) return;
    if (data.kind === "height" && Number.isFinite(data.height)) {
      this.frame.style.height = Math.min(Math.max(Math.ceil(data.height), 80), 20_000) + "px";
      this.root.dataset.ready = "";
    } else if (data.kind === "state" && typeof data.data === "string" && this.root.dataset.stateUrl) {
      const { dataType, subContentId, preload, invalidate } = data;
      // Only the newest state of a kind is worth sending.
      this.queue = this.queue.filter(one => one.busy || one.kind !== "state" || one.body.dataType !== dataType || one.body.subContentId !== subContentId);
      this.add("state", { dataType, subContentId, preload, invalidate, data: data.data });
    } else if (data.kind === "statement" && data.statement && typeof data.statement === "object") {
      this.add("result", { statement: data.statement });
    }
  }

  add(kind, body) {
    this.queue.push({ kind, body, id: crypto.randomUUID ? crypto.randomUUID() : uuid() });
    if (this.queue.length > KEEP) this.queue.splice(0, this.queue.length - KEEP);
    this.save();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), kind === "result" ? 50 : STATE_PAUSE);
  }

  async send(leaving = false) {
    if (this.sending && !leaving) return;
    clearTimeout(this.timer);
    this.sending = true;
    while (this.queue.length) {
      const one = this.queue[0];
      one.busy = true;
      const answer = this.post(one, leaving);
      if (leaving) {
        // The page may be gone before an answer comes: everything is sent at once and kept until the answer is known.
        for (const other of this.queue.slice(1)) this.post(other, true).then(ok => ok && this.drop(other));
      }
      const done = await answer;
      if (!done) { one.busy = false; break; }
      this.drop(one);
      if (leaving) break;
    }
    this.sending = false;
    this.failed = this.queue.length && !leaving ? this.failed + 1 : 0;
    this.show();
    if (this.queue.length) this.timer = setTimeout(() => this.send(), this.failed ? WAIT[Math.min(this.failed, WAIT.length) - 1] : STATE_PAUSE);
  }

  drop(one) {
    this.queue = this.queue.filter(other => other.id !== one.id);
    this.save();
  }

  /** True when the server has it, or will never take it. */
  async post(one, leaving) {
    const { context, token } = this.root.dataset;
    try {
      const response = await fetch(one.kind === "state" ? this.root.dataset.stateUrl : this.root.dataset.resultUrl, {
        method: "POST",
        credentials: "same-origin",
        keepalive: leaving,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ context, message: one.id, ...one.body }),
      });
      if (response.ok && one.kind === "result") {
        const result = await response.json();
        this.root.dispatchEvent(new CustomEvent("h5p:result", { bubbles: true, detail: result }));
      }
      return response.ok || [400, 404, 413].includes(response.status);
    } catch {
      return false;
    }
  }

  show() {
    if (this.note) this.note.hidden = !this.failed;
  }
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const begin = () => document.querySelectorAll("[data-h5p-player]:not([data-begun])").forEach(root => {
  root.dataset.begun = "";
  new Player(root);
  // Only now: a frame that loads before anybody listens would tell its height to nobody.
  const frame = root.querySelector("iframe");
  frame.src = frame.dataset.src;
});
begin();
document.addEventListener("htmx:after:swap", begin);
