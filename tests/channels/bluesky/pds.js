// Bluesky's own server for accounts (PDS) and the directory of DIDs, on loopback alone, for the tests of this folder.
// Its settings come by the environment; node_modules is where NODE_PATH says.
require('./loopback.js')

// There is no name and no certificate for an installation of ours here: what is asked of https://samspil-findes-ikke.dk is asked of CLIENT.
const { CLIENT } = process.env
const ask = globalThis.fetch
globalThis.fetch = function (what, more) {
  const url = new URL(what instanceof Request ? what.url : what)
  if (!CLIENT || url.origin !== 'https://samspil-findes-ikke.dk') return ask.call(this, what, more)
  return ask.call(this, `${CLIENT}${url.pathname}`)
}

const crypto = require('node:crypto')
const { PlcServer, Database } = require('@did-plc/server')
const plc = require('@did-plc/lib')
const { Secp256k1Keypair } = require('@atproto/crypto')
const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')

const hex = () => crypto.randomBytes(32).toString('hex')

// A DID whose document names the stand-in as the service of direct messages.
async function chatService(directory, url) {
  const key = await Secp256k1Keypair.create()
  const operation = {
    type: 'plc_operation',
    prev: null,
    rotationKeys: [key.did()],
    verificationMethods: { atproto: key.did() },
    alsoKnownAs: [],
    services: { bsky_chat: { type: 'BskyChatService', endpoint: url } },
  }
  const signed = await plc.signOperation(operation, key)
  const did = await plc.didForCreateOp(signed)
  await new plc.Client(directory).sendOperation(did, signed)
  return did
}

async function main() {
  const { PLC_PORT, PORT, FOLDER, VIEW } = process.env
  const directory = `http://localhost:${PLC_PORT}`
  const names = PlcServer.create({ db: Database.mock(), port: Number(PLC_PORT) })
  await names.start()
  Object.assign(process.env, {
    PDS_PORT: PORT,
    PDS_HOSTNAME: 'localhost',
    PDS_DEV_MODE: 'true',
    PDS_DATA_DIRECTORY: FOLDER,
    PDS_BLOBSTORE_DISK_LOCATION: `${FOLDER}/blobs`,
    PDS_DID_PLC_URL: directory,
    PDS_INVITE_REQUIRED: 'false',
    PDS_SERVICE_HANDLE_DOMAINS: '.test',
    PDS_ADMIN_PASSWORD: 'kun-til-proever',
    PDS_DPOP_SECRET: hex(),
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: hex(),
    PDS_DISABLE_SSRF_PROTECTION: 'true',
    PDS_RATE_LIMITS_ENABLED: 'true',
    PDS_BSKY_APP_VIEW_URL: VIEW,
    PDS_BSKY_APP_VIEW_DID: 'did:web:view.test',
    LOG_ENABLED: 'false',
  })
  const env = readEnv()
  const server = await PDS.create(envToCfg(env), envToSecrets(env))
  await server.start()
  console.log(`ready ${await chatService(directory, VIEW)}`)
  const stop = async () => {
    await server.destroy()
    await names.destroy()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
