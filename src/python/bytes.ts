const SHORT: Readonly<Record<number, string>> = {
  0x09: "\\t",
  0x0a: "\\n",
  0x0d: "\\r",
  0x5c: "\\\\",
};

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** Python's `repr` of bytes: `b'v\xa9\x14'`. */
export function pyBytesRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(QUOTE) && !bytes.includes(DOUBLE_QUOTE) ? '"' : "'";
  let text = "";
  for (const byte of bytes) {
    if (byte === QUOTE && quote === "'") text += "\\'";
    else text += SHORT[byte] ?? characterOf(byte);
  }
  return `b${quote}${text}${quote}`;
}

function characterOf(byte: number): string {
  const isPrintable = byte >= 0x20 && byte < 0x7f;
  return isPrintable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
}
