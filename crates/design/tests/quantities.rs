//! Quantities: what may be written, what may not, and the way back to text.

use proptest::prelude::*;
use rankine_design::{Bytes, Count, Fraction, Milliseconds, Quantity, Rate};

fn good<Q: Quantity>(table: &[(&str, f64)], number: impl Fn(&Q) -> f64) {
    for (text, expected) in table {
        let read = Q::parse(text).unwrap_or_else(|error| panic!("{}", error.message));
        let tolerance = 1e-12 * expected.abs();
        assert!((number(&read) - expected).abs() <= tolerance, "{text}: {}", number(&read));
    }
}

fn bad<Q: Quantity>(table: &[(&str, &str, &str)]) {
    for (text, message, help) in table {
        let Err(error) = Q::parse(text) else { panic!("{text} was accepted") };
        assert!(error.message.ends_with(message), "{text}: {}", error.message);
        assert!(error.help.contains(help), "{text}: {}", error.help);
    }
}

#[test]
fn counts() {
    let table = [
        ("0", 0.0),
        ("12", 12.0),
        ("1_200", 1200.0),
        ("2k", 2e3),
        ("5M", 5e6),
        ("1.2 M", 1.2e6),
        ("3B", 3e9),
    ];
    good::<Count>(&table, |count| count.number as f64);
    assert_eq!(Count::parse("100M daily"), Ok(Count { number: 100_000_000, daily: true }));
    assert_eq!(Count::parse("7 daily"), Ok(Count { number: 7, daily: true }));
    bad::<Count>(&[
        ("5m", "the unit `m` is not known", "did you mean `M`?"),
        ("5 million", "the unit `million` is not known", "did you mean `M`?"),
        ("-1", "it cannot be negative", "100M daily"),
        ("many", "a number must come first", "k, M, B"),
        ("", "a number must come first", "1200"),
        ("1.2.3", "`1.2.3` is not a number", ""),
        ("9999999999B", "it is too large", ""),
        ("0.2", "it is less than the smallest unit", ""),
    ]);
}

#[test]
fn rates() {
    let table = [
        ("12k/s", 12e3),
        ("1200/s", 1200.0),
        ("60/m", 1.0),
        ("3600 /hour", 1.0),
        ("5M/day", 5e6 / 86400.0),
        ("0.5/s", 0.5),
    ];
    good::<Rate>(&table, |rate| rate.0);
    bad::<Rate>(&[
        ("1200", "it does not say per what", "12k/s"),
        ("12k", "it does not say per what", "12k/s"),
        ("12k/sec", "the unit `/sec` is not known", "did you mean `/second`?"),
        ("5M/days", "the unit `/days` is not known", "did you mean `/day`?"),
        ("3600 / hour", "the unit `/ hour` is not known", "/hour"),
    ]);
}

#[test]
fn durations() {
    let table = [
        ("0s", 0.0),
        ("50ms", 50.0),
        ("90s", 9e4),
        ("1m 30s", 9e4),
        ("1h30m", 5.4e6),
        ("1.5h", 5.4e6),
        ("7d", 6.048e8),
        ("2w", 1.2096e9),
    ];
    good::<Milliseconds>(&table, |duration| duration.0 as f64);
    bad::<Milliseconds>(&[
        ("50", "the unit is missing", "ms, s, m, h, d, w"),
        ("50 msec", "the unit `msec` is not known", "did you mean `ms`?"),
        ("2 hours", "the unit `hours` is not known", "did you mean `h`?"),
        ("7D", "the unit `D` is not known", "did you mean `d`?"),
        ("1h 30", "the unit is missing", ""),
        ("1h!", "the unit `h!` is not known", "did you mean `h`?"),
    ]);
}

#[test]
fn sizes() {
    let table = [("512B", 512.0), ("512MB", 512e6), ("4GiB", 4.0 * 1024.0f64.powi(3)), ("1.5 KiB", 1536.0)];
    good::<Bytes>(&table, |size| size.0 as f64);
    bad::<Bytes>(&[
        ("4", "the unit is missing", "GiB"),
        ("4gib", "the unit `gib` is not known", "did you mean `GiB`?"),
        ("4G", "the unit `G` is not known", "did you mean `GiB`?"),
        ("4GIB", "the unit `GIB` is not known", "did you mean `GiB`?"),
    ]);
}

#[test]
fn fractions() {
    let table = [("1%", 0.01), ("0.01", 0.01), ("95 %", 0.95), ("100%", 1.0), ("1", 1.0), ("0", 0.0)];
    good::<Fraction>(&table, |fraction| fraction.0);
    bad::<Fraction>(&[
        ("5", "it is more than the whole", "write \"5%\""),
        ("101%", "it is more than the whole", "1%"),
        ("5 percent", "the unit `percent` is not known", "did you mean `%`?"),
        ("-1%", "it cannot be negative", ""),
    ]);
}

#[test]
fn shown_for_people() {
    let shown = [
        (Count { number: 1_200_000, daily: false }.to_string(), "1.2M"),
        (Count { number: 999_999, daily: true }.to_string(), "1M daily"),
        (Count { number: 12, daily: false }.to_string(), "12"),
        (Rate(12000.0).to_string(), "12k/s"),
        (Rate(0.01).to_string(), "864/day"),
        (Milliseconds(0).to_string(), "0ms"),
        (Milliseconds(50).to_string(), "50ms"),
        (Milliseconds(90_000).to_string(), "1m 30s"),
        (Milliseconds(604_800_000).to_string(), "7d"),
        (Milliseconds(3_599_999).to_string(), "1h"),
        (Bytes(1_610_612_736).to_string(), "1.5 GiB"),
        (Bytes(512).to_string(), "512 B"),
        (Fraction(0.01).to_string(), "1%"),
        (Fraction(0.125).to_string(), "12.5%"),
    ];
    for (text, expected) in shown {
        assert_eq!(text, expected);
    }
}

fn near(read: f64, shown: f64) -> bool {
    (read - shown).abs() <= 0.03 * shown.abs() + 1e-9
}

proptest! {
    #[test]
    fn shown_and_read_again(number in 0u64..1 << 53, bits in 0u32..53, part in 0.0f64..=1.0, daily: bool) {
        let number = number >> bits;
        let count = Count { number, daily };
        let again = Count::parse(&count.to_string()).unwrap();
        prop_assert!(near(again.number as f64, number as f64) && again.daily == daily, "{count}");
        let rate = Rate(number as f64 * part);
        prop_assert!(near(Rate::parse(&rate.to_string()).unwrap().0, rate.0), "{rate}");
        let time = Milliseconds(number);
        prop_assert!(near(Milliseconds::parse(&time.to_string()).unwrap().0 as f64, number as f64), "{time}");
        let size = Bytes(number);
        prop_assert!(near(Bytes::parse(&size.to_string()).unwrap().0 as f64, number as f64), "{size}");
        let fraction = Fraction(part);
        prop_assert!(near(Fraction::parse(&fraction.to_string()).unwrap().0, part), "{fraction}");
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), bytes in any::<Vec<u8>>(), unit in "[0-9]{0,400}[._]?[0-9 ]{0,3}[a-zA-Z/%é]{0,6}") {
        for text in [text, String::from_utf8_lossy(&bytes).into_owned(), unit] {
            for error in [
                Count::parse(&text).err(),
                Rate::parse(&text).err(),
                Milliseconds::parse(&text).err(),
                Bytes::parse(&text).err(),
                Fraction::parse(&text).err(),
            ] {
                prop_assert!(error.is_none_or(|error| !error.message.is_empty() && !error.help.is_empty()));
            }
        }
    }
}
