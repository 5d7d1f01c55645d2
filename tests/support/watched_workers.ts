import type { SignatureBatch, SignatureClaim } from "../../src/crypto/signature_batch.ts";
import { SignatureWorkers } from "../../src/crypto/signature_workers.ts";
import { until } from "./until.ts";

/** Workers whose batches can be looked at. */
export class WatchedWorkers extends SignatureWorkers {
  readonly batches: SignatureBatch[] = [];

  override send(claims: readonly SignatureClaim[]): SignatureBatch | undefined {
    const batch = super.send(claims);
    if (batch !== undefined) this.batches.push(batch);
    return batch;
  }

  /** Has the threads begin, and waits until they have. */
  async warm(): Promise<void> {
    const batch = super.send([]);
    await until("the workers", () => batch?.readers === this.count);
  }

  /** Waits until all have been through what was sent. */
  async done(): Promise<void> {
    await until("a batch", () => this.batches.length > 0);
    await until("the workers", () => this.batches.every(({ readers }) => readers === this.count));
  }
}
