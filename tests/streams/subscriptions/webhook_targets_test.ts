import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SubscriptionRefusal } from "../../../src/streams/subscriptions/errors.ts";
import { post } from "../../../src/streams/subscriptions/post.ts";
import { WebhookTargets } from "../../../src/streams/subscriptions/webhook_targets.ts";
import { done, WebhookReceiver } from "../../support/webhook_receiver.ts";

function isAllowed(targets: WebhookTargets, url: string): boolean {
  try {
    targets.check(url);
    return true;
  } catch (error) {
    assertEquals(error instanceof SubscriptionRefusal && error.code, "WEBHOOK_URL_REJECTED");
    return false;
  }
}

const LOOPBACK = [
  "http://localhost:1/x",
  "http://127.0.0.1/x",
  "http://127.1/x",
  "http://2130706433/",
  "http://0x7f.0.0.1/",
  "http://[::1]:8/x",
  "https://localhost/x",
];

const NEVER = [
  "http://example.org/x",
  "http://10.0.0.1/hook",
  "https://10.0.0.1/hook",
  "https://172.16.3.4/",
  "https://192.168.0.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://100.64.0.1/",
  "https://0.0.0.0/",
  "https://224.0.0.1/",
  "https://[fe80::1]/",
  "https://[fd00::1]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[64:ff9b::a00:1]/",
  "https://[2002:a00:1::]/",
  "https://[::]/",
  "https://user:secret@example.org/",
  "ftp://example.org/",
  "file:///etc/passwd",
  "example.org",
];

const ALWAYS = ["https://example.org/x", "https://8.8.8.8/x", "https://[2606:4700::1111]/x"];

Deno.test("webhooks go to public addresses, and to loopback ones from a local server alone", () => {
  for (const [host, isLocal] of [["localhost", true], ["127.0.0.1", true], ["0.0.0.0", false]]) {
    const targets = new WebhookTargets(String(host), []);
    for (const url of LOOPBACK) assertEquals(isAllowed(targets, url), isLocal, `${host} ${url}`);
    for (const url of NEVER) assertEquals(isAllowed(targets, url), false, `${host} ${url}`);
    for (const url of ALWAYS) assertEquals(isAllowed(targets, url), true, `${host} ${url}`);
  }
});

Deno.test("webhooks go to hosts that the operator names, wherever they are", () => {
  const targets = new WebhookTargets("0.0.0.0", ["10.0.0.1", "hooks.internal:8080"]);
  assertEquals(isAllowed(targets, "http://10.0.0.1:9/x"), true);
  assertEquals(isAllowed(targets, "http://hooks.internal:8080/x"), true);
  assertEquals(isAllowed(targets, "http://hooks.internal:8081/x"), false);
  assertEquals(isAllowed(targets, "http://10.0.0.2/x"), false);
  assertThrows(() => targets.check("https://u:p@10.0.0.1/"), SubscriptionRefusal);
});

Deno.test("a name is held to the rules by the addresses it has when it is connected to", async () => {
  const receiver = new WebhookReceiver(done);
  try {
    const { port } = new URL(receiver.url);
    const url = new URL(`http://localhost:${port}/x`);
    const sent = { url, headers: {}, body: "{}" };
    const never = new AbortController().signal;
    const local = new WebhookTargets("localhost", []);
    assertEquals(await post(local, sent, never), { status: 200, isDone: true });
    // What the server would connect to is looked at even where the name has passed.
    const open = new WebhookTargets("0.0.0.0", []);
    await assertRejects(() => post(open, sent, never), Error, "no address");
    assertEquals(receiver.heard.length, 1);
  } finally {
    await receiver.close();
  }
});
