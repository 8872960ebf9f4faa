"""Posts the lines of a file by aiohttp, so many at a time: aio.py URL FILE CONCURRENCY"""
import asyncio
import sys

import aiohttp


async def main(url, path, width):
    with open(path, "rb") as file:
        lines = (line.rstrip(b"\n") for line in file)
        connector = aiohttp.TCPConnector(limit=width, ssl=False)
        async with aiohttp.ClientSession(connector=connector, headers={"content-type": "application/json"}) as session:
            async def work():
                for body in lines:
                    async with session.post(url, data=body) as answer:
                        assert answer.status // 100 == 2
            await asyncio.gather(*(work() for _ in range(width)))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
