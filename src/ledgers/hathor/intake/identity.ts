import { z } from "zod";
import { LedgerError } from "../../../kernel/errors.ts";

/** How the node tells itself from others: clients keep both, and refuse a stream with any other. */
export interface NodeIdentity {
  /** 64 hex digits. */
  readonly peerId: string;
  /** A UUID. */
  readonly streamId: string;
}

const form: z.ZodType<NodeIdentity> = z.object({
  peerId: z.string().min(1),
  streamId: z.string().min(1),
});

/** Reads an identity that another server has told. Throws `remote_invalid`. */
export function parseIdentity(text: string): NodeIdentity {
  try {
    return form.parse(JSON.parse(text));
  } catch (error) {
    throw new LedgerError("remote_invalid", "What node is copied cannot be read", {}, error);
  }
}
