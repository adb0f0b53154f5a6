import structlog


def opens(password: str) -> None:
    raise ValueError("The door is shut.")


def test_in_the_log_shows_no_values(capsys) -> None:
    try:
        opens("".join(["open", "-", "sesame"]))
    except ValueError:
        structlog.get_logger().exception("door.shut")
    told = capsys.readouterr().out
    assert "ValueError: The door is shut." in told
    assert "opens" in told, "where it happened"
    assert "open-sesame" not in told
