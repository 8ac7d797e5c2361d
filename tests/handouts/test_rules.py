from ideation.handouts.rules import Party, signature_rows


def test_everybody_has_a_line_and_the_unexpected_too() -> None:
    parties = [Party("", 1), Party("Verein", 3, ["Zeder", "Ahorn"]), Party("Amt", 1)]
    assert signature_rows(parties, spare=1) == [
        ("", "Amt"), ("Ahorn", "Verein"), ("Zeder", "Verein"), ("", "Verein"), ("", ""), ("", ""),
    ]  # fmt: skip
    assert signature_rows([], spare=2) == [("", ""), ("", "")]
