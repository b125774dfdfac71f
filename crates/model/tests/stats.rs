//! Figures against those that were published (domain.md 1.2), and what may not be counted out.

use std::collections::BTreeSet;

use senim_model::OfficialStatus::{Implemented, InProgress, NotImplemented};
use senim_model::stats::{
    Count, CountUnit, Counted, Proportion, count_of, implementation_rates, ratio_in_tenths,
};

const ISSUED: [(u16, usize); 3] = [(2020, 3_319), (2021, 3_667), (2022, 3_164)];

/// The country's recommendations of three years; the statuses published are those of the first two.
fn country() -> Vec<Counted> {
    let statuses = [
        (Implemented, 2_130),
        (InProgress, 4_702),
        (NotImplemented, 154),
    ];
    let known = statuses
        .into_iter()
        .flat_map(|(status, n)| std::iter::repeat_n(Some(status), n));
    let statuses = known.chain(std::iter::repeat(Some(NotImplemented)));
    let cohorts = ISSUED
        .into_iter()
        .flat_map(|(cohort, n)| std::iter::repeat_n(cohort, n));
    cohorts
        .zip(statuses)
        .map(|(cohort, status)| Counted { cohort, status })
        .collect()
}

#[test]
fn the_published_rates_are_those_of_two_cohorts() {
    let rates = implementation_rates(country(), &BTreeSet::from([2020, 2021]));
    assert_eq!(rates.cohorts, [2020, 2021]);
    for rate in [rates.implemented, rates.in_progress, rates.not_implemented] {
        assert_eq!(rate.n, Count::Exactly(6_986));
    }
    assert_eq!(rates.implemented.part, Count::Exactly(2_130));
    assert_eq!(rates.implemented.per_mille, Some(305));
    assert_eq!(rates.in_progress.per_mille, Some(673));
    assert_eq!(rates.not_implemented.per_mille, Some(22));
    assert_eq!(rates.other_cohorts, 3_164, "2022 is not silently left out");
}

#[test]
fn with_the_third_cohort_the_rates_are_others() {
    let rates = implementation_rates(country(), &BTreeSet::from([2020, 2021, 2022]));
    assert_eq!(rates.implemented.n, Count::Exactly(10_150));
    assert_eq!(rates.implemented.per_mille, Some(210));
    assert_eq!(rates.other_cohorts, 0);
}

#[test]
fn overtaken_and_contested_stand_beside_the_rates() {
    let one = |status| Counted {
        cohort: 2020,
        status,
    };
    let rates = implementation_rates([one(None), one(Some(Implemented))], &BTreeSet::from([2020]));
    assert_eq!(
        (rates.left_out, rates.implemented.n),
        (1, Count::Exactly(1))
    );
    let none = implementation_rates([], &BTreeSet::from([2020]));
    assert_eq!(none.implemented.per_mille, None, "nothing has no rate");
}

#[test]
fn the_volumes_of_the_country_add_up() {
    let visits = 517 + 507 + 505;
    assert_eq!(
        ratio_in_tenths(10_150, visits),
        Some(66),
        "recommendations per visit"
    );
    assert_eq!(ratio_in_tenths(3_434, 507), Some(68), "years for one round");
    let special = Proportion::of(40 + 46 + 49, visits, CountUnit::Visits);
    assert_eq!(
        (special.n, special.per_mille),
        (Count::Exactly(1_529), Some(88))
    );
    assert_eq!(ratio_in_tenths(1, 0), None);
}

#[test]
fn fewer_than_five_people_are_never_counted_out() {
    for n in 1..5 {
        assert_eq!(count_of(n, CountUnit::Persons), Count::Suppressed);
        assert_eq!(count_of(n, CountUnit::Visits), Count::Exactly(n));
    }
    assert_eq!(count_of(0, CountUnit::Files), Count::Exactly(0));
    for part in 0..=40 {
        let share = Proportion::of(part, 40, CountUnit::Files);
        let hidden = (1..5).contains(&part) || (1..5).contains(&(40 - part));
        assert_eq!(share.part == Count::Suppressed, hidden, "{part}");
        assert_eq!(share.per_mille.is_none(), hidden, "{part}");
        assert_eq!(share.n, Count::Exactly(40));
    }
    let small = Proportion::of(0, 4, CountUnit::Persons);
    assert_eq!(
        (small.part, small.n, small.per_mille),
        (Count::Suppressed, Count::Suppressed, None)
    );
}
