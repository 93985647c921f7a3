// What is typed and not yet saved, kept in IndexedDB: it survives a reload, a crash and a day without network.
// Two stores: cells not yet in a batch, and batches on their way, which keep their key so that the server does them once.

const NAME = "mai-truong-marks";

const done = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const finished = tx => new Promise((resolve, reject) => {
  tx.oncomplete = () => resolve();
  tx.onabort = tx.onerror = () => reject(tx.error);
});

/** A key of 32 hexadecimal digits; crypto.randomUUID is missing where the page is not served over https. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

export class Store {
  /** owner: "user:sheet", so that the next person at a shared computer neither sees nor sends these. */
  constructor(owner) {
    this.owner = owner;
    this.ready = this.open();
  }

  /** Resolves to the database, or null where the browser gives none (private windows of old browsers). */
  async open() {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("cells", { keyPath: ["owner", "id"] });
        request.result.createObjectStore("batches", { keyPath: ["owner", "key"] });
      };
      return await done(request);
    } catch {
      return null;
    }
  }

  get range() {
    return IDBKeyRange.bound([this.owner, ""], [this.owner, "\uffff"]);
  }

  /** Everything kept: {cells: [{id, value, version}], batches: [{key, at, changes}]}, oldest batch first. */
  async read() {
    const db = await this.ready;
    if (!db) return { cells: [], batches: [] };
    const tx = db.transaction(["cells", "batches"]);
    const [cells, batches] = await Promise.all(["cells", "batches"].map(name => done(tx.objectStore(name).getAll(this.range))));
    return { cells, batches: batches.sort((a, b) => a.at - b.at) };
  }

  async #write(work) {
    const db = await this.ready;
    if (!db) return false;
    const tx = db.transaction(["cells", "batches"], "readwrite");
    work(tx.objectStore("cells"), tx.objectStore("batches"));
    await finished(tx);
    return true;
  }

  keep(cells) {
    return this.#write(store => { for (const cell of cells) store.put({ owner: this.owner, ...cell }); });
  }

  forget(ids) {
    return this.#write(store => { for (const id of ids) store.delete([this.owner, id]); });
  }

  /** Cells become a batch in one transaction: after a crash they are one or the other, never both. */
  pack(batch) {
    return this.#write((cells, batches) => {
      for (const change of batch.changes) cells.delete([this.owner, change.id]);
      batches.put({ owner: this.owner, ...batch });
    });
  }

  answered(key) {
    return this.#write((cells, batches) => batches.delete([this.owner, key]));
  }
}
