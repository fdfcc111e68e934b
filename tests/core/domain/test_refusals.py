from patriot_app.core.domain.refusals import FOR_ALL, PER_PERSON, REMEMBERED_MAX, RefusalBudget


def test_the_same_attempt_is_kept_once_a_minute_with_the_number_left_out() -> None:
    budget = RefusalBudget()
    assert budget.admit("eve", "halt", now=0) == 0
    assert [budget.admit("eve", "halt", now=second) for second in range(1, 60)] == [None] * 59
    assert budget.admit("eve", "halt", now=60) == 59


def test_one_person_cannot_flood_the_record_nor_silence_another() -> None:
    budget = RefusalBudget()
    kept = [budget.admit("eve", f"act {number}", now=1) for number in range(1_000)]
    assert sum(one is not None for one in kept) == PER_PERSON
    assert budget.admit("bob", "act", now=1) == 1_000 - PER_PERSON


def test_many_addresses_together_cannot_flood_it_either() -> None:
    budget = RefusalBudget()
    kept = [budget.admit(f"address {number}", "act", now=1) for number in range(5_000)]
    assert sum(one is not None for one in kept) == FOR_ALL
    assert budget.admit("address 9999", "act", now=61) == 5_000 - FOR_ALL


def test_it_remembers_a_limited_number_of_people() -> None:
    budget = RefusalBudget()
    for number in range(REMEMBERED_MAX + 50):
        budget.admit(f"address {number}", "act", now=number)
    assert len(budget._people) == REMEMBERED_MAX
