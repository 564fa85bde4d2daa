"""delay_proxy.py PORT MILLISECONDS: takes connections that iptables redirected to PORT, connects to where they were meant to go, and hands bytes on in both
directions, each so much later. Its own connections carry the mark 7, by which iptables leaves them alone."""
import asyncio
import socket
import struct
import sys

PORT, DELAY = int(sys.argv[1]), int(sys.argv[2]) / 1000
SO_ORIGINAL_DST = 80
MARK = 7


async def pump(reader, writer):
    """What was read at t is written at t + DELAY, in order; the queue is bounded by what a window of that delay holds."""
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue(4096)

    async def write():
        while True:
            due, data = await queue.get()
            pause = due - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            if data is None:
                break
            writer.write(data)
            await writer.drain()

    writing = asyncio.ensure_future(write())
    try:
        while data := await reader.read(65536):
            await queue.put((loop.time() + DELAY, data))
        await queue.put((loop.time() + DELAY, None))
        await writing
    except OSError:
        writing.cancel()
    finally:
        writer.close()


async def serve(reader, writer):
    raw = writer.get_extra_info("socket").getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
    port, address = struct.unpack("!2xH4s8x", raw)
    out = socket.socket()
    out.setblocking(False)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
    out.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(out, (socket.inet_ntoa(address), port)), 10)
        far_reader, far_writer = await asyncio.open_connection(sock=out)
    except (OSError, asyncio.TimeoutError):
        out.close()
        writer.transport.abort()
        return
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", PORT)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
