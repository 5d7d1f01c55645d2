/** The schema of the original's GraphQL (hierachain 0.2.0, as its introspection tells it). */
export const SCHEMA = `
schema { query: Query mutation: Mutations }
type EventType {
  entityId: String eventType: String details: String detailsCid: String detailsNonce: String
  isOffchain: Boolean timestamp: Float signature: String
}
type BlockMetadataType { chainName: String eventsCount: Int validatorSignatures: [String] }
type BlockType {
  index: Int hash: String previousHash: String timestamp: Float nonce: String
  events: [EventType] metadata: BlockMetadataType
}
type ChainStatusType {
  chainName: String blockCount: Int latestBlockIndex: Int latestBlockHash: String status: String
}
type Query {
  block(chainName: String!, blockIndex: Int!): BlockType
  blocks(chainName: String!, fromIndex: Int, toIndex: Int, limit: Int): [BlockType]
  events(
    chainName: String!, entityId: String, eventType: String
    fromTimestamp: Float, toTimestamp: Float, limit: Int
  ): [EventType]
  chainStatus(chainName: String!): ChainStatusType
  allChains: [ChainStatusType]
}
type Mutations { addEvent(event: AddEventInput!): AddEventMutation }
type AddEventMutation { success: Boolean blockIndex: Int error: String }
input AddEventInput { chainName: String! entityId: String! eventType: String! details: String }
`;
