import { createServer, connect, type Socket } from 'node:net';

/** A line to a server of this machine that can fall silent, as a network that is partitioned. */
export interface SilentLine {
  readonly port: number;
  /**
   * From now on bytes in this direction go nowhere, and nobody is told. Connections stay open, and
   * new ones are taken.
   */
  readonly cut: (...directions: ReadonlyArray<'there' | 'back'>) => void;
  /** Old connections end, as a peer that knows nothing of them ends them; new ones work. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

export async function silentLine(to: number): Promise<SilentLine> {
  const silent = new Set<'there' | 'back'>();
  const sockets = new Set<Socket>();
  const kept = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const pass = (from: Socket, into: Socket, direction: 'there' | 'back'): void => {
    from.on('data', (bytes) => {
      if (!silent.has(direction)) into.write(bytes);
    });
    from.once('close', () => {
      if (silent.size === 0) into.destroy(); // a partition hides also that a peer has gone
    });
  };
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    pass(kept(near), kept(far), 'there');
    pass(far, near, 'back');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot listen');
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut: (...directions) => {
      for (const direction of directions) silent.add(direction);
    },
    heal: () => {
      silent.clear();
      hangUp();
    },
    close: () => {
      hangUp();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
