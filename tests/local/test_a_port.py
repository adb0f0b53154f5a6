import socket

from backoffice.local.ports import HOST, free_port, is_taken


def test_is_free_when_nothing_listens_on_it() -> None:
    assert not is_taken(free_port())


def test_is_taken_while_another_program_listens_on_it() -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        assert is_taken(listener.getsockname()[1])
