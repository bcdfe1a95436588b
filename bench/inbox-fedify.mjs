// A server on the Fedify framework for bench/inbox.py: it keeps each note that comes in a table of SQLite, as an application would.
// Its queue and its memory are Fedify's own for SQLite, in the same file: WAL with synchronous=FULL, a commit is on disk (fsync).
import http from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { createFederation, generateCryptoKeyPair } from '@fedify/fedify'
import { SqliteKvStore, SqliteMessageQueue } from '@fedify/sqlite'
import { Create, Endpoints, Person } from '@fedify/vocab'

const [origin, port] = [process.env.ORIGIN, Number(process.env.PORT)]
const database = new DatabaseSync(process.env.DATABASE)
database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE note (id TEXT PRIMARY KEY, body TEXT NOT NULL)')
const insert = database.prepare('INSERT OR IGNORE INTO note VALUES (?, ?)')
const keys = [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5')]
const federation = createFederation({
  kv: new SqliteKvStore(database), queue: new SqliteMessageQueue(database), allowPrivateAddress: true, origin,
})

federation.setActorDispatcher('/users/{identifier}', async (context, identifier) => {
  if (identifier !== 'firma') return null
  const pairs = await context.getActorKeyPairs(identifier)
  return new Person({
    id: context.getActorUri(identifier), preferredUsername: identifier, inbox: context.getInboxUri(identifier),
    endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }), publicKey: pairs[0].cryptographicKey,
  })
}).setKeyPairsDispatcher(async () => keys)
federation.setInboxListeners('/users/{identifier}/inbox', '/inbox').on(Create, async (context, activity) => {
  const note = await activity.getObject(context)
  insert.run(note.id.href, JSON.stringify(await activity.toJsonLd(context)))
})

http.createServer(async (incoming, outgoing) => {
  const pieces = []
  for await (const piece of incoming) pieces.push(piece)
  const bare = ['GET', 'HEAD'].includes(incoming.method)
  const request = new Request(new URL(incoming.url, origin), {
    method: incoming.method, headers: incoming.headers, body: bare ? undefined : Buffer.concat(pieces),
  })
  const answer = await federation.fetch(request, { contextData: undefined })
  outgoing.statusCode = answer.status
  answer.headers.forEach((value, name) => outgoing.setHeader(name, value))
  outgoing.end(Buffer.from(await answer.arrayBuffer()))
}).listen(port, '127.0.0.1', () => console.log('ready'))
