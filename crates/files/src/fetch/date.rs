//! The one form of a date that servers send today, as in `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// None for what is not such a date, or lies before 1970 or after 9999.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let (_weekday, date) = text.trim().split_once(", ")?;
    let [day, month, year, time, zone]: [&str; 5] = date.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let days = days(number(year, 1970..=9999)?, month, number(day, 1..=31)?);
    let seconds = days * 86_400 + seconds(time)?;
    (zone == "GMT").then_some(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn seconds(time: &str) -> Option<u64> {
    let [hours, minutes, seconds]: [&str; 3] = time.split(':').collect::<Vec<_>>().try_into().ok()?;
    Some(number(hours, 0..=23)? * 3600 + number(minutes, 0..=59)? * 60 + number(seconds, 0..=60)?)
}

fn number(digits: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    digits.parse().ok().filter(|number| range.contains(number))
}

/// Days since the beginning of 1970. A year that begins in March ends with its leap day, which makes lengths of months
/// a straight line: 153 days in five months.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5;
    before + day - 1 - 719_468 // days from March of year 0 to 1970
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected seconds are those that `date --date="…" +%s` (GNU coreutils) prints.
    #[test]
    fn dates_become_seconds() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] {
            assert_eq!(parse(text), Some(UNIX_EPOCH + Duration::from_secs(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "120",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
