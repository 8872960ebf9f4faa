"""aio.py SPOOL [CERTIFICATE KEY]: a receiver made of aiosmtpd, for the benchmarks: each message is a file, synced, renamed into
new/, and its directory synced, on threads beside the event loop, before the 250. Prints its port, on the loopback interface.
"""
import asyncio, os, ssl, sys, uuid

from aiosmtpd.smtp import SMTP


class Receiver:
    def __init__(self, spool):
        self.spool = spool
        for name in ("tmp", "new"):
            os.makedirs(f"{spool}/{name}")
        self.directory = os.open(spool + "/new", os.O_RDONLY)

    def store(self, content):
        name = uuid.uuid4().hex + ".eml"
        with open(f"{self.spool}/tmp/{name}", "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(f"{self.spool}/tmp/{name}", f"{self.spool}/new/{name}")
        os.fsync(self.directory)

    async def handle_DATA(self, server, session, envelope):
        trace = "".join(f"Delivered-To: {to}\r\n" for to in envelope.rcpt_tos)
        await asyncio.to_thread(self.store, f"Return-Path: <{envelope.mail_from}>\r\n{trace}".encode() + envelope.content)
        return "250 2.0.0 Ok"


async def main():
    receiver, context = Receiver(sys.argv[1]), None
    if sys.argv[2:]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*sys.argv[2:4])
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(receiver, hostname="mx.example.com", tls_context=context, data_size_limit=35 << 20), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
