"""Asking a part how it is, with so little code that the supervisor stays small."""

import socket


def answers(port: int, path: str, timeout: float = 2) -> bool:
    """Whether a GET on loopback is answered with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: isaf-local\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
            connection.sendall(request.encode())
            status = b""
            while len(status) < 12 and (more := connection.recv(12 - len(status))):
                status += more
            while connection.recv(65_536):
                pass
    except OSError:
        return False
    return status == b"HTTP/1.1 200"
