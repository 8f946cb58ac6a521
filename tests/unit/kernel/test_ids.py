from kernel.ids import new_id, stable_id


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id("cmp") for _ in range(50)]

    assert len(set(ids)) == 50
    assert [made[:14] for made in ids] == sorted(made[:14] for made in ids)


def test_a_stable_id_depends_on_every_part_and_on_where_parts_end() -> None:
    assert stable_id("act", "a", "b") == stable_id("act", "a", "b")
    assert stable_id("act", "a", "b") != stable_id("act", "ab", "")
    assert stable_id("act", "a", "b") != stable_id("aud", "a", "b")
