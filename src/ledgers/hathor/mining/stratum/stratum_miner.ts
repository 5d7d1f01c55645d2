import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../../kernel/clock.ts";
import { messageOf } from "../../../../kernel/errors.ts";
import {
  isPyArray,
  isPyObject,
  keysOf,
  PyFloat,
  type PyJson,
  valueAt,
} from "../../../../python/json.ts";
import { AddressError, decodeAddress } from "../../networks/address.ts";
import type { Network } from "../../networks/network.ts";
import type { BlockTemplate } from "../../queries/templates.ts";
import { hasWork } from "../../rules/work.ts";
import { scriptOfAddress } from "../../script/patterns.ts";
import type { Block } from "../../vertex/vertex.ts";
import {
  jobText,
  type MessageId,
  okText,
  readStratumLine,
  StratumError,
  stratumErrorText,
  type StratumRequest,
  unknownMethod,
} from "./messages.ts";
import type { TransactionWork } from "../transaction_work.ts";
import {
  blockWork,
  jobParams,
  MinerJobs,
  type Solved,
  solvedJob,
  type StratumJob,
} from "./stratum_job.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** How long a miner may work on one block, in milliseconds. */
const BLOCK_MS = 15_000;
/** And on one transaction, whose nonces are few (TX_MAXIMUM_JOB_TIME). */
const TRANSACTION_MS = 1_000;
/** When it is looked again whether there is a block to mine. */
const AGAIN_MS = 1_000;

/** What a miner's connection needs of the node. */
export interface StratumNode {
  readonly network: Network;
  readonly clock: Clock;
  /** 64 hex digits. */
  readonly peerId: string;
  readonly isSynced: boolean;
  /** The transactions that wait for their proof of work. */
  readonly work: TransactionWork;
  /** What can be mined now; undefined while nothing can. */
  template(): Promise<BlockTemplate | undefined>;
  /** Whom miners without an address of their own mine for; undefined where there is nobody. */
  ownAddress(): Promise<string | undefined>;
  /** Takes a block in; whether it is one of the chain now. */
  submit(block: Block): Promise<boolean>;
}

/** The connection that a miner speaks over. */
export interface MinerLine {
  /** `host:port` of the miner. */
  readonly address: string;
  send(text: string): void;
  /** Ends it, once all that was sent is out. */
  close(): void;
  /** Whether whoever shows this key may mine; undefined is no key. */
  admit(key: string | undefined): boolean;
}

/**
 * One miner: gets a job when he subscribes, after each block, and when he has found a share. A
 * transaction that waits comes before any block, for miners who take them.
 */
export class StratumMiner {
  readonly #node: StratumNode;
  readonly #line: MinerLine;
  readonly #id = crypto.randomUUID().replaceAll("-", "");
  readonly #since: number;
  readonly #jobs: MinerJobs;
  #address: string | undefined;
  #isMergeMined = false;
  /** Leaves those who take transactions. */
  #leave: (() => void) | undefined;
  #isSubscribed = false;
  #isOver = false;
  #completed = 0;
  #blocks = 0;
  #lastId = 0;
  #cancelJob: (() => void) | undefined;
  #making: Promise<void> | undefined;
  #isStale = false;

  constructor(node: StratumNode, line: MinerLine) {
    this.#node = node;
    this.#line = line;
    this.#since = Math.floor(node.clock.now() / 1_000);
    this.#jobs = new MinerJobs(node.network.minBlockWeight);
  }

  /** Whether the miner works on what follows a block, or on a transaction. */
  buildsOn(parent: string | undefined): boolean {
    const { current } = this.#jobs;
    if (current === undefined || current.isSubmitted) return false;
    return current.work.kind === "transaction" || current.work.fields.parents[0] === parent;
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** What `/miners` tells. */
  get stats(): PyJson {
    return {
      address: this.#line.address,
      blocks_found: this.#blocks,
      completed_jobs: this.#completed,
      connection_start_time: this.#since,
      estimated_hash_rate: new PyFloat(this.#jobs.hashRate),
      miner_id: this.#id,
    };
  }

  /** Takes a line that the miner has sent. */
  async take(line: string): Promise<void> {
    let id: MessageId;
    try {
      const request = readStratumLine(line);
      if (request === undefined) return;
      id = request.id;
      await this.#answer(request);
    } catch (error) {
      this.#refuse(error, id);
    }
  }

  /** Ends all work of the miner: the connection is over. */
  end(): void {
    this.#isOver = true;
    this.#leave?.();
    this.#cancelJob?.();
  }

  /** Gives the miner a new job. */
  renew(): Promise<void> {
    this.#isStale = true;
    return this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
  }

  async #answer(request: StratumRequest): Promise<void> {
    // Either form of a name will do, as in the original.
    const { method } = request;
    switch (typeof method === "string" ? method.replace(/^mining\./, "") : undefined) {
      case "subscribe":
        return await this.#subscribe(request);
      case "submit":
        return await this.#submit(request);
      default:
        throw unknownMethod(method);
    }
  }

  #refuse(error: unknown, id: MessageId): void {
    if (!(error instanceof StratumError)) {
      logger.error("a miner's message failed: {error}", { error: messageOf(error) });
    }
    const told = error instanceof StratumError ? error : new StratumError("internal");
    this.#line.send(stratumErrorText(told, id));
    if (told.isFatal) this.#line.close();
  }

  async #subscribe({ id, params }: StratumRequest): Promise<void> {
    if (!this.#node.isSynced) throw new StratumError("nodeSyncing");
    const given = (name: string) => valueAt(params, name);
    const [key, address] = [given("key"), given("address")];
    if (!this.#line.admit(typeof key === "string" ? key : undefined)) {
      throw new StratumError("invalidRequest", { error: "A key with append is needed" });
    }
    if (address !== undefined && address !== null) this.#address = addressOf(address);
    this.#isMergeMined = isTrue(given("merged_mining"));
    if (this.#isMergeMined && isTrue(given("mine_txs"))) {
      const text = "Cannot set both merged_mining=True and mine_txs=True";
      throw new StratumError("invalidParams", null, text);
    }
    this.#leave?.();
    const takesTransactions = !this.#isMergeMined &&
      (given("mine_txs") === undefined || isTrue(given("mine_txs")));
    this.#leave = takesTransactions ? this.#node.work.join(() => this.#offered()) : undefined;
    this.#isSubscribed = true;
    this.#line.send(okText(id));
    await this.renew();
  }

  async #submit({ id, params }: StratumRequest): Promise<void> {
    if (!this.#node.isSynced) throw new StratumError("nodeSyncing");
    const [jobId, nonce] = [valueAt(params, "job_id"), valueAt(params, "nonce")];
    if (jobId === undefined || nonce === undefined) {
      throw new StratumError("invalidParams", { required: ["job_id", "nonce"] });
    }
    if (typeof jobId !== "string" || !/^[\da-f]{32}$/i.test(jobId)) {
      throw new StratumError("invalidParams", { message: "job_id is invalid uuid4" });
    }
    const job = this.#jobs.find(jobId.toLowerCase());
    const places = { current_job: this.#jobs.current?.id ?? null, job_id: jobId.toLowerCase() };
    if (job === undefined) throw new StratumError("jobNotFound", places);
    if (job !== this.#jobs.current || job.isSubmitted) throw new StratumError("staleJob", places);
    const solved = solvedJob(job, { nonce, auxPow: valueAt(params, "aux_pow") });
    job.isSubmitted = true;
    this.#completed++;
    this.#line.send(okText(id));
    await this.#found(solved);
    // The block itself may have brought another job already.
    if (this.#jobs.current === job) await this.renew();
  }

  /** A share may be less than the vertex weighs: then nothing comes of it. */
  async #found(solved: Solved): Promise<void> {
    if (!hasWork(solved.vertex.hash, solved.vertex.weight)) return;
    // A transaction is sent by who waits for it, who hears of what is wrong with it.
    if (solved.kind === "transaction") return void solved.offer.take(solved.vertex);
    if (await this.#node.submit(solved.vertex)) this.#blocks++;
  }

  /** Another transaction is the first that waits, or none does. */
  #offered(): void {
    const { current } = this.#jobs;
    const on = current?.work.kind === "transaction" ? current.work.offer : undefined;
    if (on !== this.#node.work.current) void this.renew();
  }

  async #make(): Promise<void> {
    while (this.#isStale && !this.#isOver) {
      this.#isStale = false;
      this.#cancelJob?.();
      let again = AGAIN_MS;
      try {
        const id = crypto.randomUUID().replaceAll("-", "");
        const work = await this.#nextWork(id);
        if (work !== undefined) {
          again = work.kind === "block" ? BLOCK_MS : TRANSACTION_MS;
          this.#line.send(jobText(jobParams(this.#jobs.add(id, work)), this.#lastId++));
        }
      } catch (error) {
        return this.#refuse(error, undefined);
      }
      if (!this.#isOver) this.#cancelJob = this.#node.clock.after(again, () => void this.renew());
    }
  }

  /** What there is to mine; undefined while there is nothing. */
  async #nextWork(id: string): Promise<StratumJob["work"] | undefined> {
    const offer = this.#leave === undefined ? undefined : this.#node.work.current;
    if (offer !== undefined) return { kind: "transaction", fields: await offer.place(), offer };
    const script = await this.#script();
    const template = await this.#node.template();
    if (template === undefined) return undefined;
    const data = new TextEncoder().encode(`${this.#node.peerId.slice(0, 32)}-${this.#id}-${id}`);
    return blockWork(template, { script, data, isMergeMined: this.#isMergeMined });
  }

  async #script(): Promise<Uint8Array> {
    const address = this.#address ?? await this.#node.ownAddress();
    if (address === undefined) {
      const message = "No wallet available and no mining address given";
      throw new StratumError("invalidParams", { message });
    }
    const script = scriptOfAddress(this.#node.network, decodeAddress(address));
    if (script !== undefined) return script;
    throw new StratumError("invalidParams", { message: "The address is not valid" });
  }
}

/** An address of any network: of which one it is comes out with the first job. */
function addressOf(given: unknown): string {
  try {
    if (typeof given !== "string") throw new AddressError("no text");
    decodeAddress(given);
    return given;
  } catch (error) {
    if (error instanceof AddressError) throw new StratumError("invalidAddress");
    throw error;
  }
}

/** Whether Python takes a value for true. */
function isTrue(value: PyJson | undefined): boolean {
  if (value instanceof PyFloat) return value.value !== 0;
  if (isPyObject(value)) return keysOf(value).length > 0;
  return isPyArray(value) ? value.length > 0 : Boolean(value);
}
