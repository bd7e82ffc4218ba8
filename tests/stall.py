#!/usr/bin/env python3
"""A network that stalls: relays connections to a port of 127.0.0.1, and holds everything back when told.

    stall.py PORT        prints the port that it listens on, then obeys the lines of its stdin:

  hold N    what clients send is held from now on; prints "holding", and "held" as soon as N requests are
  go        what is held is let go at once; prints "gone"

It ends with its stdin.  What a client had sent is relayed even if the client has gone meanwhile.
"""
import asyncio
import sys

REQUEST_LINES = (b"GET ", b"POST ")


class Stall:
    def __init__(self):
        self.open = asyncio.Event()
        self.open.set()
        self.held = self.wanted = 0
        self.told = True

    def count(self, data):
        """Each request begins a segment of its own: none is sent before the answer to the last."""
        self.held += data.startswith(REQUEST_LINES)
        if not self.told and self.held >= self.wanted:
            self.told = True
            print("held", flush=True)

    async def relay(self, reader, writer, holds):
        while data := await reader.read(1 << 16):
            if holds and not self.open.is_set():
                self.count(data)
                await self.open.wait()
            writer.write(data)
        if holds:
            await self.open.wait()
        if writer.can_write_eof():
            writer.write_eof()

    async def serve(self, reader, writer):
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
        await asyncio.gather(self.relay(reader, up_writer, True), self.relay(up_reader, writer, False),
                             return_exceptions=True)
        up_writer.close()
        writer.close()

    def obey(self, line):
        if line.startswith("hold "):
            self.held, self.wanted, self.told = 0, int(line.split()[1]), False
            self.open.clear()
            print("holding", flush=True)
        else:
            self.open.set()
            print("gone", flush=True)


async def main():
    stall = Stall()
    server = await asyncio.start_server(stall.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        stall.obey(line.decode())


asyncio.run(main())
