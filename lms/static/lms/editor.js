// The lesson editor: a small formatted text field, and a guard against leaving with unsaved changes.
// The page works without this file: then a text is edited plainly and every button saves.
const form = () => document.querySelector("[data-guard]");
let leaving = false;

function dirty() {
  const editor = form();
  if (!editor || "dirty" in editor.dataset) return;
  editor.dataset.dirty = "";
  const state = editor.querySelector("[data-saved]");
  if (state) state.textContent = state.dataset.unsaved;
}

for (const name of ["input", "change"]) document.addEventListener(name, event => event.target.closest?.("[data-guard]") && dirty());
addEventListener("beforeunload", event => {
  const editor = form();
  if (editor && "dirty" in editor.dataset && !leaving) event.preventDefault();
});
addEventListener("pageshow", () => (leaving = false));

// Preview goes to another page: the browser sends the form itself, with everything that is in it; htmx does not.
document.addEventListener("click", event => {
  const button = event.target.closest?.("[data-full]");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  leaving = true;
  const name = document.createElement("input");
  Object.assign(name, { type: "hidden", name: button.name, value: button.value });
  button.form.append(name);
  button.form.submit();
}, true);

const COMMANDS = { bold: "bold", italic: "italic", list: "insertUnorderedList" };

function rich(box) {
  if (box.dataset.ready) return;
  box.dataset.ready = "1";
  const kept = box.querySelector("input[type=hidden]");
  const area = document.createElement("div");
  Object.assign(area, { className: "input area", contentEditable: "true", innerHTML: kept.value || "<p><br></p>" });
  area.setAttribute("role", "textbox");
  area.setAttribute("aria-multiline", "true");
  area.setAttribute("aria-label", box.dataset.label);
  const keep = () => { kept.value = area.textContent.trim() ? area.innerHTML : ""; dirty(); };
  const tools = document.createElement("div");
  tools.className = "tools";
  for (const [name, command] of Object.entries(COMMANDS)) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn sm", textContent: box.dataset[name] });
    // The field must keep its focus and selection.
    button.addEventListener("mousedown", event => event.preventDefault());
    button.addEventListener("click", () => { area.focus(); document.execCommand(command); keep(); });
    tools.append(button);
  }
  area.addEventListener("input", keep);
  // From Word or the web only the words are taken: their formatting would be thrown away on the server anyway.
  area.addEventListener("paste", event => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  document.execCommand("defaultParagraphSeparator", false, "p");
  box.querySelector("label").remove();
  box.querySelector("textarea").remove();
  box.prepend(tools);
  box.append(area);
}

/** An H5P file is sent at once; the answer becomes the block's choice, or names every fault of the package. */
function h5p(box) {
  if (box.dataset.ready) return;
  box.dataset.ready = "1";
  const [label, file, status, problems] = ["label", "file", "status", "problems"].map(name => box.querySelector(`[data-h5p-${name}]`));
  label.hidden = false;
  const refuse = texts => {
    problems.hidden = false;
    problems.querySelector("ul").replaceChildren(...texts.map(text => Object.assign(document.createElement("li"), { textContent: text })));
  };
  file.addEventListener("change", async () => {
    if (!file.files[0]) return;
    problems.hidden = true;
    status.hidden = false;
    status.textContent = box.dataset.textSending;
    const body = new FormData();
    body.append("file", file.files[0]);
    body.append("school", box.dataset.school);
    body.append("csrfmiddlewaretoken", form().querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      const answer = await fetch(box.dataset.url, { method: "POST", body, headers: { Accept: "application/json" } });
      const result = await answer.json();
      if (answer.ok) {
        const select = box.querySelector("select");
        select.append(new Option(result.title, result.id, true, true));
        dirty();
        save();
      } else refuse(result.problems.map(problem => problem.text));
    } catch { refuse([box.dataset.textFailed]); }
    status.hidden = true;
    file.value = "";
  });
}

// While an answer is on its way the form is about to be replaced: a button pressed meanwhile is pressed again in the new
// form, what was typed meanwhile is put back into it, and a file that is being sent moves over with its bar.
let sent = null, typed = new Map(), sending = [], pressed = null;
const fields = editor => [...editor.elements].filter(one => one.name && !["submit", "button", "file", "checkbox", "radio"].includes(one.type));
const values = editor => new Map(fields(editor).map(one => [one.name, one.value]));
// Films in the form tell their progress by requests of their own; only the form's own replace it.
const ours = event => event.detail.ctx?.sourceElement?.matches?.("[data-guard]");
const uploads = editor => [...editor.querySelectorAll("[data-upload]")].filter(one => !one.querySelector("[data-upload-sending]").hidden);

const again = value => form()?.querySelector(`button[name=do][value="${CSS.escape(value)}"]`);

/** What was uploaded is saved by itself, unless another file is on its way. */
function save() {
  const editor = form();
  if (uploads(editor).length) return;
  const button = editor.querySelector("[data-save]");
  if (sent) pressed ??= button.value;
  else editor.requestSubmit(button);
}
document.addEventListener("media:uploaded", () => { dirty(); save(); });

document.addEventListener("htmx:before:request", event => { if (ours(event)) sent = values(form()); });
document.addEventListener("htmx:before:swap", event => {
  if (!ours(event) || !sent || !form()) return;
  typed = new Map([...values(form())].filter(([name, value]) => sent.has(name) && sent.get(name) !== value));
  sending = uploads(form());
});
document.addEventListener("htmx:finally:request", event => {
  if (!ours(event)) return;
  sent = null;
  const button = pressed && again(pressed);
  pressed = null;
  if (button) form().requestSubmit(button);
});
document.addEventListener("click", event => {
  const button = event.target.closest?.("[data-guard] button[name=do]");
  if (!button || !sent) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pressed = button.value;
}, true);

// A button held down while the form is replaced gets no click when it is let go, and what is under the finger has moved.
let held = null;
document.addEventListener("pointerdown", event => {
  const button = event.target.closest?.("[data-guard] button[name=do]");
  held = button && { button, x: event.clientX, y: event.clientY };
}, true);
document.addEventListener("pointercancel", () => (held = null), true);
document.addEventListener("pointerup", event => {
  const still = held && Math.hypot(event.clientX - held.x, event.clientY - held.y) < 10;
  if (still && !held.button.isConnected) again(held.button.value)?.click();
  held = null;
}, true);

function goOn() {
  const editor = form();
  if (!editor) return;
  for (const one of fields(editor)) if (one.name !== "base" && typed.has(one.name)) one.value = typed.get(one.name);
  if (typed.size) dirty();
  typed = new Map();
  for (const upload of sending) {
    const name = upload.querySelector("[data-upload-value]").name;
    const empty = editor.querySelector(`[data-upload-value][name="${CSS.escape(name)}"]`)?.closest("[data-upload]");
    if (empty) empty.replaceWith(upload);
    else upload.querySelector("[data-upload-stop]").click(); // its block was removed
  }
  sending = [];
}

function ready() {
  leaving = false;
  goOn();
  for (const box of document.querySelectorAll("[data-rich]")) rich(box);
  for (const box of document.querySelectorAll("[data-h5p-upload]")) h5p(box);
  const added = document.querySelector("[data-added]");
  if (added && !added.dataset.shown) {
    added.dataset.shown = "1";
    added.scrollIntoView({ block: "center" });
    added.querySelector(".area, input:not([type=hidden], [type=file]), textarea")?.focus({ preventScroll: true });
  }
}
ready();
document.addEventListener("htmx:after:swap", ready);
