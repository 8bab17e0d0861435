//! Numbers as people read them.

/// `1.5 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    scaled(count as f64, 1024.0, ["B", "KiB", "MiB", "GiB", "TiB"])
}

/// `1.50 G`.
pub(crate) fn large(number: f64) -> String {
    scaled(number, 1000.0, ["", "k", "M", "G", "T"]).trim_end().to_owned()
}

fn scaled(mut number: f64, base: f64, units: [&str; 5]) -> String {
    let mut unit = 0;
    while number >= base && unit + 1 < units.len() {
        number /= base;
        unit += 1;
    }
    if unit == 0 { format!("{number:.0} {}", units[0]) } else { format!("{number:.2} {}", units[unit]) }
}

/// `2 h 05 min`, `3 min 20 s`, `4.2 s`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(3 << 20), "3.00 MiB");
        assert_eq!(large(1_250_000.0), "1.25 M");
        assert_eq!(large(7.0), "7");
        assert_eq!(duration(4.21), "4.2 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(7500.0), "2 h 05 min");
    }
}
