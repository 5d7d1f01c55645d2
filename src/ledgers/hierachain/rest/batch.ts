/** Events of one batch: with their rows they have to fit into one commit. */
export const BATCH_EVENTS = 400;
