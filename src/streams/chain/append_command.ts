import { emitAll } from "../../log/append.ts";
import type { Command, Draft } from "../../log/command.ts";
import { checkedProducer, type Producer } from "../../log/event.ts";
import { type ProducerTurn, producerTurn } from "../../log/producer.ts";
import { type AppendRequest, type Content, eventsOf } from "./append_request.ts";
import { essenceOf } from "./content_type.ts";
import { dependOnElsewhere, type Look } from "./elsewhere.ts";
import { badRequest, conflict, noStream, retained, StreamRefusal } from "./errors.ts";
import { CLOSED } from "./events.ts";
import { refuseUnexpected } from "./expectation.ts";
import { endToken } from "./layout.ts";
import { presenceOf, stateIn, type StreamState } from "./state.ts";

/** How an append ended. */
export interface AppendAnswer {
  readonly state: StreamState;
  /** Whether the append was in already, and nothing was written. */
  readonly isRepeat: boolean;
  /** The producer's last accepted sequence, where there is a producer. */
  readonly accepted: number | undefined;
}

/** The stream as it is now, as {@linkcode stateIn} gives it. Throws 404 or 410 where it cannot be used. */
export function liveState(tx: Draft): StreamState | Promise<StreamState> {
  const state = stateIn(tx);
  return state instanceof Promise
    ? state.then((read) => usable(read, tx.time))
    : usable(state, tx.time);
}

function usable(state: StreamState | undefined, now: number): StreamState {
  const presence = presenceOf(state, now);
  if (presence === "retained") throw retained();
  if (state === undefined || presence === "absent") throw noStream();
  return state;
}

/**
 * Appends to a stream and closes it, or one of the two, in one commit. The order of the checks is
 * the protocol's (section 5.2): a producer whose epoch is over, then a closed stream, a repeated
 * append, the content type, where the stream is expected to end, and others that `look` finds, and the
 * writers' own sequence, which counts for the whole stream.
 */
export function appendTo(name: string, request: AppendRequest, look: Look): Command<AppendAnswer> {
  return async (tx) => {
    const read = liveState(tx);
    const state = read instanceof Promise ? await read : read;
    const { content, closes, seq, elsewhere, life = state.life } = request;
    if (state.life !== life) throw noStream("The stream was deleted, and another has its name");
    // A producer's state belongs to one life of the stream.
    const producer = request.producer === undefined
      ? undefined
      : checkedProducer({ ...request.producer, id: `${state.life}/${request.producer.id}` });
    const turn: ProducerTurn = producer === undefined
      ? { kind: "next" }
      : await producerTurn(tx, producer);
    refuseEpoch(turn);
    if (state.isClosed) return answerClosed(state, producer, closes && content === undefined);
    if (turn.kind === "repeat") return { state, isRepeat: true, accepted: turn.last.seq };
    if (turn.kind === "gap") throw gap(turn.expected, producer?.seq);
    if (content !== undefined) refuseContent(content, state);
    if (request.expected !== undefined) refuseUnexpected(name, state, request.expected);
    if (elsewhere !== undefined) await dependOnElsewhere(tx, elsewhere, look);
    if (seq !== undefined && state.seq !== null && seq <= state.seq) {
      // Clients know it by its first words.
      throw conflict(
        "seq_regression",
        "sequence conflict: Stream-Seq must be greater than the last one",
      );
    }
    const events = content === undefined ? [] : eventsOf(content, seq);
    if (content !== undefined && events.length === 0) {
      throw badRequest("empty", "An append holds at least one message");
    }
    const sequence = events.length === 0 && seq !== undefined ? [seq] : [];
    if (closes) events.push({ type: CLOSED, data: "", keys: sequence });
    const emitting = emitAll(tx, events, producer);
    if (emitting !== undefined) await emitting;
    return { state: await liveState(tx), isRepeat: false, accepted: producer?.seq };
  };
}

function refuseEpoch(turn: ProducerTurn): void {
  if (turn.kind === "fenced") {
    throw new StreamRefusal(403, "producer_fenced", "The producer has begun a later epoch", {
      "producer-epoch": String(turn.epoch),
    });
  }
  if (turn.kind === "gap" && turn.isNewEpoch) {
    throw badRequest("producer_invalid", "A producer's new epoch begins with sequence 0");
  }
}

function gap(expected: number, received: number | undefined): StreamRefusal {
  return conflict("producer_gap", `Sequence ${expected} is the producer's next`, {
    "producer-expected-seq": String(expected),
    "producer-received-seq": String(received),
  });
}

function answerClosed(
  state: StreamState,
  producer: Producer | undefined,
  isCloseOnly: boolean,
): AppendAnswer {
  const { closer } = state;
  if (producer === undefined) {
    if (isCloseOnly) return { state, isRepeat: true, accepted: undefined };
  } else if (
    closer !== null && closer.id === producer.id && closer.epoch === producer.epoch &&
    closer.seq === producer.seq
  ) {
    return { state, isRepeat: true, accepted: closer.seq };
  }
  throw conflict("stream_closed", "The stream is closed", {
    "stream-closed": "true",
    "stream-next-offset": endToken(state),
  });
}

function refuseContent({ essence }: Content, { contentType }: StreamState): void {
  if (essence === essenceOf(contentType)) return;
  throw conflict("content_type_mismatch", `The stream's content type is ${contentType}`);
}
