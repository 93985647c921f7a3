// Sends a chosen file straight into the S3 store, piece by piece, by addresses that the platform signs. The store knows which
// pieces have come, so a lost line, a closed tab or a restarted server cost at most one piece.
const WAITS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];
const REFUSED = [403, 404, 413, 422];

/** An answer that another try cannot change; `status` and the server's sentence. */
export class Refusal extends Error {
  constructor(status, sentence) { super(sentence); this.status = status; }
}

const pause = (milliseconds, signal) => new Promise((resolve, reject) => {
  const over = () => { clearTimeout(timer); signal.removeEventListener("abort", stop); removeEventListener("online", over); resolve(); };
  const stop = () => { clearTimeout(timer); removeEventListener("online", over); reject(signal.reason); };
  const timer = setTimeout(over, milliseconds);
  signal.addEventListener("abort", stop, { once: true });
  addEventListener("online", over, { once: true });
});

/** SHA-256 in base64, as S3 wants it; empty where the browser has no cryptography (a page without TLS). */
async function checksum(piece) {
  if (!crypto.subtle) return "";
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer()));
  return btoa(String.fromCharCode(...bytes));
}

/** PUT with progress, which fetch does not tell. */
function put(address, headers, piece, told, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open("PUT", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = event => told(event.loaded);
    request.onload = () => {
      if (request.status < 300) resolve();
      // 404: the store has forgotten the upload, and the next choice begins anew
      else reject(request.status === 404 ? new Refusal(404, "") : new Error(`the store answered ${request.status}`));
    };
    request.onerror = request.onabort = () => reject(signal.reason ?? new Error("the line was lost"));
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop, { once: true });
    request.send(piece);
  });
}

/**
 * Send `file`, then give the address of its result and a way to forget that it was begun. `onProgress(sent, all)` in bytes;
 * `onLost()` when it waits for the line. Throws a Refusal for good, or the signal's reason when it was stopped.
 */
export async function send(file, { url, csrf, kinds, onProgress, onLost, signal }) {
  const remembered = `media:${url}:${kinds}:${file.name}:${file.size}:${file.lastModified}`;

  async function ask(address, fields) {
    const body = fields && new URLSearchParams(fields);
    const answer = await fetch(address, { method: body ? "POST" : "GET", body, signal, headers: { "X-CSRFToken": csrf, Accept: "application/json" } });
    if (answer.ok) return answer.json();
    const sentence = await answer.json().then(found => found.error, () => "");
    throw REFUSED.includes(answer.status) ? new Refusal(answer.status, sentence) : new Error(`${answer.status}`);
  }

  /** Try again until it is done, refused or stopped: a line may be away for hours. */
  async function patiently(work) {
    for (let tried = 0; ; tried++) {
      try { return await work(); } catch (problem) {
        signal.throwIfAborted();
        if (problem instanceof Refusal) throw problem;
        onLost();
        await pause(WAITS[Math.min(tried + 1, WAITS.length - 1)], signal);
      }
    }
  }

  async function begin() {
    const known = localStorage.getItem(remembered);
    if (known) {
      try { return [known, await patiently(() => ask(known))]; } catch (problem) {
        if (problem.status !== 404) throw problem;
      }
    }
    const { address } = await patiently(() => ask(url, { name: file.name, length: file.size, kinds }));
    localStorage.setItem(remembered, address);
    return [address, await patiently(() => ask(address))];
  }

  const [address, { piece: size, have, result }] = await begin();
  const there = new Set(have);
  let sent = 0;
  for (let number = 1; (number - 1) * size < file.size; number++) {
    const piece = file.slice((number - 1) * size, number * size);
    if (!there.has(number)) {
      await patiently(async () => {
        const sha256 = await checksum(piece);
        const signed = await ask(`${address}${number}/`, { sha256 });
        await put(signed.address, signed.headers, piece, loaded => onProgress(sent + loaded, file.size), signal);
      });
    }
    sent += piece.size;
    onProgress(sent, file.size);
  }
  return { result, forget: () => localStorage.removeItem(remembered) };
}
