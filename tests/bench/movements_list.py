"""A list of Oceafin's, page after page, each made of one template. It ends after each round. A process of its own."""

import asyncio
import json
import re
import sys

MARK = b"PPPPPPPP"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
CURSOR = re.compile(rb"[?&]cursor=(\d+)")


def template(rows: int) -> bytes:
    page = MARK.decode()
    items = [
        {
            "transactionId": f"{page}-0000-4000-8000-{number:012}",
            "type": "FIAT_WITHDRAWAL" if number % 10 == 0 else "FIAT_DEPOSIT",
            "direction": "DEBIT" if number % 10 == 0 else "CREDIT",
            "currency": "EUR",
            "network": None,
            "amount": f"{number * 7 + 1}.25",
            "feeAmount": "0.50",
            "status": "COMPLETED",
            "resourceType": "fiat_withdrawal" if number % 10 == 0 else "fiat_deposit",
            "resourceId": f"{page}-0000-4000-9000-{number:012}",
            "occurredAt": f"2025-06-28T10:{number % 60:02}:00Z",
        }
        for number in range(rows)
    ]
    return json.dumps(items).encode()


class List(asyncio.Protocol):
    items = b""
    pages_a_round = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head, self.data = self.data[:end], self.data[end + 4 :]
            self.transport.write(self.answer(head.partition(b"\r\n")[0]))

    def answer(self, request: bytes) -> bytes:
        cursor = CURSOR.search(request)
        page = int(cursor[1]) if cursor else 0
        following = b"null" if (page + 1) % self.pages_a_round == 0 else b'"%d"' % (page + 1)
        body = b'{"items": %b, "nextCursor": %b}' % (self.items.replace(MARK, b"%08x" % page), following)
        return HEAD % len(body) + body


async def main(pages_a_round: int, rows: int) -> None:
    List.items, List.pages_a_round = template(rows), pages_a_round
    server = await asyncio.get_running_loop().create_server(List, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
