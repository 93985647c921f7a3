// Sends what the player says was watched, keeps it on this machine until the server has it, and shows the answer.
// A report holds everything played on this page; the server merges, so sending again does no harm.
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRFToken"] ?? "";

class Watch {
  constructor(box) {
    this.box = box;
    this.key = `watch-${box.dataset.key}`;
    // Ranges of an earlier page that was closed before they could be sent.
    this.earlier = this.stored();
    this.report = null;
    box.addEventListener("media:watched", event => {
      const { position, ranges, leaving } = event.detail;
      this.report = { material: Number(box.dataset.material), position, ranges: [...this.earlier, ...ranges] };
      this.keep(this.report.ranges);
      this.send(leaving);
    });
    addEventListener("online", () => this.send());
    // A page from the back-forward cache shows an old state: another device may have gone on since.
    addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
    if (this.earlier.length) {
      this.report = { material: Number(box.dataset.material), position: Number(box.dataset.position), ranges: this.earlier };
      this.send();
    }
  }

  stored() {
    try { return JSON.parse(localStorage.getItem(this.key)) ?? []; } catch { return []; }
  }

  keep(ranges) {
    try {
      if (ranges.length) localStorage.setItem(this.key, JSON.stringify(ranges));
      else localStorage.removeItem(this.key);
    } catch { /* a full or closed store: the ranges stay in this page's memory and go with the next report */ }
  }

  async send(leaving = false) {
    if (!this.report || (this.sending && !leaving)) return;
    const report = this.report;
    this.sending = true;
    try {
      // fetch with keepalive rather than sendBeacon: a beacon cannot carry the CSRF header
      const reply = await fetch(this.box.dataset.url, {
        method: "POST", body: JSON.stringify(report), keepalive: leaving, credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      });
      // 400 and 422: the server will never take these ranges, and keeping them would block all later ones.
      if (reply.ok || reply.status === 422 || reply.status === 400) {
        this.earlier = [];
        if (this.report === report) { this.report = null; this.keep([]); }
      }
      if (reply.ok) this.show(await reply.json());
    } catch { /* no network: the ranges are kept and go with the next report */ }
    this.sending = false;
  }

  show(state) {
    this.box.querySelector("[data-watch-percent]").textContent = state.text;
    const ready = state.done.includes(state.material);
    const line = document.querySelector(`[data-watch-text="${state.material}"]`);
    if (line && !ready) line.textContent = state.text;
    if (ready && this.box.dataset.done !== "1") {
      this.box.dataset.done = "1";
      document.body.dispatchEvent(new CustomEvent("lesson-refresh"));
    }
  }
}

for (const box of document.querySelectorAll("[data-watch]")) new Watch(box);
// An exercise was answered: what is done may have changed.
document.addEventListener("h5p:result", () => document.body.dispatchEvent(new CustomEvent("lesson-refresh")));
