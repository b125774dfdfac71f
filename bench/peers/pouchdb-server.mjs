// The server of PouchDB: express-pouchdb over LevelDB. Usage: pouchdb-server.mjs PORT FOLDER
import { join } from "node:path"
import express from "express"
import expressPouchDB from "express-pouchdb"
import PouchDB from "pouchdb"

const [port, folder] = process.argv.slice(2)
const Store = PouchDB.defaults({ prefix: `${folder}/` })
const app = express()
const routes = expressPouchDB(Store, {
  mode: "minimumForPouchDB",
  configPath: join(folder, "config.json"),
  logPath: join(folder, "log.txt"),
})
app.use("/", routes)
app.listen(Number(port), "127.0.0.1")
