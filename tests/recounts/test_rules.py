from ideation.recounts.rules import Fault, differences


def test_a_recount_names_what_differs() -> None:
    titles = {1: "Eins", 2: "Zwei", 3: "Drei"}
    found = differences("counter", {1: (3, 3), 2: (1, 4)}, {1: (3, 3), 2: (1, 5), 3: (0, 0)}, titles)
    assert found == [Fault("counter", 2, "Zwei", (1, 4), (1, 5))]
    assert "1 Personen" not in str(found[0]) and "option 2" in str(found[0])


def test_a_fault_is_kept_and_read_again() -> None:
    for fault in (Fault("counter", 2, "Zwei", (1, 4), (1, 5)), Fault("chain", why="entry 3: gone"), Fault("limit", why="ab" * 32)):
        assert Fault.read(fault.told()) == fault
