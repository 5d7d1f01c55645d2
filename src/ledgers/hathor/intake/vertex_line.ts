import { decodeVertex } from "../vertex/decode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import type { Vertex } from "../vertex/vertex.ts";

/** Why a line is none. */
export interface LineFlaw {
  readonly code: "not_hex" | "malformed";
  readonly message: string;
}

/** What a line says, or what is wrong with it. */
type Readable =
  | { readonly vertex: Vertex; readonly fault?: undefined }
  | { readonly vertex?: undefined; readonly fault: LineFlaw };

/** The vertex of a line of hex; `maxSize` are the bytes that one may have. */
export function vertexOfLine(hex: string, maxSize: number): Readable {
  if (hex.length > 2 * maxSize) return faulty("malformed", `a vertex has up to ${maxSize} bytes`);
  if (hex.length % 2 !== 0 || !/^[\da-f]+$/i.test(hex)) {
    return faulty("not_hex", "the line is not hexadecimal digits, two for each byte");
  }
  try {
    return { vertex: decodeVertex(Uint8Array.fromHex(hex), maxSize) };
  } catch (error) {
    if (!(error instanceof VertexFormatError)) throw error;
    return faulty("malformed", error.message);
  }
}

function faulty(code: LineFlaw["code"], message: string): Readable {
  return { fault: { code, message } };
}
