/** Listeners that each thread has more on every port, once one of them hangs. */
export const WIDER = 7;
