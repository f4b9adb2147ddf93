//! Axes of a chart: from values to shares of a length, with round numbers to mark them.

/// An axis, linear or logarithmic.
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
}

/// A marked value.
pub(super) struct Tick {
    /// Where it stands, 0 to 1.
    pub(super) share: f64,
    /// Its number.
    pub(super) text: String,
}

impl Axis {
    /// Holds all values with some air.
    pub(super) fn linear(values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = ends(values);
        let reach = (high / 2.0 - low / 2.0) * 2.0;
        let air = if reach > 0.0 && reach.is_finite() { 0.08 * reach } else { (0.1 * high.abs()).max(1e-9) };
        Axis { low: low - air, high: high + air, logarithmic: false }
    }

    /// Holds all values, which are positive, with some air.
    pub(super) fn logarithmic(values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = ends(values.map(f64::log10));
        let air = (0.08 * (high - low)).max(0.15);
        Axis { low: low - air, high: high + air, logarithmic: true }
    }

    /// How far along the axis a value lies, 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        self.along(if self.logarithmic { value.log10() } else { value })
    }

    fn along(&self, value: f64) -> f64 {
        // Halves, so that the reach of the largest numbers is still a number.
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
    }

    /// At most about `most` round values.
    pub(super) fn ticks(&self, most: usize) -> Vec<Tick> {
        if self.logarithmic { self.powers(most) } else { self.steps(most) }
    }

    fn steps(&self, most: usize) -> Vec<Tick> {
        let rough = (self.high / 2.0 - self.low / 2.0) / most as f64 * 2.0;
        let power = rough.log10().floor();
        if !(-12.0..=12.0).contains(&power) {
            return Vec::new();
        }
        let unit = 10f64.powf(power);
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * unit).find(|step| *step >= rough);
        let step = step.unwrap_or(10.0 * unit);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        let count = (last - first + 1.0).clamp(0.0, 2.0 * most as f64) as usize;
        let values = (0..count).map(|at| (first + at as f64) * step);
        values
            .map(|value| Tick {
                share: self.along(value),
                text: format!("{:.decimals$}", if value == 0.0 { 0.0 } else { value }).replace('-', "−"),
            })
            .collect()
    }

    /// 1, 2 and 5 of each decade, or only so many decades as there is room for.
    fn powers(&self, most: usize) -> Vec<Tick> {
        let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
        let tick = |digit: u32, power: i32| {
            let value: f64 = format!("{digit}e{power}").parse().unwrap_or(1.0);
            let text = if (-4..6).contains(&power) { value.to_string() } else { format!("{digit}e{power}") };
            (value.log10(), text)
        };
        let within = |ticks: Vec<(f64, String)>| -> Vec<Tick> {
            let inside = ticks.into_iter().filter(|(at, _)| (self.low..=self.high).contains(at));
            inside.map(|(at, text)| Tick { share: self.along(at), text }).collect()
        };
        let digits: [&[u32]; 2] = [&[1, 2, 5], &[1]];
        for digits in digits {
            let all = (first..=last).flat_map(|power| digits.iter().map(move |digit| tick(*digit, power)));
            let ticks = within(all.collect());
            if ticks.len() <= most {
                return ticks;
            }
        }
        let each = (last - first).unsigned_abs() as usize / most + 1;
        within((first..=last).step_by(each).map(|power| tick(1, power)).collect())
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
