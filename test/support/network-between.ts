import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A port that leads to another, until the network between them is away. */
export interface NetworkBetween {
  readonly port: number
  /** Nothing arrives any more, and nobody is told: connections stay open, as with a router that is off. */
  cut(): void
  restore(): void
  close(): Promise<void>
}

export async function networkBetween(port: number): Promise<NetworkBetween> {
  let isCut = false
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', piece => {
        if (!isCut) to.write(piece)
      })
      from.on('end', () => {
        if (!isCut) to.end()
      })
      from.on('close', () => {
        sockets.delete(from)
        if (!isCut) to.destroy()
      })
      from.on('error', () => undefined)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true
    },
    restore: () => {
      isCut = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
