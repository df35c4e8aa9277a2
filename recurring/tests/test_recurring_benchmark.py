"""The made-up households, small: the same seed gives the same file, and detection keeps its level."""

import io

from benchmarks.recurring import Tally, main, pairs, read
from benchmarks.recurring_households import household, write
from recurring.detection import find_series

BAR = 0.95


def _file(tmp_path, *houses):
    path = tmp_path / "households.csv"
    with path.open("w") as file:
        write(houses, file)
    return path


def test_detection_keeps_its_level_on_households_it_was_not_tuned_on(tmp_path):
    path = _file(
        tmp_path, household(119, 0, False), household(120, 0, False), household(120, 1, True)
    )
    tally = Tally()
    for house in read(path)[0].values():
        tally.add(find_series(house.payments), house.truths)
    assert tally.series["true"] > 50
    assert tally.score(tally.series).f1 >= BAR
    assert tally.score(tally.rows).f1 >= BAR


def test_a_seed_gives_the_same_household():
    one, other = io.StringIO(), io.StringIO()
    write([household(7, 0, False)], one)
    write([household(7, 0, False)], other)
    assert one.getvalue() == other.getvalue()


def test_the_command_takes_columns_in_any_order_and_tells_the_score(tmp_path, monkeypatch, capsys):
    path = tmp_path / "own.csv"
    lines = ["amount,description,extra,date,series"]
    lines += [f"-9.99,SPOTIFY,x,05/{month:02d}/2024,spotify" for month in range(1, 13)]
    lines += ["-3.50,Bakery,x,2024-02-02,", "-1.00,Broken,x,someday,"]
    path.write_text("\n".join(lines))
    monkeypatch.setattr("sys.argv", ["recurring.py", str(path)])
    main()
    printed = capsys.readouterr()
    header, line = printed.out.splitlines()
    assert header.startswith("household,name,rhythm,amount,count,first,last,next_due,confidence")
    assert line.startswith(",Spotify,monthly,-9.99,12,2024-01-05,2024-12-05,2025-01-05,")
    assert line.endswith(",1 2 3 4 5 6 7 8 9 10 11 12")
    assert "F1 1.000" in printed.err
    assert "Row 14" in printed.err


def test_a_series_found_counts_once(tmp_path):
    house = read(_file(tmp_path, household(119, 0, False)))[0]["h119-0"]
    found = find_series(house.payments)
    matched = pairs([*found, *found], house.truths)
    assert len(set(matched.values())) == len(matched) <= len(house.truths)
