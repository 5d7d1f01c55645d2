import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeDocument } from "../../src/page/build.ts";
import { withServer } from "../support/in_process.ts";

const DOCUMENT = new URL("../../src/page/document.ts", import.meta.url);

/** What a browser says of where it is led to. */
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

Deno.test("the page that is served is made of its sources as they are", async () => {
  const isFresh = await Deno.readTextFile(DOCUMENT) === await makeDocument();
  assert(isFresh, "the sources of the page have changed: make it anew by `deno task page`");
});

Deno.test("a browser gets the page at /, and everybody else JSON", async () => {
  await withServer(async ({ main }) => {
    const typeOf = async (accept: string | undefined) => {
      const response = await fetch(main, accept === undefined ? {} : { headers: { accept } });
      await response.body?.cancel();
      return response.headers.get("content-type")?.split(";")[0];
    };
    for (const accept of [BROWSER, "text/html", "TEXT/HTML;q=0.9, application/json;q=0.5"]) {
      assertEquals(await typeOf(accept), "text/html", accept);
    }
    const others = ["*/*", "application/json", "text/*", "text/html;q=0", undefined];
    for (const accept of [...others, "application/json, text/html;q=0.5", "text/htmlx"]) {
      assertEquals(await typeOf(accept), "application/json", accept);
    }
  });
});

Deno.test("the page has a policy of its own, may be kept, and is sent again only where it changed", async () => {
  await withServer(async ({ main }) => {
    const headers = { accept: BROWSER };
    const whole = await fetch(main, { headers });
    assertStringIncludes(await whole.text(), "<title>Ledgerline</title>");
    const policy = whole.headers.get("content-security-policy") ?? "";
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assertStringIncludes(policy, part);
    }
    assert(!policy.includes("unsafe"), policy);
    assertEquals(whole.headers.get("vary")?.includes("Accept"), true);
    const tag = whole.headers.get("etag") ?? "";
    const again = await fetch(main, { headers: { ...headers, "if-none-match": tag } });
    assertEquals([again.status, await again.text()], [304, ""]);
    const head = await fetch(main, { method: "HEAD", headers });
    assertEquals([head.status, await head.text()], [200, ""]);
  });
});
