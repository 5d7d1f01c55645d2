/** Size of a hash, of a vertex or a token, in bytes. */
export const HASH_SIZE = 32;

/** An address is one byte of version, the hash it stands for, and four bytes of checksum. */
export const ADDRESS_SIZE = 25;
