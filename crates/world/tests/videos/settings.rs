//! Settings: no value makes a world panic.

use rankine_world::World;
use rankine_world::videos::{Settings, Videos};

#[test]
fn the_defaults_are_inside_their_ranges() {
    assert_eq!(Settings::default().clamped(), Settings::default());
}

#[test]
fn no_setting_makes_a_world_panic() {
    let tiny = Settings { users: 5, items: 5, days: 2, requests: 40, channels: 3, ..Settings::default() };
    let table = [
        Settings { users: 0, items: 0, days: 0, requests: 0, ..tiny.clone() },
        Settings { genres: 0, channels: 0, factors: 0, slate: 0, ..tiny.clone() },
        Settings { start: i64::MIN, new_users: 1.0, ..tiny.clone() },
        Settings { start: i64::MAX, births_per_day: 0.0, ..tiny.clone() },
        Settings {
            births_per_day: f64::NAN,
            median_seconds: f64::NAN,
            session_requests: f64::NAN,
            ..tiny.clone()
        },
        Settings { births_per_day: 1e-300, activity_spread: f64::INFINITY, ..tiny.clone() },
        Settings { policy_popular: 0.0, policy_taste: 0.0, policy_random: -1.0, ..tiny.clone() },
        Settings { popular_half_life: 0.0, position_bias: -4.0, taste: 1e9, ..tiny.clone() },
        Settings { slate: u32::MAX, genres: u32::MAX, factors: u32::MAX, ..tiny.clone() },
        Settings { session_requests: 1e9, drift: 1e9, click_base: 1e9, finish_base: 1e9, ..tiny },
    ];
    for settings in table {
        let world = Videos::new(&settings, u64::MAX);
        let mut requests = 0;
        world.log(&mut |line| requests += u32::from(matches!(line, rankine_world::Line::Request { .. })));
        assert_eq!(requests, settings.requests.max(1));
        assert!(world.afterwards(3).len() >= 3);
    }
}
