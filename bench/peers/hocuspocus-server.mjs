// The server of hocuspocus, in memory: no extension that stores. Usage: hocuspocus-server.mjs PORT
import { Server } from "@hocuspocus/server"

const server = new Server({
  port: Number(process.argv[2]),
  address: "127.0.0.1",
  quiet: true,
  // Keeps the document between the tablets' visits, which a server with a store would read again.
  unloadImmediately: false,
  beforeUnloadDocument: async () => {
    throw new Error("stays")
  },
})
await server.listen()
