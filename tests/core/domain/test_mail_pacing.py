from patriot_app.core.domain.mail_pacing import mail_pause


def test_the_pause_before_the_next_try_doubles_up_to_an_hour() -> None:
    pauses = [mail_pause(attempts).total_seconds() for attempts in (1, 2, 3, 20)]
    assert pauses == [30, 60, 120, 3600]
