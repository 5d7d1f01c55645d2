/** The near side of the thread that pings. */
export class Pinger {
  readonly #worker = new Worker(new URL("./pinger_worker.ts", import.meta.url), { type: "module" });
  readonly #port: MessagePort;

  /** Begins to ping at the address of a HieraChain socket. */
  constructor(address: string) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker.postMessage({ address, port: port2 }, [port2]);
  }

  /** Milliseconds that each ping took since this was asked last. */
  times(): Promise<number[]> {
    return new Promise((resolve) => {
      this.#port.onmessage = ({ data }) => resolve(data);
      this.#port.postMessage("tell");
    });
  }

  stop(): void {
    this.#port.close();
    this.#worker.terminate();
  }
}
