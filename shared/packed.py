"""Request bodies that come packed (`Content-Encoding: gzip`), as phones on slow lines send them."""

import zlib

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.error_handlers import respond
from shared.errors import BadRequest, Problem, TooLarge, UnsupportedMediaType

MAXIMUM_UNPACKED_BYTES = 4 * 1024 * 1024
"""What the largest batch may be when it comes unpacked; a bomb of a megabyte would fill a gigabyte."""
GZIP = 16 + zlib.MAX_WBITS
NAMES = (b"gzip", b"x-gzip")


class PackedBodies:
    """ASGI middleware: the application sees a packed body as if it had come unpacked.

    A body is unpacked piece by piece as it arrives, so that never more than the limit is held.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        encoding = next((value for name, value in scope["headers"] if name == b"content-encoding"), b"identity")
        encoding = encoding.strip().lower()
        if encoding in (b"identity", b""):
            await self.app(scope, receive, send)
            return
        try:
            if encoding not in NAMES:
                raise unknown_encoding()
            message = await _read(receive)
        except Problem as problem:
            await respond(Request(scope), problem)(scope, receive, send)
            return
        waiting = [message]

        async def receive_unpacked() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(_unpacked_scope(scope, message), receive_unpacked, send)


async def _read(receive: Receive) -> Message:
    """The whole body in one message, or the client's leaving. Raises TooLarge, BadRequest."""
    unpacker, body = zlib.decompressobj(GZIP), bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        try:
            body += unpacker.decompress(message.get("body", b""), MAXIMUM_UNPACKED_BYTES + 1 - len(body))
        except zlib.error:
            raise damaged() from None
        if len(body) > MAXIMUM_UNPACKED_BYTES:
            raise too_large()
        if unpacker.unused_data:
            raise damaged()
        if not message.get("more_body", False):
            if not unpacker.eof:
                raise damaged()
            return {"type": "http.request", "body": bytes(body), "more_body": False}


def _unpacked_scope(scope: Scope, message: Message) -> Scope:
    length = str(len(message.get("body", b""))).encode()
    kept = [item for item in scope["headers"] if item[0] not in (b"content-encoding", b"content-length")]
    return {**scope, "headers": [*kept, (b"content-length", length)]}


def unknown_encoding() -> UnsupportedMediaType:
    """The refusal of a packing that we do not open."""
    return UnsupportedMediaType(
        "encoding_unsupported",
        en="Send the body as it is, or packed with gzip (Content-Encoding: gzip).",
        km="សូមផ្ញើតួសំណើដោយមិនបង្ហាប់ ឬបង្ហាប់ដោយ gzip (Content-Encoding: gzip)។",
        headers={"Accept-Encoding": "gzip"},
    )


def damaged() -> BadRequest:
    """The refusal of a body that is cut off, or is not what it says."""
    return BadRequest(
        "gzip_damaged",
        en="The body is not whole, or is not gzip. Nothing was changed; pack it anew and send it again.",
        km="តួសំណើមិនពេញលេញ ឬមិនមែនជា gzip ទេ។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមបង្ហាប់ជាថ្មី រួចផ្ញើម្ដងទៀត។",
    )


def too_large() -> TooLarge:
    """The refusal of a body that would be too large unpacked."""
    return TooLarge(
        "body_too_large",
        en="The body is larger than 4 MiB unpacked. Nothing was changed; send it in smaller parts.",
        km="តួសំណើធំជាង ៤ MiB ក្រោយពន្លា។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើជាផ្នែកតូចៗ។",
    )
