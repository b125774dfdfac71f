// Benchmark W on automerge-repo 2.5.6 (automerge 3.5.0) and its sync server 0.2.8 as npm installs it, which brings
// automerge-repo 1.2 of its own. Both sides store in folders; the tablets keep their sync state.
import { createRequire } from "node:module"
import { join } from "node:path"
import * as Automerge from "@automerge/automerge"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"
import { isComplete, pause, readRun, startServer, timed, when } from "./contract.mjs"

const run = readRun()
const serverFile = createRequire(import.meta.url).resolve("@automerge/automerge-repo-sync-server/src/index.js")
const server = await startServer([serverFile], run.serverPort, {
  PORT: String(run.serverPort),
  DATA_DIR: run.store,
})
const openRepo = (name, online) =>
  new Repo({
    storage: new NodeFSStorageAdapter(join(run.dir, name)),
    network: online ? [adapter()] : [],
  })
const adapter = () => new WebSocketClientAdapter(`ws://127.0.0.1:${run.connectPort}`)

const url = await publishBase()
const tablets = []
for (const [number, edits] of run.tablets.entries()) tablets.push(await prepare(`tablet-${number}`, edits))
// The base is one change; every edit of a field is one more.
const changes = 1 + run.expected.edits
await timed({
  peer: "automerge-repo 2.5.6 + sync-server 0.2.8",
  run,
  server,
  keepsStore: true,
  connect: (number) => {
    const { repo, handle } = tablets[number]
    const look = () => {
      const doc = handle.doc()
      if (Automerge.stats(doc).numChanges !== changes) return undefined
      const state = read(doc)
      return isComplete(state, run.expected, "all") ? state : undefined
    }
    const end = when(look, (again) => handle.on("heads-changed", again))
    repo.networkSubsystem.addNetworkAdapter(adapter())
    return end
  },
})

/** Brings the base to the server, as one change; every field is a scalar. */
async function publishBase() {
  const repo = openRepo("first", true)
  const part = (fields) =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, new Automerge.ImmutableString(value)]))
  const doc = Automerge.from({ answers: part(run.base.answers), notes: part(run.base.notes) })
  const handle = repo.import(Automerge.save(doc))
  await repo.networkSubsystem.whenReady()
  // Nothing says when the server has stored it: a tablet that then does not find it ends the run with an error.
  await pause(1000)
  await repo.flush()
  await repo.shutdown()
  return handle.url
}

/** Fetches the base, goes offline, opens the store again and edits: one change for each field. */
async function prepare(name, edits) {
  const online = openRepo(name, true)
  await online.find(url)
  await pause(200)
  await online.flush()
  await online.shutdown()

  const repo = openRepo(name, false)
  const handle = await repo.find(url)
  for (const part of ["answers", "notes"]) {
    for (const [key, value] of Object.entries(edits[part])) {
      handle.change((doc) => {
        doc[part][key] = new Automerge.ImmutableString(value)
      })
    }
  }
  await repo.flush()
  return { repo, handle }
}

function read(doc) {
  const part = (fields) =>
    Object.fromEntries(
      Object.keys(fields).map((key) => {
        const all = Automerge.getConflicts(fields, key)
        return [key, (all ? Object.values(all) : [fields[key]]).map(String)]
      }),
    )
  return { answers: part(doc.answers), notes: part(doc.notes) }
}
