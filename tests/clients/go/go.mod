module ledgerline.example/clients

go 1.21

require github.com/durable-streams/durable-streams/packages/client-go v0.1.0
