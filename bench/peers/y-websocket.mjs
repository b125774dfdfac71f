// Benchmark W on y-websocket 2.0.4 with the server it brings, kept in LevelDB. Tablets keep nothing: Yjs has no store for
// node. The broadcast channel is off: it would carry edits between tablets past the server.
import { fileURLToPath } from "node:url"
import WebSocket from "ws"
import { WebsocketProvider } from "y-websocket"
import { pause, readRun, startServer, timed } from "./contract.mjs"
import { baseDocument, converged, editedTablet, targetClocks } from "./yjs.mjs"

const run = readRun()
const serverFile = fileURLToPath(new URL("node_modules/y-websocket/bin/server.cjs", import.meta.url))
const server = await startServer([serverFile], run.serverPort, {
  HOST: "127.0.0.1",
  PORT: String(run.serverPort),
  YPERSISTENCE: run.store,
})
const connect = (doc) =>
  new WebsocketProvider(`ws://127.0.0.1:${run.connectPort}`, "visit", doc, {
    WebSocketPolyfill: WebSocket,
    disableBc: true,
  })

const published = baseDocument(run.base)
const first = connect(published)
await new Promise((resolve) => first.once("synced", resolve))
// The provider does not say when the server has stored what it sent.
await pause(300)
first.destroy()
await pause(100)

const docs = run.tablets.map((edits) => editedTablet(published, edits))
const clocks = targetClocks(docs)
await timed({
  peer: "y-websocket 2.0.4 (yjs 13.6.33)",
  run,
  server,
  keepsStore: true,
  connect: (number) => {
    const end = converged(docs[number], clocks, run.expected)
    connect(docs[number])
    return end
  },
})
