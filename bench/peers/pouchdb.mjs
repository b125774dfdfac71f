// Benchmark W on PouchDB 9 and express-pouchdb 4.2.0, LevelDB on both sides: one PouchDB document for each field, as its
// users are told to do. The end state is all leaf revisions.
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import PouchDB from "pouchdb"
import { isComplete, readRun, startServer, timed, when } from "./contract.mjs"

const run = readRun()
const serverFile = fileURLToPath(new URL("pouchdb-server.mjs", import.meta.url))
const server = await startServer([serverFile, String(run.serverPort), run.store], run.serverPort)
const remote = () => new PouchDB(`http://127.0.0.1:${run.connectPort}/visit`)

await publishBase()
const tablets = []
for (const [number, edits] of run.tablets.entries()) tablets.push(await prepare(`tablet-${number}`, edits))
await timed({
  peer: "PouchDB 9.0.0 + express-pouchdb 4.2.0",
  run,
  server,
  keepsStore: true,
  connect: (number) => {
    const { db, own } = tablets[number]
    const sync = db.sync(remote(), { live: true })
    let arrived = 0
    const look = async () => {
      if (arrived < run.expected.edits - own) return undefined
      const state = await read(db)
      return isComplete(state, run.expected, "all") ? state : undefined
    }
    return when(look, (again) =>
      sync.on("change", ({ direction, change }) => {
        if (direction === "pull") arrived += change.docs.length
        again()
      }),
    )
  },
})

async function publishBase() {
  const fields = [...Object.entries(run.base.answers), ...Object.entries(run.base.notes)]
  const db = remote()
  await db.bulkDocs(fields.map(([key, value]) => ({ _id: key, value })))
}

/** Fetches the base, goes offline, and edits each field in a write of its own. */
async function prepare(name, edits) {
  const db = new PouchDB(join(run.dir, name))
  await db.replicate.from(remote())
  const fields = [...Object.entries(edits.answers), ...Object.entries(edits.notes)]
  for (const [key, value] of fields) {
    const before = await db.get(key)
    await db.put({ _id: key, _rev: before._rev, value })
  }
  return { db, own: fields.length }
}

/** All leaf revisions of every field. */
async function read(db) {
  const { rows } = await db.allDocs({ include_docs: true, conflicts: true })
  const state = { answers: {}, notes: {} }
  for (const { id, doc } of rows) {
    const others = await Promise.all((doc._conflicts ?? []).map((rev) => db.get(id, { rev })))
    const part = id.startsWith("a") ? state.answers : state.notes
    part[id] = [doc.value, ...others.map((other) => other.value)]
  }
  return state
}
