/** Bytes of a script that are not the length of a push. */
export const Op = {
  pushData1: 0x4c,
  zero: 0x50,
  sixteen: 0x60,
  greaterThanTimestamp: 0x6f,
  dup: 0x76,
  equal: 0x87,
  equalVerify: 0x88,
  hash160: 0xa9,
  checkSig: 0xac,
  checkMultisig: 0xae,
  checkDataSig: 0xba,
  dataStrEqual: 0xc0,
  dataGreaterThan: 0xc1,
  findP2pkh: 0xd0,
  dataMatchValue: 0xd1,
} as const;

/** The longest push whose length is its opcode. */
export const LONGEST_SHORT_PUSH = 75;

/** Names of the opcodes that do something, as the reference node logs them. */
export const OP_NAMES: Readonly<Record<number, string>> = {
  [Op.greaterThanTimestamp]: "OP_GREATERTHAN_TIMESTAMP",
  [Op.dup]: "OP_DUP",
  [Op.equal]: "OP_EQUAL",
  [Op.equalVerify]: "OP_EQUALVERIFY",
  [Op.hash160]: "OP_HASH160",
  [Op.checkSig]: "OP_CHECKSIG",
  [Op.checkMultisig]: "OP_CHECKMULTISIG",
  [Op.checkDataSig]: "OP_CHECKDATASIG",
  [Op.dataStrEqual]: "OP_DATA_STREQUAL",
  [Op.dataGreaterThan]: "OP_DATA_GREATERTHAN",
  [Op.findP2pkh]: "OP_FIND_P2PKH",
  [Op.dataMatchValue]: "OP_DATA_MATCH_VALUE",
};

/** Whether an opcode puts bytes or a small number on the stack. */
export function isPush(opcode: number): boolean {
  return (opcode >= 1 && opcode <= LONGEST_SHORT_PUSH) || opcode === Op.pushData1 ||
    isSmallNumber(opcode);
}

/** Whether an opcode puts a number of 0 to 16 on the stack. */
export function isSmallNumber(opcode: number): boolean {
  return opcode >= Op.zero && opcode <= Op.sixteen;
}

/** The number that {@linkcode isSmallNumber} opcodes stand for. */
export function smallNumberOf(opcode: number): number {
  return opcode - Op.zero;
}
