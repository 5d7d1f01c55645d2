/**
 * A JSON value as Python's `json` module sees it: integers and floats are different things
 * (`5` and `5.0` hash differently in a HieraChain block), integers have no upper bound, and
 * objects keep the order their keys came in.
 *
 * - `number` is always an integer in the safe range; larger integers are `bigint`.
 * - {@link PyFloat} is every literal with a point or an exponent, and NaN and the infinities.
 * - An object is a plain object, or a `Map` when a plain one would reorder its keys or run into
 *   `__proto__`. Read either through {@link entriesOf}, {@link keysOf} and {@link valueAt}, and
 *   build one from foreign keys with {@link pyObject}.
 */
export type PyJson =
  | null
  | boolean
  | string
  | number
  | bigint
  | PyFloat
  | readonly PyJson[]
  | PyObject;

/** An object whose keys a plain JavaScript object keeps in order. */
export interface PyRecord {
  readonly [key: string]: PyJson;
}

/** A JSON object in insertion order. */
export type PyObject = PyRecord | Map<string, PyJson>;

/** A Python `float`: a double that is never taken for an integer. */
export class PyFloat {
  constructor(readonly value: number) {}
}

/** Text that Python's `json.loads` refuses, with its message and its position. */
export class PyJsonError extends Error {
  override readonly name = "PyJsonError";
  /**
   * @param message Python's own words without the position, e.g. `Expecting value`
   * @param position the offset in code points, not in UTF-16 units
   */
  constructor(message: string, readonly position: number) {
    super(message);
  }
}

/** Well-formed JSON beyond what Python's `json.loads` will read: too deep, or too many digits. */
export class PyJsonLimitError extends Error {
  override readonly name = "PyJsonLimitError";
}

/** A value that the writer asked for cannot put into JSON; the message is the original's. */
export class PyJsonWriteError extends Error {
  override readonly name = "PyJsonWriteError";
}

/** Whether `value` is a JSON object (in either of its two forms). */
export function isPyObject(value: PyJson | undefined): value is PyObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof PyFloat);
}

/** Whether Python takes a value for true: a number but nought, and what is not empty. */
export function isPyTrue(value: PyJson | undefined): boolean {
  if (value instanceof PyFloat) return value.value !== 0;
  if (isPyArray(value)) return value.length > 0;
  return isPyObject(value) ? keysOf(value).length > 0 : Boolean(value);
}

/** Whether `value` is a JSON array: Array.isArray by itself does not narrow a readonly one. */
export function isPyArray(value: PyJson | undefined): value is readonly PyJson[] {
  return Array.isArray(value);
}

/** Whether `object` is of the form for keys that a plain object would reorder. */
export function isKeyMap(object: PyObject): object is Map<string, PyJson> {
  return object instanceof Map;
}

/** The keys of `object` in insertion order, in an array of the caller's own. */
export function keysOf(object: PyObject): string[] {
  return isKeyMap(object) ? [...object.keys()] : Object.keys(object);
}

/** The keys and values of `object` in insertion order. */
export function entriesOf(object: PyObject): [string, PyJson][] {
  return isKeyMap(object) ? [...object] : Object.entries(object);
}

/** The value under `key`, or undefined when `object` has no such key of its own. */
export function valueAt(object: PyObject, key: string): PyJson | undefined {
  if (isKeyMap(object)) return object.get(key);
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Whether a plain JavaScript object would lose or reorder `key`. */
export function isUnorderedKey(key: string): boolean {
  const first = key.charCodeAt(0);
  // Digits first, since that rules out nearly every key that occurs.
  if (first >= 0x30 && first <= 0x39) return /^(?:0|[1-9]\d{0,9})$/.test(key);
  return key === "__proto__";
}

/** An object of `entries` in their order; a later duplicate key wins in the first one's place. */
export function pyObject(entries: Iterable<readonly [string, PyJson]>): PyObject {
  const pairs = [...entries];
  if (pairs.some(([key]) => isUnorderedKey(key))) return new Map(pairs);
  return Object.fromEntries(pairs);
}
