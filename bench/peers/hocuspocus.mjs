// Benchmark W on hocuspocus 3.4.4, everything in memory on both sides.
import { fileURLToPath } from "node:url"
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider"
import WebSocket from "ws"
import { pause, readRun, startServer, timed } from "./contract.mjs"
import { baseDocument, converged, editedTablet, targetClocks } from "./yjs.mjs"

const run = readRun()
const serverFile = fileURLToPath(new URL("hocuspocus-server.mjs", import.meta.url))
const server = await startServer([serverFile, String(run.serverPort)], run.serverPort)
const connect = (doc) => {
  const url = `ws://127.0.0.1:${run.connectPort}`
  const websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket })
  const provider = new HocuspocusProvider({ websocketProvider, name: "visit", document: doc })
  provider.attach()
  return { provider, websocketProvider }
}

const published = baseDocument(run.base)
const first = connect(published)
await new Promise((resolve) => first.provider.on("synced", resolve))
await pause(300)
first.provider.destroy()
first.websocketProvider.destroy()
await pause(100)

const docs = run.tablets.map((edits) => editedTablet(published, edits))
const clocks = targetClocks(docs)
await timed({
  peer: "hocuspocus 3.4.4 (yjs 13.6.33, in memory)",
  run,
  server,
  keepsStore: false,
  connect: (number) => {
    const end = converged(docs[number], clocks, run.expected)
    connect(docs[number])
    return end
  },
})
