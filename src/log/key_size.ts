/** Bytes of a key as stored, at the most: text is escaped and terminated, numbers take nine. */
export function keySize(key: Deno.KvKey): number {
  let size = 0;
  for (const part of key) size += typeof part === "string" ? textSize(part) : 10;
  return size;
}

function textSize(text: string): number {
  let size = text.length + 2;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0) size++;
    // A surrogate pair is counted with six bytes, where it takes four.
    else if (code > 0x7f) size += code > 0x7ff ? 2 : 1;
  }
  return size;
}
