import { assertEquals, assertMatch } from "@std/assert";
import { INBOUND_BYTES } from "../../src/kernel/limits.ts";
import type { Edge } from "../../src/server/edge/edge.ts";
import { EDGES } from "../support/edges.ts";
import { withEcho } from "./echo.ts";
import { clientFrame, codeOf, FrameSocket, type Shape } from "./frame_socket.ts";

/** Around where the form of a length changes, and up to the longest that is taken. */
const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, INBOUND_BYTES];

const text = (words: string) => new TextEncoder().encode(words);
const whole = (payload: Uint8Array, shape: Shape = {}) => clientFrame(payload, shape);

for (const edge of EDGES) {
  Deno.test(`${edge}: messages of every length are read, whole, in fragments and in pieces`, async () => {
    await withEcho(edge, async (origin) => {
      const socket = await FrameSocket.open(origin);
      for (const length of LENGTHS) {
        const payload = crypto.getRandomValues(new Uint8Array(length));
        const expected = `bytes ${payload.toHex()}`;
        await socket.write(whole(payload, { opcode: 2 }));
        assertEquals(await socket.text(), expected);
        const half = length >> 1;
        await socket.write(whole(payload.subarray(0, half), { opcode: 2, isLast: false }));
        // Control frames go between fragments.
        await socket.write(whole(text("between"), { opcode: 9 }));
        assertEquals(await socket.next(), { opcode: 10, payload: text("between") });
        await socket.write(whole(payload.subarray(half), { opcode: 0 }));
        assertEquals(await socket.text(), expected);
        await socket.write(whole(payload, { opcode: 2 }), Math.max(1, length >> 4));
        assertEquals(await socket.text(), expected);
      }
      socket.close();
    });
  });

  Deno.test(`${edge}: a conversation can be cut at any byte, or come in one packet`, async () => {
    const bytes = new Uint8Array([
      ...whole(text("Käse")),
      ...whole(text("one "), { isLast: false }),
      ...whole(text("?"), { opcode: 9 }),
      ...whole(text("two"), { opcode: 0 }),
      ...whole(new Uint8Array([0, 255]), { opcode: 2 }),
    ]);
    await withEcho(edge, async (origin) => {
      const socket = await FrameSocket.open(origin);
      const heard = async () => {
        assertEquals(await socket.text(), "Käse");
        assertEquals(await socket.next(), { opcode: 10, payload: text("?") });
        assertEquals(await socket.text(), "one two");
        assertEquals(await socket.text(), "bytes 00ff");
      };
      for (let at = 1; at <= bytes.length; at++) {
        await socket.write(bytes.subarray(0, at));
        await socket.write(bytes.subarray(at));
        await heard();
      }
      await socket.write(bytes, 1);
      await heard();
      const many = 50;
      await socket.write(new Uint8Array(Array(many).fill([...bytes]).flat()));
      for (let at = 0; at < many; at++) await heard();
      socket.close();
    });
  });

  Deno.test(`${edge}: what is longer than a message may be is told so, however it comes`, async () => {
    const long = new Uint8Array(INBOUND_BYTES + 1).fill(0x61);
    const third = Math.ceil(long.length / 3);
    const ways: Record<string, readonly Uint8Array[]> = {
      "text": [whole(long)],
      "bytes": [whole(long, { opcode: 2 })],
      "fragments": [0, 1, 2].map((at) =>
        whole(long.subarray(at * third, (at + 1) * third), {
          opcode: at === 0 ? 1 : 0,
          isLast: at === 2,
        })
      ),
      "many times as long": [whole(new Uint8Array(10 * INBOUND_BYTES).fill(0x61))],
    };
    await withEcho(edge, async (origin) => {
      for (const [way, frames] of Object.entries(ways)) {
        const socket = await FrameSocket.open(origin);
        for (const each of frames) await socket.write(each);
        assertEquals([way, await socket.end()], [way, 1009]);
      }
    });
  });

  Deno.test(`${edge}: compressed frames, which nobody agreed on, end the socket`, async () => {
    await assertEnds(edge, {
      "a compressed text": whole(text("hello"), { reserved: 4 }),
      "compressed bytes": whole(text("hello"), { opcode: 2, reserved: 4 }),
      "a compressed ping": whole(text("hello"), { opcode: 9, reserved: 4 }),
    });
  });

  Deno.test(`${edge}: a length that is longer than it need be is taken or refused, and no more`, async () => {
    await withEcho(edge, async (origin) => {
      for (const lengthBytes of [2, 8] as const) {
        const socket = await FrameSocket.open(origin);
        await socket.write(whole(text("hello"), { lengthBytes }));
        const frame = await socket.next();
        const told = frame.opcode === 8 ? codeOf(frame) : new TextDecoder().decode(frame.payload);
        assertMatch(String(told), /^(?:hello|1002)$/);
        socket.close();
      }
    });
  });

  Deno.test(`${edge}: masks of all kinds are taken off`, async () => {
    await withEcho(edge, async (origin) => {
      const socket = await FrameSocket.open(origin);
      const masks = [[0, 0, 0, 0], [255, 255, 255, 255], [1, 2, 3, 4], [0, 0, 0, 128]];
      for (const mask of masks) {
        for (let length = 0; length < 20; length++) {
          const words = "abcdefghijklmnopqrst".slice(0, length);
          await socket.write(whole(text(words), { mask: new Uint8Array(mask) }));
          assertEquals(await socket.text(), words);
        }
      }
      socket.close();
    });
  });
}

// The runtime's own sockets take frames without a mask.
Deno.test("node: frames that are not masked end the socket", async () => {
  const payload = text("hello");
  await assertEnds("node", {
    "text": whole(payload, { mask: "none" }),
    "bytes": whole(payload, { opcode: 2, mask: "none" }),
    "a ping": whole(payload, { opcode: 9, mask: "none" }),
    "a close": whole(new Uint8Array([3, 232]), { opcode: 8, mask: "none" }),
  });
});

/** How a socket ends for a client that breaks the protocol. */
const ENDS: Readonly<Record<Edge, RegExp>> = { node: /: 1002$/, deno: /: (?:1002|end|reset)$/ };

async function assertEnds(edge: Edge, frames: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const headers = { "sec-websocket-extensions": "permessage-deflate" };
  await withEcho(edge, async (origin) => {
    for (const [what, bytes] of Object.entries(frames)) {
      const socket = await FrameSocket.open(origin, headers);
      await socket.write(bytes);
      assertMatch(`${what}: ${await socket.end()}`, ENDS[edge]);
    }
  });
}
