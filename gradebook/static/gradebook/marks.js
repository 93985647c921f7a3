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

const bare = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().replace(/\s+/g, " ").trim();

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
