import { EVENT_BYTES } from "../events.ts";
import { freePort } from "../../support/ports.ts";
import { startProgram, withFolder } from "../processes.ts";
import { writeAll } from "../raw_http.ts";
import { Crowd } from "../raw_ws.ts";
import { findPeer } from "./install.ts";
import { NatsReader } from "./nats_reader.ts";

const SUBJECT = "bench";
const STREAM = "BENCH";

/** Events that are published at a time while a stream is filled. */
const FILL_AT_ONCE = 1_000;

const CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"headers":true,"protocol":1}\r\n';

/** A NATS server with WebSockets and JetStream. */
export interface NatsServer {
  readonly port: number;
  readonly webSocketPort: number;
}

/** Runs `use` with a NATS server; with nothing where it is not installed. */
export function withNats<T>(use: (peer: NatsServer | undefined) => Promise<T>): Promise<T> {
  const program = findPeer("nats");
  if (program === undefined) return use(undefined);
  return withFolder(async (folder) => {
    const [port, webSocketPort] = [freePort(), freePort()];
    const settings = [
      `listen: "127.0.0.1:${port}"`,
      `websocket { listen: "127.0.0.1:${webSocketPort}", no_tls: true }`,
      `jetstream { store_dir: "${folder}" }`,
      // Nobody is asked for a sign of life meanwhile.
      'ping_interval: "10m"',
      'log_file: "/dev/null"',
    ];
    await Deno.writeTextFile(`${folder}/nats.conf`, settings.join("\n"));
    const started = await startProgram(program, ["-c", `${folder}/nats.conf`], webSocketPort);
    try {
      return await use({ port, webSocketPort });
    } finally {
      await started.stop();
    }
  });
}

/** Sockets that hear of what is published, in rounds: core NATS, which keeps nothing. */
export class NatsFanout {
  readonly #crowd: Crowd;
  readonly #publisher: NatsPublisher;
  readonly #events: number;

  private constructor(crowd: Crowd, publisher: NatsPublisher, events: number) {
    this.#crowd = crowd;
    this.#publisher = publisher;
    this.#events = events;
  }

  static async open(server: NatsServer, clients: number, events: number): Promise<NatsFanout> {
    const crowd = await crowdOf(server, clients);
    await crowd.sendAll(`${CONNECT}SUB ${SUBJECT} 1\r\nPING\r\n`);
    await crowd.waitFor(clients);
    const fanout = new NatsFanout(crowd, await NatsPublisher.connect(server), events);
    await fanout.measure(1);
    return fanout;
  }

  /** Events per second to all sockets together: each round is published at once, and awaited. */
  async measure(rounds: number): Promise<number> {
    const bytes = publication(this.#events);
    const each = this.#crowd.size * this.#events;
    const started = performance.now();
    let ended = started;
    for (let round = 0; round < rounds; round++) {
      const expected = this.#crowd.messages + each;
      await this.#publisher.publish(bytes);
      ended = await this.#crowd.waitFor(expected);
    }
    return each * rounds * 1_000 / (ended - started);
  }

  async close(): Promise<void> {
    this.#publisher.close();
    await this.#crowd.close();
  }
}

/** Clients whose messages are events, and the answers to their pings. */
function crowdOf(server: NatsServer, clients: number): Promise<Crowd> {
  return Crowd.connect(server.webSocketPort, clients, {
    path: "/",
    counter: (send) => {
      const reader = new NatsReader(send);
      return (payload) => reader.feed(payload);
    },
  });
}

/** Events of the usual size, in one write. */
function publication(events: number, reply = ""): Uint8Array {
  const one = `PUB ${SUBJECT} ${reply}${EVENT_BYTES}\r\n${"x".repeat(EVENT_BYTES)}\r\n`;
  return new TextEncoder().encode(one.repeat(events));
}

/** A connection over plain TCP that publishes. */
export class NatsPublisher {
  readonly #connection: Deno.TcpConn;
  readonly #reader = new NatsReader((text) => this.#send(text));
  #counted = 0;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect({ port }: NatsServer): Promise<NatsPublisher> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const publisher = new NatsPublisher(connection);
    publisher.#send(CONNECT);
    return publisher;
  }

  publish(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#connection, bytes);
  }

  /** Makes a JetStream of so many events; resolves when all are acknowledged. */
  async fill(events: number): Promise<void> {
    const stream = JSON.stringify({ name: STREAM, subjects: [SUBJECT], storage: "file" });
    this.#send(`SUB answers 1\r\nPUB $JS.API.STREAM.CREATE.${STREAM} answers ${stream.length}\r\n`);
    this.#send(`${stream}\r\n`);
    await this.#count(1);
    for (let left = events; left > 0; left -= FILL_AT_ONCE) {
      const some = Math.min(left, FILL_AT_ONCE);
      await this.publish(publication(some, "answers "));
      await this.#count(some);
    }
  }

  close(): void {
    this.#connection.close();
  }

  #send(text: string): void {
    void writeAll(this.#connection, new TextEncoder().encode(text)).catch(() => {});
  }

  async #count(more: number): Promise<void> {
    const wanted = this.#counted + more;
    const buffer = new Uint8Array(64 * 1024);
    while (this.#counted < wanted) {
      const read = await this.#connection.read(buffer);
      if (read === null) throw new Error("the NATS server closed a connection");
      this.#counted += this.#reader.feed(buffer.subarray(0, read));
    }
  }
}

/** Makes the stream that is replayed. */
export async function fillNats(server: NatsServer, events: number): Promise<void> {
  const publisher = await NatsPublisher.connect(server);
  await publisher.fill(events);
  publisher.close();
}

/** Events per second of ordered consumers, each of which reads a stream from its beginning. */
export async function natsReplay(
  server: NatsServer,
  clients: number,
  events: number,
): Promise<number> {
  const crowd = await crowdOf(server, clients);
  try {
    // Each has a name of its own for what it is sent.
    const config = (inbox: string) =>
      JSON.stringify({
        stream_name: STREAM,
        config: {
          deliver_subject: inbox,
          deliver_policy: "all",
          ack_policy: "none",
          max_deliver: 1,
          flow_control: true,
          idle_heartbeat: 5_000_000_000,
          mem_storage: true,
          num_replicas: 1,
        },
      });
    const started = performance.now();
    await crowd.sendEach((at) => {
      const inbox = `_INBOX.${at}.${crypto.randomUUID()}`;
      const asked = config(inbox);
      return `${CONNECT}SUB ${inbox} 1\r\n` +
        `PUB $JS.API.CONSUMER.CREATE.${STREAM} _NOBODY ${asked.length}\r\n${asked}\r\n`;
    });
    const ended = await crowd.waitFor(events * clients, 120_000);
    return events * clients * 1_000 / (ended - started);
  } finally {
    await crowd.close();
  }
}
