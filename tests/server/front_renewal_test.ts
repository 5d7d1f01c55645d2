import { assertEquals } from "@std/assert";
import { renewsWithOwner } from "../../src/server/front_renewal.ts";
import { Renewable } from "../../src/server/renewable.ts";
import { GO_ON_SURVEY, PAUSE_SURVEY } from "../../src/server/threads/renewal_surveys.ts";
import { inMemory } from "../support/chains.ts";
import { within } from "../support/until.ts";

/** A front that begins beside an owner of the log who says what the test wants. */
async function beginning(
  body: (front: {
    /** Answers what the front asks: how often ledgers were made anew, once none are. */
    settle: (renewed: number) => void;
    /** Begins; what is returned is called when it listens. */
    begin: () => Promise<() => Promise<void>>;
    pause: () => Promise<void>;
    goOn: (isRenewed: boolean) => Promise<void>;
    /** A request, whose answer is how often ledgers were made. */
    ask: () => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  await inMemory(async (log) => {
    const answers: ((renewed: number) => void)[] = [];
    const waiting: number[] = [];
    const surveys = new Map<string, (input: unknown) => unknown>();
    let made = 0;
    const renewable = new Renewable();
    const routes = renewable.routes(() => {
      const text = String(made);
      return {
        asked: () => undefined,
        routeName: () => "",
        fetch: () => new Response(text),
      };
    });
    await body({
      settle(renewed) {
        const answer = answers.shift();
        if (answer === undefined) waiting.push(renewed);
        else answer(renewed);
      },
      begin: () =>
        renewsWithOwner({
          owner: {
            task: () => () => {
              const { promise, resolve } = Promise.withResolvers<unknown>();
              const known = waiting.shift();
              if (known === undefined) answers.push(resolve);
              else resolve(known);
              // It is what the front's own declaration of it says.
              return promise as Promise<never>;
            },
            survey(name, own) {
              // Whoever asks it gives what it takes.
              surveys.set(name, own as (input: unknown) => unknown);
              return () => Promise.resolve([]);
            },
          },
          log,
          sockets: { renew: () => {} },
          mounted: [],
          renewable,
          create: () => {
            made++;
            return Promise.resolve([]);
          },
        }),
      pause: async () => void await surveys.get(PAUSE_SURVEY)?.(undefined),
      goOn: async (isRenewed) => void await surveys.get(GO_ON_SURVEY)?.(isRenewed),
      ask: async () => {
        const answer = await routes.fetch(new Request("http://a/"), { remoteAddress: "127.0.0.1" });
        return await answer.text();
      },
    });
  });
}

/** Whether a promise is settled once all that can happen has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(() => is = true);
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  return is;
}

Deno.test("a front that begins while chains go back waits, and has what is there then", async () => {
  await beginning(async ({ settle, begin, ask }) => {
    settle(0);
    const listens = await begin();
    const answer = ask();
    const going = listens();
    assertEquals(await isSettled(answer), false);
    // Chains have gone back since it began, and it was not told.
    settle(1);
    await within("it goes on", going);
    await within("an answer", answer);
    assertEquals(await ask(), "2");
  });
});

Deno.test("a front that is told to wait as soon as it listens waits until it may go on", async () => {
  for (const isRenewed of [false, true]) {
    await beginning(async ({ settle, begin, ask, pause, goOn }) => {
      settle(0);
      const listens = await begin();
      const going = listens();
      await pause();
      settle(0);
      await going;
      const answer = ask();
      assertEquals(await isSettled(answer), false);
      await goOn(isRenewed);
      assertEquals(await within("an answer", answer), isRenewed ? "2" : "0");
    });
  }
});

Deno.test("a front that begins while nothing goes back is made once", async () => {
  await beginning(async ({ settle, begin, ask }) => {
    settle(3);
    settle(3);
    const listens = await begin();
    await listens();
    assertEquals(await within("an answer", ask()), "0");
  });
});
