import { type Ask, ask } from "../../data/api.ts";
import { parseExact } from "./whole.ts";

/** Asks for JSON whose integers may be larger than a number holds. */
export async function askExact<T>(path: string, options: Ask = {}): Promise<T> {
  const response = await ask(path, options);
  return parseExact<T>(await response.text());
}
