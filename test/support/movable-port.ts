import { createConnection, createServer, type Socket } from 'node:net';

/** An address behind which another server can come, as it does in a fail-over. */
export interface MovablePort {
  readonly port: number;
  /** Connections go there from now on; those that are open end. */
  readonly moveTo: (port: number) => void;
  readonly close: () => void;
}

export async function movablePort(first: number): Promise<MovablePort> {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ host: '127.0.0.1', port: target });
    for (const socket of [near, far]) {
      open.add(socket);
      const end = (): void => {
        near.destroy();
        far.destroy();
      };
      socket.on('error', end).on('close', end);
      socket.once('close', () => open.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot listen');
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    moveTo: (port) => {
      target = port;
      endAll();
    },
    close: () => {
      server.close();
      endAll();
    },
  };
}
