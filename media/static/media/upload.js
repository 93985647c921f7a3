// Sends a chosen file in pieces (tus) and puts the asset's id into the form. A lost network, a closed tab or a restarted
// server cost nothing: choosing the same file again goes on where it stopped.
const CHUNK = 4 * 1024 * 1024;
const CHECK_WAITS = [1000, 3000, 5000, 10000, 20000, 30000];
let loading;

/** Load tus-js-client once, when the first file is chosen. */
function tusLibrary(src) {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src });
    script.onload = () => resolve(window.tus);
    script.onerror = () => { loading = undefined; reject(new Error("tus")); };
    document.head.append(script);
  });
  return loading;
}

const size = bytes => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes / 1e6) + " MB";

function wire(field) {
  const part = name => field.querySelector(`[data-upload-${name}]`);
  const words = field.dataset;
  const [value, file, sending, text, bar, error, state] = ["value", "file", "sending", "text", "bar", "error", "state"].map(part);
  let upload;

  const fail = message => {
    sending.hidden = true;
    error.hidden = false;
    error.querySelector("span").textContent = message;
    field.dispatchEvent(new CustomEvent("media:failed", { bubbles: true, detail: { message } }));
  };

  async function finish(address) {
    text.textContent = words.textChecking;
    let answer, result;
    for (const wait of [...CHECK_WAITS, 0]) {
      answer = await fetch(address, { headers: { Accept: "application/json" } });
      result = await answer.json();
      // the bytes are safe, only the store behind the server does not answer now
      if (answer.status !== 503 || !wait) break;
      await new Promise(resolve => setTimeout(resolve, wait));
    }
    if (!answer.ok) return fail(result.error);
    sending.hidden = true;
    value.value = result.asset;
    state.innerHTML = "";
    state.append(Object.assign(document.createElement("p"), { className: "sm", textContent: result.title }));
    const place = state.appendChild(document.createElement("div"));
    window.htmx?.ajax("GET", result.progress, { target: place, swap: "outerHTML" });
    value.dispatchEvent(new Event("change", { bubbles: true }));
    field.dispatchEvent(new CustomEvent("media:uploaded", { bubbles: true, detail: result }));
  }

  async function start(chosen) {
    error.hidden = true;
    sending.hidden = false;
    bar.value = 0;
    const say = percent => (text.textContent = words.textSending.replace("{name}", chosen.name).replace("{percent}", percent).replace("{size}", size(chosen.size)));
    const progress = (sent, all) => { const percent = Math.floor((sent / all) * 100); bar.value = percent; say(percent); };
    say(0);
    if (words.multipart) return startDirect(chosen, progress);
    let tus;
    try { tus = await tusLibrary(words.tus); } catch { return fail(words.textFailed); }
    upload = new tus.Upload(chosen, {
      endpoint: words.url,
      chunkSize: CHUNK,
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000],
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": words.csrf },
      metadata: { filename: chosen.name, kinds: words.kinds },
      onProgress: progress,
      onShouldRetry: problem => {
        const status = problem.originalResponse?.getStatus() ?? 0;
        if (!status) text.textContent = words.textResuming;
        return !status || status >= 500 || status === 409 || status === 423;
      },
      onError: problem => {
        const answer = problem.originalResponse;
        const refused = answer && [413, 422].includes(answer.getStatus());
        fail((refused && answer.getBody()) || words.textFailed);
      },
      onSuccess: () => finish(new URL("ket-qua/", new URL(upload.url, location.href))).catch(() => fail(words.textFailed)),
    });
    for (const previous of await upload.findPreviousUploads()) { upload.resumeFromPreviousUpload(previous); break; }
    upload.start();
  }

  /** Files that are kept in S3 go there without a way through the server. */
  async function startDirect(chosen, progress) {
    const stopper = new AbortController();
    upload = stopper;
    const { multipart: url, csrf, kinds } = words;
    try {
      const { send, Refusal } = await import(words.multipartScript);
      const lost = () => { text.textContent = words.textResuming; };
      try {
        const { result, forget } = await send(chosen, { url, csrf, kinds, onProgress: progress, onLost: lost, signal: stopper.signal });
        await finish(result);
        forget();
      } catch (problem) {
        if (!stopper.signal.aborted) fail((problem instanceof Refusal && problem.message) || words.textFailed);
      }
    } catch { fail(words.textFailed); }
  }

  file.addEventListener("change", () => { if (file.files[0]) start(file.files[0]); });
  part("stop").addEventListener("click", () => {
    upload?.abort();
    file.value = "";
    text.textContent = "";
    sending.hidden = true;
    error.hidden = false;
    error.querySelector("span").textContent = words.textStopped;
  });
}

const seen = new WeakSet();
function wireAll() {
  for (const field of document.querySelectorAll("[data-upload]")) if (!seen.has(field)) { seen.add(field); wire(field); }
}
wireAll();
document.addEventListener("htmx:after:swap", wireAll);
