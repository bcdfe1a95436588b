// A small server on the Fedify framework, for tests: one person, @karoline. What it hears stands at GET /_heard; POST /_do acts for her.
import http from 'node:http'
import { Temporal } from '@js-temporal/polyfill'
import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from '@fedify/fedify'
import { Accept, Create, Delete, Endpoints, Follow, Like, Note, Person, PUBLIC_COLLECTION, QuoteRequest, Reject, Undo, Update } from '@fedify/vocab'

const [origin, host] = [process.env.ORIGIN, process.env.HOST]
const heard = [], notes = new Map(), follows = new Map()
const keys = [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5'), await generateCryptoKeyPair('Ed25519')]
const federation = createFederation({
  kv: new MemoryKvStore(), queue: new InProcessMessageQueue(), allowPrivateAddress: true, origin,
  firstKnock: process.env.KNOCK,
})

federation.setActorDispatcher('/users/{identifier}', async (context, identifier) => {
  if (identifier !== 'karoline') return null
  const pairs = await context.getActorKeyPairs(identifier)
  return new Person({
    id: context.getActorUri(identifier), preferredUsername: identifier, name: 'Karoline', url: context.getActorUri(identifier),
    inbox: context.getInboxUri(identifier), outbox: context.getOutboxUri(identifier),
    endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
    publicKey: pairs[0].cryptographicKey, assertionMethods: pairs.map((pair) => pair.multikey),
  })
}).setKeyPairsDispatcher(async () => keys)
federation.setOutboxDispatcher('/users/{identifier}/outbox', async () => ({ items: [] }))
federation.setObjectDispatcher(Note, '/notes/{id}', (_context, { id }) => notes.get(id) ?? null)
federation.setInboxListeners('/users/{identifier}/inbox', '/inbox')
  .on(Accept, async (_context, activity) => { heard.push({ type: 'Accept', actor: activity.actorId?.href, result: activity.resultId?.href }) })
  .on(Reject, async (_context, activity) => { heard.push({ type: 'Reject', actor: activity.actorId?.href }) })
  .on(Create, async (context, activity) => {
    const note = await activity.getObject(context)
    heard.push({ type: 'Create', actor: activity.actorId?.href, id: note?.id?.href, content: String(note?.content), reply: note?.replyTargetId?.href })
  })
  .on(Update, async (context, activity) => {
    const note = await activity.getObject(context)
    const policy = note?.interactionPolicy?.canQuote?.automaticApprovals?.map((one) => one.href)
    heard.push({ type: 'Update', id: note?.id?.href, content: String(note?.content), quotable: policy })
  })
  .on(Delete, async (_context, activity) => { heard.push({ type: 'Delete', id: activity.objectId?.href }) })
  .on(Like, async (_context, activity) => { heard.push({ type: 'Like', id: activity.id?.href, object: activity.objectId?.href }) })
  .on(Undo, async (context, activity) => { heard.push({ type: 'Undo', id: (await activity.getObject(context))?.id?.href }) })
  .onError((_context, error) => { heard.push({ type: 'Error', error: String(error) }) })

async function act(context, wanted) {
  const to = await context.lookupObject(wanted.to)
  if (!to) throw new Error(`${wanted.to} was not found`)
  const actor = context.getActorUri('karoline'), id = crypto.randomUUID()
  let activity
  if (wanted.type === 'Follow') {
    activity = new Follow({ id: new URL(`${origin}/a/${id}`), actor, object: to.id })
    follows.set(to.id.href, activity)
  } else if (wanted.type === 'Undo') {
    activity = new Undo({ id: new URL(`${origin}/a/${id}`), actor, object: follows.get(to.id.href) })
  } else if (wanted.type === 'Like') {
    activity = new Like({ id: new URL(`${origin}/a/${id}`), actor, object: new URL(wanted.object) })
  } else if (wanted.type === 'QuoteRequest') {
    activity = new QuoteRequest({ id: new URL(`${origin}/a/${id}`), actor, object: new URL(wanted.object), instrument: new URL(`${origin}/notes/${id}`) })
  } else {
    const note = new Note({
      id: context.getObjectUri(Note, { id }), attribution: actor, content: wanted.content, published: Temporal.Now.instant(),
      to: wanted.direct ? to.id : PUBLIC_COLLECTION, ccs: wanted.direct ? [] : [to.id],
      replyTarget: wanted.reply ? new URL(wanted.reply) : null,
    })
    notes.set(id, note)
    activity = new Create({ id: new URL(`${note.id.href}#create`), actor, object: note, to: note.toId, ccs: wanted.direct ? [] : [to.id] })
  }
  await context.sendActivity({ identifier: 'karoline' }, to, activity)
  return activity.objectId?.href ?? activity.id.href
}

http.createServer(async (incoming, outgoing) => {
  const pieces = []
  for await (const piece of incoming) pieces.push(piece)
  const body = Buffer.concat(pieces), url = new URL(incoming.url, origin), bare = ['GET', 'HEAD'].includes(incoming.method)
  if (url.pathname === '/_heard') return outgoing.end(JSON.stringify(heard))
  const request = new Request(url, { method: incoming.method, headers: incoming.headers, body: bare ? undefined : body })
  if (url.pathname === '/_do') {
    try {
      return outgoing.end(JSON.stringify({ id: await act(federation.createContext(new Request(url), undefined), JSON.parse(body)) }))
    } catch (error) {
      outgoing.statusCode = 500
      return outgoing.end(String(error.stack))
    }
  }
  const answer = await federation.fetch(request, { contextData: undefined })
  outgoing.statusCode = answer.status
  answer.headers.forEach((value, name) => outgoing.setHeader(name, value))
  outgoing.end(Buffer.from(await answer.arrayBuffer()))
}).listen(80, host, () => console.log('ready'))
