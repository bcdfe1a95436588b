// The whole network as its makers try it: directory of DIDs, server of accounts, and the view of all posts with its notifications.
// PostgreSQL and Redis come by the environment; node_modules is where NODE_PATH says.
require('./loopback.js')
const { TestNetwork } = require('@atproto/dev-env')

async function main() {
  const port = Number(process.env.VIEW_PORT)
  const network = await TestNetwork.create({
    dbPostgresSchema: 'view',
    pds: { enableDidDocWithSession: true },
    bsky: { port, publicUrl: `http://localhost:${port}` }, // where its pictures are
  })
  console.log(`ready ${network.pds.url}`)
  const stop = async () => {
    await network.close()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
