"""The tutorial's answers, computed here from the raw columns as they lie in the table."""

FIRST_MINUTES = (9 * 60 + 30, 13 * 60)  # of the two halves of the trading day
MINUTES_A_HALF = 121
CODES = 5000
ROWS = CODES * MINUTES_A_HALF * len(FIRST_MINUTES)
DAY = 19365  # 2023.01.08 in days since 1970.01.01


def expected_times():
    """The DATETIME values of one code, in the order they were written."""
    return [DAY * 86400 + (first + i) * 60 for first in FIRST_MINUTES for i in range(MINUTES_A_HALF)]


def check_raw(raw):
    """What the load script wrote, as far as it is not random."""
    codes, times = raw["SecurityID"], raw["DateTime"]
    assert len(codes) == ROWS, f"{len(codes)} rows read back"
    day = expected_times()
    size = len(day)
    for code in range(CODES):
        assert list(times[code * size:(code + 1) * size]) == day, f"the times of code {code} differ"
        assert set(codes[code * size:(code + 1) * size]) == {f"{code:06}"}, f"the rows of code {code} differ"
    assert all(10 <= price <= 11 for price in set(raw["LastPx"])), "a price out of its range"


def compute(raw):
    """(Date, SecurityID, Open, High, Low, Close) a group, by first appearance."""
    groups = {}
    for code, time, price in zip(raw["SecurityID"], raw["DateTime"], raw["LastPx"]):
        key = (time // 86400, code)
        group = groups.get(key)
        if group is None:
            groups[key] = [price, price, price, price]
            continue
        if price > group[1]:
            group[1] = price
        if price < group[2]:
            group[2] = price
        group[3] = price
    return [(*key, *group) for key, group in groups.items()]


def rows_of(result):
    """The node's answer in the same form."""
    names = ("Date", "SecurityID", "Open", "High", "Low", "Close")
    assert tuple(result) == names, f"columns {tuple(result)}"
    return list(zip(*(result[name] for name in names)))
