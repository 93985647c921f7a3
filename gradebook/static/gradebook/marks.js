// Marks as text and as integer tenths, and the averages of Circular 22/2021: no floating point anywhere.

/** "7,25" → tenths 73 (half-up). typed: whole numbers over 10 are quick typing, 75 → 7,5; never so when pasted. */
export function readTenths(raw, typed = false) {
  const text = raw.normalize("NFC").trim();
  if (text === "") return { tenths: null, text: "" };
  const found = /^([0-9]{1,3})(?:[.,]([0-9]{1,6}))?$/.exec(text);
  if (!found) return { fault: "format" };
  const whole = parseInt(found[1], 10);
  const digits = found[2] ?? "";
  if (typed && !digits && whole > 10 && whole <= 100) return { tenths: whole, text: writeTenths(whole) };
  if (whole > 10 || (whole === 10 && /[1-9]/.test(digits))) return { fault: "range" };
  const first = digits === "" ? 0 : parseInt(digits[0], 10);
  const up = digits.length > 1 && digits[1] >= "5" ? 1 : 0;
  const tenths = whole * 10 + first + up;
  return { tenths, text: writeTenths(tenths), rounded: /[1-9]/.test(digits.slice(1)) };
}

export function writeTenths(tenths) {
  if (tenths === null) return "";
  const whole = Math.trunc(tenths / 10);
  return tenths % 10 === 0 ? String(whole) : `${whole},${tenths % 10}`;
}

/** An average always shows its decimal: 80 → "8,0". */
export const writeAverage = tenths => (tenths === null ? "" : `${Math.trunc(tenths / 10)},${tenths % 10}`);

/** Text without marks and case, for comparing names and words. */
export const bare = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().replace(/\s+/g, " ").trim();

/** Read a cell by its column's scale: {text, tenths?} or {fault}. */
export function readCell(scale, raw, typed = false) {
  if (scale === "tenths") return readTenths(raw, typed);
  if (scale === "whole") {
    const read = readTenths(raw);
    if (read.tenths === null || read.fault) return read;
    return /^[0-9]{1,3}$/.test(raw.trim()) ? read : { fault: "whole" };
  }
  const text = raw.normalize("NFC").replace(/\s+/g, " ").trim();
  if (scale === "pass") {
    const word = bare(text);
    if (word === "") return { text: "" };
    if (["d", "dat", "x"].includes(word)) return { text: "Đ" };
    if (["c", "cd", "chua dat"].includes(word)) return { text: "CĐ" };
    return { fault: "pass" };
  }
  if (scale === "level") return text === "" || /^[thc]$/i.test(text) ? { text: text.toUpperCase() } : { fault: "level" };
  return text.length > 300 ? { fault: "long" } : { text };
}

/** The row's result from its cells [{kind, scale, text}]: an average, Đ or CĐ; "" while anything is missing. */
export function rowResult(formula, cells) {
  const counted = cells.filter(cell => cell.scale !== "text");
  if (!formula || counted.some(cell => cell.text === "")) return "";
  if (formula === "pass") return counted.every(cell => cell.text === "Đ") ? "Đ" : "CĐ";
  const weights = { TX: 1, GK: 2, CK: 3 };
  let sum = 0, share = 5;
  for (const cell of counted) {
    const read = readTenths(cell.text);
    if (read.fault) return "";
    sum += weights[cell.kind] * read.tenths;
    if (cell.kind === "TX") share += 1;
  }
  // Half-up on the exact quotient, as the server: (2·S + D) div (2·D).
  return writeAverage(Math.trunc((2 * sum + share) / (2 * share)));
}

/** Cells of a block copied from a spreadsheet: tab-separated, quoted where a cell holds tabs, quotes or line breaks. */
export function readBlock(text) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  const endCell = () => { row.push(cell); cell = ""; };
  const endRow = () => { endCell(); rows.push(row); row = []; };
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') { cell += '"'; i++; }
      else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === "\t") endCell();
    else if (sign === "\n") endRow();
    else if (sign !== "\r") cell += sign;
  }
  // Spreadsheets end the block with a line break; it is no empty row.
  if (cell !== "" || row.length) endRow();
  return rows;
}

const isMark = text => text === "" || !readTenths(text).fault || ["d", "cd", "dat", "chua dat", "t", "h", "c"].includes(bare(text));

/** "ĐĐGtx 2", "TX2", "ĐĐGgk", "Cuối kì" → "TX2", "GK", "CK"; "" for any other label. */
function codeOf(label) {
  const word = bare(label).replace(/[^a-z0-9]/g, "");
  const found = /^(?:ddg|dd)?(tx|gk|ck)([0-9]?)$/.exec(word);
  if (found) return found[1].toUpperCase() + found[2];
  return { giuaky: "GK", giuaki: "GK", cuoiky: "CK", cuoiki: "CK" }[word] ?? "";
}

/**
 * A block that names its pupils goes to them, whatever the order of the list it was copied from.
 * people: key (bare name or code) → row; codes: codes of the grid's columns; from: the column of the cell pasted into.
 * Returns {edits: [[row, column, text]], strangers} or null when no column of the block names pupils.
 */
export function byPerson(block, people, codes, from) {
  const width = Math.max(...block.map(row => row.length));
  const rowOf = text => people.get(bare(text));
  let best = -1, most = 0;
  for (let x = 0; x < width; x++) {
    const hits = block.filter(row => rowOf(row[x] ?? "") !== undefined).length;
    if (hits > most) [best, most] = [x, hits];
  }
  const filled = block.filter(row => row.some(text => text.trim() !== "")).length;
  if (!most || 2 * most < filled) return null;
  const head = block.find(row => row.some(text => codeOf(text)) && rowOf(row[best] ?? "") === undefined);
  const target = new Map();
  if (head) {
    head.forEach((label, x) => { const at = codes.indexOf(codeOf(label)); if (at >= 0) target.set(x, at); });
  } else {
    const named = block.filter(row => rowOf(row[best] ?? "") !== undefined);
    let at = from;
    for (let x = best + 1; x < width; x++) {
      // Names, dates and codes between the pupil and the marks are no marks.
      if (target.size || named.every(row => isMark((row[x] ?? "").trim()))) target.set(x, at++);
    }
  }
  const edits = [];
  let strangers = 0;
  for (const row of block) {
    const y = rowOf(row[best] ?? "");
    if (y === undefined) {
      if (row !== head && (row[best] ?? "").trim().length > 2) strangers += 1;
      continue;
    }
    for (const [x, at] of target) edits.push([y, at, row[x] ?? ""]);
  }
  return { edits, strangers };
}
