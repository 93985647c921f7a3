// The player: Media Chrome's controls, hls.js fetched when play is first pressed, our own menus, honest watched ranges.
const SEND_MS = 15000;
const GAP = 1.5; // a larger jump between two ticks at normal speed is a seek, not watching

/** Merge [from, to] seconds into sorted, disjoint ranges. */
export function merge(ranges, from, to) {
  const all = [...ranges, [from, to]].sort((a, b) => a[0] - b[0]);
  const merged = [];
  for (const [start, end] of all) {
    const last = merged.at(-1);
    if (last && start <= last[1] + 0.25) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Media Chrome writes its labels in English as its state changes: say them in the page's language. */
function translateLabels(root) {
  const words = JSON.parse(root.dataset.words);
  const patterns = Object.entries(words).filter(([key]) => key.includes("{")).map(([key, to]) => [new RegExp(`^${key.replace(/\{\w+\}/g, "(.+)")}$`), key.match(/\{\w+\}/g), to]);
  const say = text => {
    if (words[text]) return words[text];
    const units = part => part.replace(/\b(hour|minute|second)s?\b/g, (_, unit) => words[unit]);
    for (const [pattern, holes, to] of patterns) {
      const found = text.match(pattern);
      if (found) return holes.reduce((line, hole, i) => line.replace(hole, units(found[i + 1])), to);
    }
    return units(text);
  };
  const names = ["aria-label", "aria-valuetext", "aria-description"];
  const translate = node => {
    for (const name of names) {
      const text = node.getAttribute?.(name);
      const said = text && say(text);
      if (said && said !== text) node.setAttribute(name, said);
    }
  };
  const controls = root.querySelector("media-controller");
  new MutationObserver(changes => changes.forEach(change => translate(change.target))).observe(controls, { subtree: true, attributes: true, attributeFilter: names });
  [controls, ...controls.querySelectorAll("*")].forEach(translate);
  controls.querySelector("media-time-display").setAttribute("role", "timer");
}

// The language in which captions were last read; "" when they were turned off. Private windows may keep nothing.
const KEY = "captions";
const remember = language => { try { localStorage.setItem(KEY, language); } catch { /* not kept */ } };
const remembered = () => { try { return localStorage.getItem(KEY) || null; } catch { return null; } };

class Watched {
  constructor(media, url, csrf) {
    Object.assign(this, { media, url, csrf, ranges: [], last: null, dirty: false });
    media.addEventListener("timeupdate", () => this.tick());
    media.addEventListener("seeking", () => (this.last = null));
    for (const name of ["pause", "ended"]) media.addEventListener(name, () => { this.tick(); this.last = null; this.send(); });
    media.addEventListener("playing", () => (this.last = media.currentTime));
    setInterval(() => { if (!media.paused) this.send(); }, SEND_MS);
    document.addEventListener("visibilitychange", () => { if (document.hidden) { this.tick(); this.send(true); } });
    addEventListener("pagehide", () => this.send(true));
  }

  tick() {
    const now = this.media.currentTime;
    if (this.last !== null && !this.media.seeking && now > this.last && now - this.last < GAP * Math.max(1, this.media.playbackRate)) {
      this.ranges = merge(this.ranges, this.last, now);
      this.dirty = true;
    }
    this.last = this.media.paused ? null : now;
  }

  send(leaving = false) {
    if (!this.dirty) return;
    this.dirty = false;
    const round = number => Math.round(number * 10) / 10;
    const report = { position: round(this.media.currentTime), duration: round(this.media.duration || 0), ranges: this.ranges.map(range => range.map(round)) };
    // For a page that keeps and sends the report itself, a lesson for instance.
    this.media.dispatchEvent(new CustomEvent("media:watched", { bubbles: true, detail: { ...report, leaving } }));
    if (!this.url) return;
    const body = JSON.stringify(report);
    // fetch with keepalive rather than sendBeacon: a beacon cannot carry the CSRF header
    fetch(this.url, { method: "POST", keepalive: leaving, headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf }, body })
      .then(answer => { if (answer.status >= 500) this.dirty = true; })
      .catch(() => (this.dirty = true));
  }
}

class Player {
  constructor(root) {
    this.root = root;
    this.media = root.querySelector("video, audio");
    this.note = root.querySelector("[data-player-note]");
    this.audioOnly = "audioOnly" in root.dataset;
    this.start = Number(root.dataset.position) || 0;
    this.tries = 0;
    this.watched = new Watched(this.media, root.dataset.progressUrl, root.dataset.csrf);
    translateLabels(root);
    this.media.addEventListener("play", () => { this.wanted = true; if (!this.loaded) this.load(); });
    this.media.addEventListener("pause", () => { this.wanted = false; });
    // After a fault hls.js may put the film on anew, which stops it without anybody having pressed pause.
    this.media.addEventListener("canplay", () => { if (this.wanted && this.media.paused) this.media.play().catch(() => {}); });
    this.media.addEventListener("playing", () => { this.tries = 0; });
    this.wanted = !this.media.paused; // play was pressed before this module had come
    if (this.wanted) this.load();
    root.querySelector("[data-player-quality]")?.addEventListener("change", e => this.quality(e.target.value));
    root.querySelector("[data-player-speed]").addEventListener("change", e => { this.media.playbackRate = this.media.defaultPlaybackRate = Number(e.target.value); });
    // The keys < and > change the speed, too.
    this.media.addEventListener("ratechange", () => this.showSpeed());
    root.querySelector("[data-player-captions]").addEventListener("change", e => { this.captions(Number(e.target.value)); remember(this.hls?.subtitleTracks[this.hls.subtitleTrack]?.lang ?? ""); });
    // The lines of captions in a form lie beside the player.
    for (const lines of [root, ...document.querySelectorAll("[data-player-lines]")]) lines.addEventListener("click", e => { const line = e.target.closest("[data-seek]"); if (line) this.seek(Number(line.dataset.seek)); });
  }

  get src() { return this.audioOnly ? this.root.dataset.audioSrc : this.root.dataset.src; }

  async load(at = this.start) {
    this.loaded = true;
    this.note.textContent = at > 1 ? this.root.dataset.textResumed.replace("{time}", clock(at)) : "";
    let Hls;
    try { ({ default: Hls } = await import(this.root.dataset.hls)); } catch { return this.lost(); }
    if (!Hls.isSupported()) {
      this.media.src = this.src;
      this.media.addEventListener("loadedmetadata", () => { this.media.currentTime = at; }, { once: true });
      return this.media.play().catch(() => {});
    }
    this.Hls = Hls;
    // Whoever saves data gets the smallest picture until they choose another; a slow line begins with it.
    const thrifty = navigator.connection?.saveData === true;
    const slow = /2g/.test(navigator.connection?.effectiveType ?? "");
    this.hls?.destroy();
    // Without a test of the line the first piece is not loaded twice: on a weak line it is what the pupil waits for.
    const hls = (this.hls = new Hls({ testBandwidth: false, workerPath: new URL(this.root.dataset.worker, location.href).href, capLevelToPlayerSize: !thrifty, startPosition: at || -1, startLevel: thrifty || slow ? 0 : -1 }));
    hls.on(Hls.Events.MANIFEST_PARSED, () => { if (thrifty) hls.autoLevelCapping = 0; this.applyQuality(); this.media.play().catch(() => {}); });
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => this.listCaptions());
    // The key C turns captions on and off, too.
    hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, (_, { id }) => { this.root.querySelector("[data-player-captions]").value = String(id); });
    hls.on(Hls.Events.ERROR, (_, data) => this.failed(data));
    hls.loadSource(this.src);
    hls.attachMedia(this.media);
  }

  /** A ticket that ran out (403), a lost network, a piece that came broken: ask for a new playlist and go on at the same second. */
  failed(data) {
    // hls.js mends a broken piece in its place and sometimes leaves a hole there, at which the film stands still for ever.
    const broken = /^(bufferAppend|mediaSource)/.test(data.details);
    if (this.waiting || !(data.fatal || broken)) return;
    if (data.type === this.Hls.ErrorTypes.OTHER_ERROR || this.tries++ > 2) { if (data.fatal) this.lost(); return; }
    const at = this.media.currentTime || this.start;
    this.waiting = setTimeout(() => { this.waiting = null; this.load(at); }, 1000 * this.tries);
  }

  lost() {
    this.start = this.media.currentTime || this.start;
    this.hls?.destroy();
    this.hls = null;
    this.loaded = false;
    this.tries = 0;
    this.wanted = false;
    this.media.pause();
    this.note.textContent = this.root.dataset.textLost;
  }

  quality(choice) {
    const audio = choice === "audio";
    const changed = audio !== this.audioOnly;
    this.audioOnly = audio;
    this.choice = choice;
    if (changed && this.loaded) this.load(this.media.currentTime || this.start);
    else this.applyQuality();
  }

  applyQuality() {
    if (!this.hls || this.audioOnly) return;
    const level = this.hls.levels.findIndex(one => String(one.height) === this.choice);
    // Setting the level empties what is loaded, also when it is the same: at the start that broke the first pieces.
    if (level !== this.hls.manualLevel) this.hls.nextLevel = level;
  }

  showSpeed() {
    const select = this.root.querySelector("[data-player-speed]");
    const rate = String(this.media.playbackRate);
    if (![...select.options].some(option => option.value === rate)) select.add(new Option(`${rate.replace(".", ",")}×`, rate));
    select.value = rate;
  }

  listCaptions() {
    const tracks = this.hls.subtitleTracks;
    const choice = this.root.querySelector("[data-player-captions-choice]");
    choice.hidden = !tracks.length;
    const select = this.root.querySelector("[data-player-captions]");
    select.replaceChildren(select.options[0], ...tracks.map((track, i) => new Option(track.name, i)));
    const last = tracks.findIndex(track => track.lang === remembered());
    select.value = String(last);
    // hls.js has the browser's own tracks only after it has told of them: chosen now, none would be shown.
    setTimeout(() => this.captions(last));
  }

  /** Go to a line of what is said, and play on from there. */
  seek(at) {
    if (!this.loaded) return this.load(at);
    this.media.currentTime = at;
    this.media.play().catch(() => {});
  }

  captions(number) {
    if (!this.hls) return;
    this.hls.subtitleTrack = number;
    this.hls.subtitleDisplay = number >= 0;
  }
}

const seen = new WeakSet();
function wireAll() {
  for (const root of document.querySelectorAll("[data-player]")) if (!seen.has(root)) { seen.add(root); new Player(root); }
}
wireAll();
document.addEventListener("htmx:after:swap", wireAll);

// Corrected lines are not left behind without a question.
for (const lines of document.querySelectorAll("[data-player-lines]")) {
  let unsaved = false;
  lines.addEventListener("input", () => { unsaved = true; });
  lines.addEventListener("submit", () => { unsaved = false; });
  addEventListener("beforeunload", event => { if (unsaved) event.preventDefault(); });
}
