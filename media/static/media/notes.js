// Notes at moments: writing makes the recording wait, the moment is filled in, and what the teacher wrote appears when it comes.
const clock = seconds => {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  return h ? `${h}:${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}` : `${m}:${String(s).padStart(2, "0")}`;
};
const playerOf = node => node.closest?.("[data-player]");
const mediaOf = player => player.querySelector("video, audio");
/** The second a viewer is at: where the recording will go on, as long as nothing is loaded. */
const moment = player => (mediaOf(player).readyState ? mediaOf(player).currentTime : Number(player.dataset.position) || 0);
// Players that wait for a note to be written.
const waiting = new WeakSet();

/** Write the second into the form for a new note, until there is a word or a time in it. */
function stamp(form, second) {
  const at = form?.matches("[data-note-form]") && !form.querySelector("[data-note-text]").value && form.querySelector("[data-note-at]");
  if (at && !("typed" in at.dataset)) at.value = clock(second);
}

function goOn(player) {
  if (player && waiting.delete(player)) mediaOf(player).play().catch(() => {});
}

document.addEventListener("focusin", event => {
  if (!event.target.matches?.("[data-note-text]")) return;
  const player = playerOf(event.target);
  const form = event.target.form;
  if (!mediaOf(player).paused) { waiting.add(player); mediaOf(player).pause(); }
  stamp(form, moment(player));
});
// A time that was typed is the writer's.
document.addEventListener("input", event => { if (event.target.matches?.("[data-note-at]")) event.target.dataset.typed = ""; });
// Left without a word: nothing is to be waited for.
document.addEventListener("focusout", event => {
  if (!event.target.matches?.("[data-note-text]") || event.target.value || event.target.form.contains(event.relatedTarget)) return;
  goOn(playerOf(event.target));
});
// Ctrl+Enter keeps the note, as in every editor with a field of several lines.
document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("[data-note-text]")) event.target.form.requestSubmit();
});
document.addEventListener("htmx:after:swap", () => {
  for (const saved of document.querySelectorAll("[data-note-saved]")) {
    saved.removeAttribute("data-note-saved");
    saved.scrollIntoView({ block: "nearest" });
    goOn(playerOf(saved));
  }
  document.querySelector("[data-note-edit] [data-note-text]:not([data-note-met])")?.focus();
  document.querySelector("[data-note-edit] [data-note-text]")?.setAttribute("data-note-met", "");
});

// What the teacher shows at a moment, for so many seconds.
const SHOWN = 10;
document.addEventListener("timeupdate", event => {
  const player = playerOf(event.target);
  if (!player) return;
  const at = event.target.currentTime;
  stamp(player.querySelector("[data-note-form]"), at);
  const now = player.querySelector("[data-note-now]");
  if (!now) return;
  const lines = [...player.querySelectorAll("[data-note-shared]")];
  const line = lines.filter(one => Number(one.dataset.noteShared) <= at).at(-1);
  for (const one of lines) one.toggleAttribute("data-now", one === line);
  const text = line && at - Number(line.dataset.noteShared) < SHOWN ? line.querySelector(".pre").textContent : "";
  if (now.lastElementChild.textContent !== text) now.lastElementChild.textContent = text;
  now.hidden = !text;
}, true);
