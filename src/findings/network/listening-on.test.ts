import { describe, expect, it } from 'vitest'
import { anOpenPath } from '../../../test/support/builders.ts'
import type { ListeningSocket } from '../../domain/runtime-facts.ts'
import { listeningOn } from './listening-on.ts'

const socket = (protocol: ListeningSocket['protocol'], address: string, port: number): ListeningSocket => ({
  protocol,
  address,
  port,
  program: 'usr/sbin/sshd',
  package: 'openssh-server',
})

describe('who listens behind an open path', () => {
  it.each([
    ['tcp', '0.0.0.0', 22, true],
    ['tcp6', '::', 22, true],
    ['tcp', '10.0.0.10', 22, true],
    ['tcp', 'what the kernel never writes', 22, true],
    ['tcp', '10.0.0.11', 22, false],
    ['tcp', '127.0.0.1', 22, false],
    ['tcp', '127.0.0.53', 22, false],
    ['tcp6', '::1', 22, false],
    ['udp', '0.0.0.0', 22, false],
    ['tcp', '0.0.0.0', 23, false],
  ] as const)('%s %s port %i: %s', (protocol, address, port, answers) => {
    const runtime = { listening: [socket(protocol, address, port)], loaded: [], unowned: [], gaps: [] }

    expect(listeningOn(anOpenPath(), runtime)).toEqual(answers ? runtime.listening : [])
  })

  it('is told by family: a socket of IPv4 alone does not answer on IPv6', () => {
    const runtime = {
      listening: [socket('tcp', '0.0.0.0', 22), socket('tcp6', '::', 22)],
      loaded: [],
      unowned: [],
      gaps: [],
    }

    expect(listeningOn(anOpenPath({ family: 'ipv6' }), runtime).map(({ protocol }) => protocol)).toEqual(['tcp6'])
  })
})
