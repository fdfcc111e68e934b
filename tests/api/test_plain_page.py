"""The pages without a script show what people typed as text."""

from patriot_app.api import plain_page

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_no_part_of_a_page_takes_text_for_markup() -> None:
    body = [
        plain_page.paragraph(EVIL),
        plain_page.shown_once(EVIL, EVIL),
        plain_page.shown_once_list(EVIL, (EVIL,)),
        plain_page.problem(EVIL),
        plain_page.news(EVIL),
        plain_page.entries(EVIL, [plain_page.entry(EVIL, (EVIL,), mark=EVIL)]),
        plain_page.text_link(EVIL, EVIL),
        plain_page.form("/somewhere", hidden={EVIL: EVIL}, label=EVIL),
        plain_page.text_field("name", EVIL, value=EVIL, hint=EVIL),
        plain_page.password_field("name", EVIL, hint=EVIL),
        plain_page.choice("name", EVIL, EVIL),
        plain_page.fact(EVIL, EVIL, hint=EVIL),
        plain_page.code_field(EVIL, hint=EVIL),
    ]
    answer = plain_page.page(EVIL, hint=EVIL, body="".join(body), back=EVIL, back_label=EVIL)
    text = bytes(answer.body).decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "alert(1)</script>" not in text
    assert "<img src=x" not in text
    assert EVIL not in text
