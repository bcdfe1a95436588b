// Says of each line of its input, {kind, name, value}, whether the protocol's own descriptions allow it: "" or what is wrong.
const { createInterface } = require('node:readline')
const { lexicons, jsonToLex } = require('@atproto/api')

const looks = {
  output: (name, value) => lexicons.assertValidXrpcOutput(name, value),
  input: (name, value) => lexicons.assertValidXrpcInput(name, value),
  record: (name, value) => lexicons.assertValidRecord(name, value),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { kind, name, value } = JSON.parse(line)
  try {
    looks[kind](name, jsonToLex(value))
    console.log('""')
  } catch (error) {
    console.log(JSON.stringify(error.message))
  }
})
