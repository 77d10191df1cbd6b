import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openAddressPolicy } from '../../src/task-data/addresses/address-policy.ts'

describe('the address policy', () => {
  it('allows public addresses, and none of the special ranges', () => {
    const { allows } = openAddressPolicy([])
    for (const address of ['8.8.8.8', '2606:4700::1', '::ffff:8.8.8.8']) assert.equal(allows(address), true, address)
    const special = [
      ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.0.9', '169.254.169.254', '172.16.0.1'],
      ...['192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
      ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1', '2001:db8::1', '2002:a00:1::1'],
      ...[
        '::ffff:10.0.0.1',
        '::ffff:7f00:1',
        '::10.0.0.1',
        '::a00:1',
        '::7f00:1',
        '4000::1',
        '64:ff9b::a00:1',
        'not an address',
        '',
      ],
    ]
    for (const address of special) assert.equal(allows(address), false, address)
  })

  it('allows what is listed beside them, also where IPv6 carries it', () => {
    const { allows } = openAddressPolicy(['10.0.0.0/8', '127.0.0.1', 'fd00::/8'])
    for (const address of ['10.9.9.9', '127.0.0.1', '::ffff:10.1.1.1', 'fd00::1'])
      assert.equal(allows(address), true, address)
    for (const address of ['11.0.0.1', '127.0.0.2', '::1', '192.168.0.1', 'fc00::1'])
      assert.equal(allows(address), address === '11.0.0.1', address)
  })

  it('allows everything when asked to', () => {
    assert.equal(openAddressPolicy(['any']).allows('169.254.169.254'), true)
  })
})
