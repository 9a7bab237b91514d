// One upload with tus-js-client as other systems use it: node tus_client.mjs ENDPOINT TOKEN FILE [PIECE BYTES]
import fs from "node:fs"
import path from "node:path"
import * as tus from "tus-js-client"

const [endpoint, token, file, piece] = process.argv.slice(2)
let attempts = 0
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  chunkSize: piece ? Number(piece) : Infinity,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: path.basename(file), filetype: "application/octet-stream" },
  retryDelays: Array(200).fill(100),
  onBeforeRequest: () => { attempts += 1 },
  onShouldRetry: (error) => { if (process.env.TUS_LOG) console.error(String(error)); return true },
  onError: (error) => { console.error(String(error)); process.exit(1) },
  onSuccess: () => console.log(JSON.stringify({ url: upload.url, attempts })),
})
upload.start()
