// <marks-grid> around a server-rendered form of <input data-id="student-column">: keys, paste, undo, saving as one types.
// Without this script the same form posts as any other.
import { bare, byPerson, readBlock, readCell, rowResult } from "./marks.js";
import { Store, newKey } from "./marks-store.js";

const SOON = 600;
const RETRY = [2000, 5000, 15000, 30000];
const MOST = 500;

class MarksGrid extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.words = JSON.parse(document.getElementById("marks-words").textContent);
    this.rows = [...this.querySelectorAll("tbody tr")].map(tr => [...tr.querySelectorAll("input[data-id]")]).filter(row => row.length);
    this.cells = new Map();
    this.place = new Map();
    this.rows.forEach((row, y) => row.forEach((input, x) => {
      this.place.set(input, [y, x]);
      this.cells.set(input.dataset.id, { input, saved: input.defaultValue, shown: input.defaultValue, version: Number(input.dataset.version) });
      // A browser may bring back what stood in the field before a reload; what counts is what the server and the store say.
      input.value = input.defaultValue;
    }));
    this.pending = new Map();
    this.flights = [];
    this.undos = [];
    this.tries = 0;
    this.composing = false;
    this.store = new Store(`${this.dataset.user}:${this.dataset.sheet}`);
    if (!this.rows.length) return;
    this.listen();
    this.report();
    this.restore();
  }

  listen() {
    const on = (name, work) => this.addEventListener(name, work);
    on("compositionstart", () => (this.composing = true));
    on("compositionend", () => (this.composing = false));
    on("keydown", event => this.key(event));
    on("focusin", event => this.place.has(event.target) && this.enter(event.target));
    on("change", event => { if (this.place.has(event.target) && !event.target.readOnly) this.typed(event.target); });
    on("paste", event => this.paste(event));
    on("copy", event => this.copy(event));
    on("pointerdown", event => { if (!event.shiftKey) this.select(null); });
    on("click", event => {
      if (event.target.closest("[data-undo]")) this.undo();
      else if (event.target.closest("[data-bad]")) this.firstBad()?.focus();
      else if (event.target.closest("[data-mine]")) this.settle(true);
      else if (event.target.closest("[data-theirs]")) this.settle(false);
    });
    this.form.addEventListener("submit", event => { event.preventDefault(); this.flush(); });
    addEventListener("online", () => { this.tries = 0; this.flush(); });
    addEventListener("offline", () => this.report());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); });
    addEventListener("beforeunload", event => { if (this.unkept && (this.pending.size || this.flights.length)) event.preventDefault(); });
  }

  // -- what was kept -----------------------------------------------------------------------------------------------

  /** Bring back what an earlier visit could not send. What was typed while the database opened stays as it is. */
  async restore() {
    let kept;
    try {
      kept = await this.store.read();
    } catch {
      kept = { cells: [], batches: [] };
    }
    this.unkept = !(await this.store.ready);
    let count = 0;
    this.flights = [...kept.batches.map(({ key, at, changes }) => ({ key, at, changes })), ...this.flights];
    const earlier = [...kept.batches.flatMap(batch => batch.changes), ...kept.cells];
    for (const { id, value } of earlier) {
      const cell = this.cells.get(id);
      if (!cell || this.pending.has(id)) continue;
      count += 1;
      // The field being typed in keeps its text; Escape then goes back to the kept one.
      const untouched = cell.input.value === cell.shown;
      cell.shown = value;
      if (untouched) {
        cell.input.value = value;
        this.mark(cell, "dirty");
        this.average(cell.input);
      }
    }
    for (const { id, value, version } of kept.cells) {
      if (this.cells.has(id) && !this.pending.has(id)) this.pending.set(id, { value, version });
    }
    if (count) this.say(this.words.restored.replace("{n}", count), true);
    this.restored = true;
    // Typed meanwhile: now that the database is open, it is kept as well.
    await this.keep([...this.pending.keys()]);
    this.flush();
  }

  async keep(ids) {
    try {
      await this.store.keep(ids.filter(id => this.pending.has(id)).map(id => ({ id, ...this.pending.get(id) })));
    } catch {
      this.unkept = true;
    }
  }

  // -- moving ------------------------------------------------------------------------------------------------------

  enter(input) {
    this.now?.closest("tr").removeAttribute("data-active");
    this.now = input;
    input.closest("tr").dataset.active = "";
    input.select();
    this.bar();
  }

  cellOf(input) {
    return this.cells.get(input.dataset.id);
  }

  /** The line above the table: whose cell this is, what is wrong with it, and the choice when two people wrote it. */
  bar() {
    const input = this.now;
    if (!input) return;
    const cell = this.cellOf(input);
    const name = document.createElement("b");
    name.textContent = input.closest("tr").querySelector("th").textContent.trim();
    this.querySelector("[data-who]").replaceChildren(name, ` · ${document.getElementById(input.dataset.head).dataset.full}`);
    const why = cell.why || (input.readOnly ? document.getElementById(input.dataset.head).dataset.why : "");
    this.querySelector("#cell-why").textContent = why ? ` – ${why}` : "";
    const choice = this.querySelector("[data-choice]");
    choice.hidden = !cell.theirs;
    if (cell.theirs) {
      choice.querySelector("[data-mine]").textContent = this.words.mine.replace("{value}", input.value || this.words.blank);
      choice.querySelector("[data-theirs]").textContent = this.words.theirs.replace("{value}", cell.theirs.value || this.words.blank);
    }
  }

  move(input, down, right, extend = false) {
    const [y, x] = this.place.get(input);
    const next = this.rows[y + down]?.[x + right];
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (extend) {
      this.anchor ??= input;
      this.select(this.anchor, next);
    } else this.select(null);
  }

  key(event) {
    const input = event.target;
    // An input method is composing (Telex, VNI): the keys are its own, Enter included.
    if (!this.place.has(input) || event.isComposing || this.composing || event.keyCode === 229) return;
    const text = input.dataset.scale === "text";
    const start = input.selectionStart === 0, end = input.selectionEnd === input.value.length;
    const whole = start && end;
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      // In the last row the focus stays, so no change event would come.
      if (!input.readOnly && input.value !== this.cellOf(input).shown) this.typed(input);
      this.move(input, event.shiftKey ? -1 : 1, 0);
    } else if (step) {
      const sideways = step[1] !== 0;
      // Within a text the arrows move the caret; at its edge, or with everything selected, they leave the cell.
      if (sideways && !whole && (event.shiftKey ? text : step[1] > 0 ? !end : !start)) return;
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.move(input, ...step, event.shiftKey);
    } else if (event.key === "Escape") {
      input.value = this.cellOf(input).shown;
      this.select(null);
      input.select();
    } else if (event.key === "Delete" && this.range) {
      event.preventDefault();
      this.apply(this.range.filter(one => !one.readOnly).map(one => [one, ""]));
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && this.undos.length && input.value === this.cellOf(input).shown) {
      event.preventDefault();
      this.undo();
    } else if (event.ctrlKey && event.key === "Home") {
      event.preventDefault();
      this.rows[0][0].focus();
    } else if (event.ctrlKey && event.key === "End") {
      event.preventDefault();
      this.rows.at(-1).at(-1).focus();
    }
  }

  select(from, to) {
    for (const input of this.range ?? []) delete input.parentNode.dataset.sel;
    this.range = null;
    if (!from) return void (this.anchor = null);
    const [y1, x1] = this.place.get(from), [y2, x2] = this.place.get(to);
    this.range = [];
    for (let y = Math.min(y1, y2); y <= Math.max(y1, y2); y++)
      for (let x = Math.min(x1, x2); x <= Math.max(x1, x2); x++) this.range.push(this.rows[y][x]);
    for (const input of this.range) input.parentNode.dataset.sel = "";
  }

  copy(event) {
    if (!this.range) return;
    const lines = new Map();
    for (const input of this.range) {
      const [y] = this.place.get(input);
      lines.set(y, [...(lines.get(y) ?? []), input.value]);
    }
    event.preventDefault();
    event.clipboardData.setData("text/plain", [...lines.values()].map(line => line.join("\t")).join("\n"));
  }

  // -- editing -----------------------------------------------------------------------------------------------------

  /** A value was typed: read it, write it back tidied, and put it on the way. Never while it is being composed. */
  typed(input) {
    const quick = !input.dataset.pasted;
    delete input.dataset.pasted;
    this.commit(input, quick);
  }

  paste(event) {
    const input = event.target;
    if (!this.place.has(input)) return;
    const text = event.clipboardData.getData("text/plain");
    // One plain value goes into the field as usual, only it is no quick typing; into one that is shut nothing goes.
    if (!/[\t\n]/.test(text)) return void (input.dataset.pasted = "1");
    event.preventDefault();
    const [y, x] = this.place.get(input);
    const block = readBlock(text);
    const named = byPerson(block, this.people(), this.rows[0].map(one => one.dataset.code), x);
    const edits = [];
    let outside = named?.strangers ?? 0, shut = 0;
    const put = (row, column, value) => {
      const target = this.rows[row]?.[column];
      // The same text over a shut cell changes nothing and is no news.
      if (target?.readOnly) shut += target.value !== value.trim();
      else if (target) edits.push([target, value]);
      else outside += 1;
    };
    if (named) for (const [row, column, value] of named.edits) put(row, column, value);
    else block.forEach((row, down) => row.forEach((value, right) => put(y + down, x + right, value)));
    const { bad, rounded } = this.apply(edits);
    const said = [(named ? this.words.matched : this.words.pasted).replace("{n}", edits.length)];
    if (rounded) said.push(this.words.rounded.replace("{n}", rounded));
    if (bad) said.push(this.words.bad.replace("{n}", bad));
    if (shut) said.push(this.words.shut.replace("{n}", shut));
    if (outside) said.push(this.words.outside.replace("{n}", outside));
    this.say(said.join(" "), true);
    this.querySelector("[data-who]").textContent = said.join(" ");
  }

  /** Rows by what names their pupil; a name that two pupils bear names neither. */
  people() {
    const found = new Map();
    this.rows.forEach(([first], y) => {
      const row = first.closest("tr"), name = bare(row.querySelector("th").textContent);
      found.set(name, found.has(name) ? undefined : y);
      for (const code of row.dataset.codes.split(" ")) if (code) found.set(code.toLowerCase(), y);
    });
    return found;
  }

  /** Write a block as one step that can be undone. */
  apply(edits) {
    this.undos.push(edits.map(([input]) => [input, this.cellOf(input).shown]));
    let bad = 0, rounded = 0;
    for (const [input, value] of edits) {
      input.value = value;
      const read = this.commit(input);
      if (read.fault) bad += 1;
      else if (read.rounded) rounded += 1;
    }
    this.querySelector("[data-undo]").disabled = false;
    return { bad, rounded };
  }

  undo() {
    const step = this.undos.pop();
    if (!step) return;
    for (const [input, value] of step) {
      input.value = value;
      this.commit(input);
    }
    this.querySelector("[data-undo]").disabled = !this.undos.length;
    this.say(this.words.undone.replace("{n}", step.length), true);
  }

  commit(input, quick = false) {
    const cell = this.cellOf(input), id = input.dataset.id;
    const read = readCell(input.dataset.scale, input.value, quick);
    if (read.fault) {
      this.mark(cell, "error", this.words.faults[read.fault]);
      this.average(input);
      this.report();
      return read;
    }
    input.value = cell.shown = read.text;
    this.average(input);
    const flying = this.flights.some(batch => batch.changes.some(change => change.id === id));
    // Before the store has been read an older batch may still be on its way: then even the saved value must follow it.
    if (read.text === cell.saved && !flying && !cell.theirs && this.restored) {
      this.pending.delete(id);
      this.store.forget([id]).catch(() => {});
      this.mark(cell, "");
    } else {
      this.pending.set(id, { value: read.text, version: cell.version });
      delete cell.theirs;
      this.mark(cell, "dirty");
      this.keep([id]);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), SOON);
    }
    this.report();
    return read;
  }

  /** Two people wrote the same cell: keep mine over theirs, or take theirs. */
  settle(mine) {
    const input = this.now, cell = this.cellOf(input), theirs = cell.theirs;
    if (!theirs) return;
    delete cell.theirs;
    if (!mine) {
      input.value = cell.shown = theirs.value;
      this.mark(cell, "");
      this.average(input);
      this.report();
    } else {
      cell.saved = theirs.value;
      this.commit(input);
      this.flush();
    }
    input.focus();
    this.bar();
  }

  mark(cell, state, why) {
    const box = cell.input.parentNode;
    if (state) box.dataset.state = state;
    else delete box.dataset.state;
    cell.why = why;
    if (state === "error" || state === "conflict") {
      cell.input.setAttribute("aria-invalid", "true");
      cell.input.setAttribute("aria-describedby", "cell-why");
    } else {
      cell.input.removeAttribute("aria-invalid");
      cell.input.removeAttribute("aria-describedby");
    }
    if (cell.input === this.now) this.bar();
  }

  average(input) {
    const row = input.closest("tr"), output = row.querySelector("output");
    if (!output || !this.dataset.formula) return;
    const cells = [...row.querySelectorAll("input[data-id]")].map(one => {
      const read = readCell(one.dataset.scale, one.value);
      return { kind: one.dataset.kind, scale: one.dataset.scale, text: read.fault ? "" : read.text };
    });
    this.result(output, rowResult(this.dataset.formula, cells));
  }

  /** A primary sheet has levels and no result of the row: there is nothing to write then. */
  result(output, text) {
    if (!output) return;
    output.value = text || "–";
    output.dataset.open = text ? "" : "1";
  }

  // -- sending -----------------------------------------------------------------------------------------------------

  /** Pack what waits and send the oldest batch; one at a time, so that they arrive in the order they were typed. */
  async flush() {
    clearTimeout(this.timer);
    if (this.busy || !this.restored) return;
    this.busy = true;
    try {
      if (!this.flights.length && this.pending.size) await this.pack();
      if (!this.flights.length || !navigator.onLine) return;
      await this.send(this.flights[0]);
    } finally {
      this.busy = false;
      this.report();
    }
    if ((this.flights.length || this.pending.size) && navigator.onLine && !this.waiting) this.flush();
  }

  async pack() {
    const changes = [...this.pending].slice(0, MOST).map(([id, { value, version }]) => ({ id, value, version }));
    const batch = { key: newKey(), at: Date.now(), changes };
    for (const { id } of changes) this.pending.delete(id);
    this.flights.push(batch);
    // The batch is on disk under its key before it is on the wire: after a crash it is sent again as the same batch.
    try {
      await this.store.pack(batch);
    } catch {
      this.unkept = true;
    }
  }

  async send(batch) {
    for (const { id } of batch.changes) {
      const cell = this.cells.get(id);
      if (cell && !this.pending.has(id) && cell.input.parentNode.dataset.state !== "error") this.mark(cell, "saving");
    }
    this.report();
    let answer;
    try {
      const response = await fetch(this.dataset.url, {
        method: "POST",
        redirect: "manual",
        keepalive: JSON.stringify(batch).length < 60000,
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({
          key: batch.key,
          // A page left open while somebody else signed in must not write in that person's name.
          user: Number(this.dataset.user),
          changes: batch.changes.map(({ id, value, version }) => {
            const [student, column] = id.split("-").map(Number);
            return { student, column, value, version };
          }),
        }),
      });
      if (!response.ok) throw Object.assign(new Error("refused"), { signedOut: response.status < 500 });
      answer = await response.json();
    } catch (error) {
      return this.failed(batch, error.signedOut);
    }
    this.tries = 0;
    this.signedOut = false;
    this.answer(batch, answer);
    this.flights.shift();
    this.at = new Date();
    await this.store.answered(batch.key).catch(() => {});
  }

  /** Nothing is lost: the batch stays, with its key, and is tried again. */
  failed(batch, signedOut) {
    for (const { id } of batch.changes) {
      const cell = this.cells.get(id);
      if (cell?.input.parentNode.dataset.state === "saving") this.mark(cell, "dirty");
    }
    this.signedOut = Boolean(signedOut);
    const pause = RETRY[Math.min(this.tries++, RETRY.length - 1)];
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.waiting = null; this.flush(); }, pause);
  }

  answer(batch, { outcomes, results }) {
    const sent = new Map(batch.changes.map(change => [change.id, change.value]));
    for (const { student, column, status, value, version, why } of outcomes) {
      const id = `${student}-${column}`, cell = this.cells.get(id);
      if (!cell) continue;
      const newer = this.pending.get(id);
      if (status === "ok") {
        cell.saved = value;
        cell.version = Math.max(version, cell.version);
        if (newer) {
          // Our own write moved the version on; the newer text follows it.
          newer.version = cell.version;
          this.keep([id]);
          continue;
        }
        if (cell.input.value === sent.get(id)) cell.input.value = value;
        cell.shown = value;
        this.mark(cell, "saved");
      } else if (status === "conflict") {
        cell.saved = value;
        cell.version = version;
        cell.theirs = { value, version };
        if (newer) { this.pending.delete(id); this.store.forget([id]).catch(() => {}); }
        this.mark(cell, "conflict", why);
      } else this.mark(cell, "error", why);
    }
    for (const [student, text] of Object.entries(results)) {
      const row = this.querySelector(`tr[data-student="${student}"]`);
      const typing = row && [...row.querySelectorAll("input[data-id]")].some(input => this.pending.has(input.dataset.id));
      // What the server computed stands; only a row with something newer in it keeps its own figure for a moment.
      if (row && !typing) this.result(row.querySelector("output"), text);
    }
  }

  firstBad() {
    return this.querySelector("[data-state=error] input, [data-state=conflict] input");
  }

  report() {
    const waiting = new Set([...this.pending.keys(), ...this.flights.flatMap(batch => batch.changes.map(change => change.id))]).size;
    const bad = this.querySelectorAll("[data-state=error], [data-state=conflict]").length;
    const words = this.words;
    let text = words.idle, kind = "ok";
    if (this.signedOut) [text, kind] = [words.signedOut, "bad"];
    else if (waiting && !navigator.onLine) [text, kind] = [words.offline.replace("{n}", waiting), "warn"];
    else if (waiting && this.busy) [text, kind] = [words.saving, "warn"];
    else if (waiting) [text, kind] = [words.waiting.replace("{n}", waiting), "warn"];
    else if (this.at) text = words.saved.replace("{time}", new Intl.DateTimeFormat("vi", { hour: "2-digit", minute: "2-digit", hour12: false }).format(this.at));
    const status = this.querySelector("[data-status]");
    status.dataset.kind = kind;
    status.querySelector("span").textContent = text;
    const badge = this.querySelector("[data-bad]");
    badge.hidden = !bad;
    badge.textContent = words.bad.replace("{n}", bad);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.say(bad ? `${text} ${badge.textContent}` : text), 1500);
  }

  say(text, important = false) {
    const live = this.querySelector("[data-live]");
    if (important) this.hold = Date.now();
    else if (Date.now() - (this.hold ?? 0) < 4000) return;
    if (live.textContent !== text) live.textContent = text;
  }
}

customElements.define("marks-grid", MarksGrid);
