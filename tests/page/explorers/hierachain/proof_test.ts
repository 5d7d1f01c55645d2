import { assert, assertEquals, assertThrows } from "@std/assert";
import { canonicalFloatText } from "../../../../src/python/float_text.ts";
import { valueAt } from "../../../../src/python/json.ts";
import { inclusionProof, leafHash } from "../../../../src/ledgers/hierachain/block/merkle.ts";
import { sha256Hex } from "../../../../src/page/app/base/hash.ts";
import { checkBlock } from "../../../../src/page/app/explorers/hierachain/block_check.ts";
import {
  canonicalText,
  leafTextOf,
} from "../../../../src/page/app/explorers/hierachain/canonical.ts";
import {
  climb,
  headerHash,
  rootOfLeaves,
} from "../../../../src/page/app/explorers/hierachain/merkle_check.ts";
import { parseSpelled } from "../../../../src/page/app/explorers/hierachain/number_text.ts";
import { layProof } from "../../../../src/page/app/explorers/hierachain/proof_layout.ts";
import { stepsOf } from "../../../../src/page/app/explorers/hierachain/trace.ts";
import { merkleRoot } from "../../../support/merkle_tree.ts";
import { listAt, objectAt, objectsAt, textAt } from "../../../support/vectors.ts";
import { HIERACHAIN_VECTORS } from "../../../ledgers/hierachain/vectors.ts";

Deno.test("the page hashes blocks as the original does", () => {
  const blocks = HIERACHAIN_VECTORS.filter((vector) => textAt(vector, "kind") === "block");
  assert(blocks.length > 10);
  for (const vector of blocks) {
    const listed = parseSpelled(textAt(objectAt(vector, "input"), "events_json"));
    assert(Array.isArray(listed));
    const texts = listed.map((event) => leafTextOf(canonicalText(event)));
    assertEquals(texts, listAt(vector, "leaf_preimages_utf8"), textAt(vector, "name"));
    const leaves = texts.map(sha256Hex);
    assertEquals(leaves, listAt(vector, "leaf_hashes"));
    assertEquals(rootOfLeaves(leaves), textAt(vector, "merkle_root"));
    const preimage = textAt(vector, "header_preimage_utf8");
    const header = JSON.parse(preimage);
    const { nonce, creator_id } = header;
    if (nonce !== 0 || creator_id !== null) continue;
    const timestamp = /"timestamp":([^}]+)\}/.exec(preimage)?.[1] ?? "";
    assertEquals(
      headerHash({
        index: `${header.index}`,
        timestamp,
        previousHash: header.previous_hash,
        merkleRoot: header.merkle_root,
      }),
      textAt(vector, "hash"),
    );
  }
});

Deno.test("floats are written as they are hashed", () => {
  const vector = HIERACHAIN_VECTORS.find((each) => textAt(each, "kind") === "float_text");
  assert(vector !== undefined);
  for (const one of objectsAt(vector, "cases")) {
    const rest = valueAt(one, "rest");
    // Those that no JSON has are not sent.
    if (typeof rest !== "string" || !/^-?\d/.test(rest)) continue;
    assertEquals(canonicalText(parseSpelled(rest)), canonicalFloatText(Number(rest)));
  }
  for (const text of ["5", "5.0", "-0.0", "18446744073709551615", "1e-07"]) {
    assert(canonicalText(parseSpelled(text)).length > 0);
  }
  assertEquals(canonicalText(parseSpelled("18446744073709551615")), "18446744073709551615");
});

Deno.test("JSON is read with the spelling of its numbers, and what is none is refused", () => {
  const text = ' { "b" : [ 1 , 1.0 , -2e3 , true , null , "\\u00e9\\n" ] , "a" : { } , "c":[] } ';
  assertEquals(
    canonicalText(parseSpelled(text)),
    '{"a":{},"b":[1,1.0,-2000.0,true,null,"é\\n"],"c":[]}',
  );
  for (const wrong of ["", "{", "[1,]", '{"a" 1}', "nul", '"a', "1 2", "{a:1}"]) {
    assertThrows(() => parseSpelled(wrong), SyntaxError);
  }
});

Deno.test("keys come in the order of code points, and a member `data` is not hashed", () => {
  const event = '{"\u{1f600}":1,"\uff61":2,"data":3,"a":{"data":4}}';
  assertEquals(leafTextOf(event), '{"a":{"data":4},"\uff61":2,"\u{1f600}":1}');
});

Deno.test("every leaf of trees of 1 to 20 leaves is proven, and nothing else is", () => {
  for (let count = 1; count <= 20; count++) {
    const leaves = Array.from({ length: count }, (_, at) => leafHash(`event ${at}`));
    const root = merkleRoot(leaves);
    assertEquals(rootOfLeaves(leaves), root);
    leaves.forEach((leaf, at) => {
      const path = inclusionProof(leaves, at);
      const levels = climb(leaf, path);
      assertEquals(levels.at(-1)?.hash, root);
      const wrong = climb(leafHash("another"), path);
      assertEquals(wrong.at(-1)?.hash === root, false);
    });
  }
  assertEquals(rootOfLeaves([]), merkleRoot([]));
});

Deno.test("a proof is drawn as a tree: no box lies upon another, and lines lead up", () => {
  const leaves = Array.from({ length: 100 }, (_, at) => leafHash(`event ${at}`));
  for (const at of [0, 1, 42, 99]) {
    const { boxes, lines, width, height } = layProof(
      climb(leaves[at] ?? "", inclusionProof(leaves, at)),
    );
    assertEquals(new Set(boxes.map(({ x, y }) => `${x} ${y}`)).size, boxes.length);
    assertEquals(lines.every(({ from, to }) => from.y > to.y), true);
    assertEquals(boxes.filter(({ kind }) => kind === "root").length, 1);
    assert(boxes.every(({ x, y }) => x > 0 && x < width && y > 0 && y < height));
  }
  const alone = layProof(climb(leafHash("alone"), []));
  assertEquals([alone.boxes.length, alone.boxes[0]?.kind], [1, "root"]);
});

Deno.test("a block that was changed by a character makes another hash", () => {
  const vector = HIERACHAIN_VECTORS.find((each) => textAt(each, "name") === "block-3-events");
  assert(vector !== undefined);
  const header = JSON.parse(textAt(vector, "header_preimage_utf8"));
  const timestamp = /"timestamp":([^}]+)\}/.exec(textAt(vector, "header_preimage_utf8"))?.[1];
  const events = textAt(objectAt(vector, "input"), "events_json");
  const block = (listed: string) =>
    `{"index":${header.index},"hash":"${textAt(vector, "hash")}","previous_hash":"` +
    `${header.previous_hash}","timestamp":${timestamp},"events_count":3,"events":${listed}}`;
  assertEquals(checkBlock(block(events)).isRight, true);
  assertEquals(checkBlock(block(events.replace(/[a-z]/, "Z"))).isRight, false);
});

Deno.test("a trace puts the events of all chains in order of time", () => {
  const event = (timestamp: number) => ({ entity_id: "e", event: "t", timestamp });
  const place = (chain_name: string, offset: number) => ({
    chain_name,
    offset,
    block_index: null,
    position: null,
  });
  const steps = stepsOf({
    entity_id: "e",
    chains: ["a", "b"],
    events: [event(3), event(1), event(2)],
    places: [place("a", 5), place("b", 1), place("b", 2)],
  });
  assertEquals(steps.map(({ lane, place }) => [lane, place.offset]), [[1, 1], [1, 2], [0, 5]]);
});
