from backoffice.desk import diagrams


def test_says_what_the_tables_say() -> None:
    assert diagrams.PAGE.read_text() == diagrams.page(), "Run `python manage.py draw_states`."
