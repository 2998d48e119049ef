"""A gate in front of a collector: it can be shut, and it can lose answers after the request has gone through."""
import asyncio
import threading


class Gate:
    def __init__(self, target_port):
        self.target_port = target_port
        self.to_lose = 0  # so many answers
        self.connections = set()
        self.server = None
        self.port = 0
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.open()

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def open(self):
        self._do(self._open())

    def shut(self):
        """New connections are refused, those that there are end at once."""
        self._do(self._shut())

    def lose(self, answers):
        self.to_lose = answers

    def close(self):
        self.shut()
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _open(self):
        if self.server is None:
            self.server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self.server.sockets[0].getsockname()[1]

    async def _shut(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        for writer in list(self.connections):
            writer.transport.abort()

    async def _connected(self, reader, writer):
        self.connections.add(writer)
        back = None
        try:
            answers, back = await asyncio.open_connection("127.0.0.1", self.target_port)
            await asyncio.gather(self._carry(reader, back, False), self._carry(answers, writer, True))
        except OSError:
            pass
        finally:
            self.connections.discard(writer)
            for end in (writer, back):
                if end is not None:
                    end.transport.abort()

    async def _carry(self, reader, writer, is_answer):
        while data := await reader.read(65536):
            if is_answer and self.to_lose > 0:
                self.to_lose -= 1
                break
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError  # one side has gone: so does the other
