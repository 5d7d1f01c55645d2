import { z } from "zod";

/** The most bytes of a message in either direction; `engine/asking.py` has the same. */
export const MAX_FRAME = 16 * 1024 * 1024;

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What the process may ask of the chain while it works on a request. */
export const askForm = z.discriminatedUnion("ask", [
  /** The bytes of a node of a trie. */
  z.object({ ask: z.literal("node"), id: hash }),
  /** The text of a blueprint, unless the process knows it; or why it cannot be used. */
  z.object({ ask: z.literal("blueprint"), id: hex, known: z.boolean() }),
  /** A token that a confirmed transaction has created. */
  z.object({ ask: z.literal("token"), uid: hex }),
  /** Whether `input` satisfies `script`, where what is signed is `data`. */
  z.object({ ask: z.literal("checksig"), data: hex, input: hex, script: hex }),
]);
export type Ask = z.infer<typeof askForm>;

/** How a request ends: with an answer, or with a fault of the process itself. */
export const doneForm = z.union([
  z.object({ done: z.unknown() }).refine((reply) => "done" in reply),
  z.object({ fault: z.string() }),
]);

const node = z.object({ id: hash, node: hex });

/** A node of a trie: its id, and its bytes as hathor-core keeps them, both in hexadecimal. */
export type TrieNode = z.infer<typeof node>;

export const startedForm = z.object({ emptyRoot: hash, nodes: z.array(node) });

export const openedForm = z.object({ order: z.array(hash), cyclic: z.array(hash) });

const createdToken = z.object({
  uid: hash,
  name: z.string(),
  symbol: z.string(),
  version: z.union([z.literal(1), z.literal(2)]),
});

/** A token that a contract has created. */
export type CreatedToken = z.infer<typeof createdToken>;

/** JSON as Python writes it, whose numbers may be of any size. */
const pyText = z.string();

const contractEvent = z.object({ contract: hash, data: hex });

/** What whoever looks at an execution is told beside what counts. */
const details = z.object({
  /** What chance was drawn from. */
  seed: hash,
  /** All methods that were called, with what each did; and what they told, failed or not. */
  records: pyText,
  told: z.array(contractEvent),
});

const failure = z.object({
  error: z.object({ type: z.string(), message: z.string(), traceback: z.string() }),
  /** Entries of the log as hathor-core's HTTP shows them. */
  logs: pyText,
  details: details.optional(),
});

/** Why an execution failed, and what was logged until then. */
export type ExecutionFailure = z.infer<typeof failure>;

export const failedForm = failure;

export const calledForm = z.union([failure, z.object({ tokens: z.array(createdToken) })]);

export const keptForm = z.object({
  /** Public methods that were called, in order, with what each did to tokens and contracts. */
  calls: z.array(z.object({
    blueprint_id: hash,
    contract_id: hash,
    method_name: z.string(),
    index_updates: pyText,
  })),
  events: z.array(contractEvent),
  logs: pyText,
  /** Bytes that the block's calls have written until now, about. */
  size: z.int(),
  details: details.optional(),
});

/** What an execution that succeeded has done, in the original's words. */
export type ExecutionSuccess = z.infer<typeof keptForm>;

export const skippedForm = z.object({ seed: hash });

export const closedForm = z.object({ root: hash, nodes: z.array(node) });

/** Whether a code is a blueprint: its text, or why it may not be one. */
export const checkedForm = z.union([
  z.object({ text: z.string() }),
  z.object({ refused: z.object({ type: z.string(), message: z.string() }) }),
]);
export type CheckedBlueprint = z.infer<typeof checkedForm>;

const methods = z.record(
  z.string(),
  z.object({
    args: z.array(z.object({ name: z.string(), type: z.string() })),
    return_type: z.string(),
    docstring: z.string().nullable(),
  }),
);

/** Fields and methods of a blueprint, or why there is none, by the name of the original's exception. */
export const describedForm = z.union([
  z.object({
    name: z.string(),
    attributes: z.record(z.string(), z.string()),
    public_methods: methods,
    view_methods: methods,
    docstring: z.string().nullable(),
  }),
  z.object({ error: z.object({ type: z.string(), message: z.string() }) }),
]);
export type BlueprintDescription = z.infer<typeof describedForm>;

/** Arguments of calls as JSON of Python; null where a method does not read them. */
export const argumentsForm = z.object({ arguments: z.array(pyText.nullable()) });

const failed = z.object({ errmsg: z.string() });
const value = z.union([z.object({ value: pyText }), failed]);

/** What a contract holds, and its view methods answer; null where there is no such contract. */
export const stateForm = z.object({
  blueprint_id: hash,
  blueprint_name: z.string(),
  fields: z.record(z.string(), value),
  balances: z.record(
    z.string(),
    z.union([
      z.object({ value: z.string(), can_mint: z.boolean(), can_melt: z.boolean() }),
      failed,
    ]),
  ),
  calls: z.record(z.string(), value),
}).nullable();
export type ContractState = NonNullable<z.infer<typeof stateForm>>;
