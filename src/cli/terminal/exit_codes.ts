/** What a command leaves with. */
export const OK = 0;
export const FAILED = 1;
export const WRONG_USE = 2;
/** Something that was asked for is damaged. */
export const DAMAGED = 3;
