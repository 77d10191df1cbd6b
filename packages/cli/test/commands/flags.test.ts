import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { Command } from 'commander'
import { flag } from '../../src/commands/flags.ts'

const name = 'HTX_FLAG_OF_A_TEST'

/** What a command gets for a switch when its variable holds this. */
function read(value: string, flags = '--switch'): unknown {
  process.env[name] = value
  const command = new Command().addOption(flag(flags, 'a flag', name)).parse([], { from: 'user' })
  return command.opts().switch
}

describe('the environment variable of a flag', () => {
  afterEach(() => delete process.env[name])

  it('switches on, and says no in the usual words', () => {
    for (const yes of ['1', 'true', 'yes', 'on']) assert.equal(read(yes), true, yes)
    for (const no of ['', '0', 'false', 'No', 'OFF']) assert.equal(read(no), undefined, no)
  })

  it('holds a value, whatever its words are', () => {
    assert.equal(read('no', '--switch <value>'), 'no')
    assert.equal(read('', '--switch <value>'), undefined)
  })
})
