import { objectsAt, readVectors } from "../../support/vectors.ts";

/** What the original makes of blocks, chains and texts. */
export const HIERACHAIN_VECTORS = ["hierachain.json", "hierachain_more.json"].flatMap((file) =>
  objectsAt(readVectors(file), "vectors")
);
