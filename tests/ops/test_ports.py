"""Ports are chosen where no outgoing connection takes them first."""

import socket

import pytest

from ops.home import OpsError
from ops.ports import free_port, port_near, require_free


def test_a_free_port_can_be_listened_on_and_is_none_that_systems_give_away() -> None:
    port = free_port()
    assert port < 32_768
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


def test_a_port_in_use_is_refused_by_name_and_another_is_found_beside_it() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with pytest.raises(OpsError, match=f"Port {taken} is in use"):
            require_free(taken)
        assert port_near(taken) != taken
    assert port_near(free_port()) > 0
