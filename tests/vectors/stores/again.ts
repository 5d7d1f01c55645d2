/**
 * Run in the tree of a commit: brings a transaction into its node as a peer would. It names modules
 * where they are now; a tree from before they moved needs this file as it was then.
 */
// deno-lint-ignore-file no-console
// @ts-nocheck the modules are those of whichever commit this stands in
const at = (path: string) => import(new URL(path, import.meta.url).href);
const { systemClock } = await at("src/kernel/clock.ts");
const { openStore } = await at("src/kv/open.ts");
const { Log } = await at("src/log/log.ts");
const { Intake } = await at("src/ledgers/hathor/intake/intake.ts");
const { openNode } = await at("src/ledgers/hathor/intake/node.ts");
const { startNode } = await at("src/ledgers/hathor/intake/start.ts");
const { viewVertex } = await at("src/ledgers/hathor/queries/views.ts");
const { readHathorSettings } = await at("src/ledgers/hathor/settings.ts");
const { decodeVertex } = await at("src/ledgers/hathor/vertex/decode.ts");
const { sealVertex } = await at("src/ledgers/hathor/vertex/seal.ts");

const [location = "", hex = "", sibling = ""] = Deno.args;
const { network } = await readHathorSettings({
  "hathor-network": "privatenet",
  "hathor-test-mode": "on",
  "hathor-mine": "off",
  "hathor-mine-address": "",
  "hathor-wallet-xpub": "",
  "hathor-wallet-addresses": [],
  "hathor-wallet-words": "",
  "hathor-wallet-words-file": "",
  host: "127.0.0.1",
});
const store = await openStore(location);
const { chainProjection } = await at("src/server/projections.ts");
const log = new Log(store, { projectionOf: chainProjection });
const node = await openNode({ log, clock: systemClock, network });
await startNode(node);
const intake = new Intake(node);
const { vertex: known } = await viewVertex(node, sibling);
const fields = decodeVertex(Uint8Array.fromHex(hex), network.maxVertexSize);
const place = { parents: known.parents, timestamp: known.timestamp };
for (let nonce = 0;; nonce++) {
  const tx = sealVertex({ ...fields, ...place, nonce });
  const answer = await intake.accept(tx);
  if (answer.code === "PowError") continue;
  if (!answer.isAccepted) throw new Error(`${answer.code} ${answer.message}`);
  console.log(tx.hash);
  break;
}
await log.close();
store.close();
