from ops.permission_document import PAGE, document
from patriot_app.core.domain.permission_matrix import MATRIX


def test_the_page_says_what_the_matrix_says() -> None:
    assert PAGE.read_text("utf-8") == document(MATRIX), "run: python -m ops.permission_document"
