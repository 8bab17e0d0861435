//! What the processor is, in words.

use std::thread::available_parallelism;

/// Its name, its cores and the vectors it is used with.
pub(super) fn description() -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let plural = if cores == 1 { "" } else { "s" };
    format!("{}, {cores} core{plural}{}", name(), vectors())
}

fn name() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").ok();
    told.as_deref().and_then(model).unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))
}

/// The model's name in what Linux tells of its processors.
fn model(told: &str) -> Option<String> {
    let line = told.lines().find(|line| line.starts_with("model name"))?;
    let name: Vec<&str> = line.split_once(':')?.1.split_whitespace().collect();
    (!name.is_empty()).then(|| name.join(" "))
}

/// The widest vectors that flex's matrix products use here.
#[cfg(target_arch = "x86_64")]
fn vectors() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        ", AVX-512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        ", AVX2"
    } else {
        ", without AVX2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> &'static str {
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_named_without_padding() {
        assert_eq!(model("vendor_id\t: X\nmodel name\t: Fast  Chip @ 3GHz\n"), Some("Fast Chip @ 3GHz".to_owned()));
    }

    #[test]
    fn a_processor_without_a_name_has_none() {
        assert_eq!(model("processor\t: 0\n"), None);
        assert_eq!(model("model name\t:\n"), None);
    }
}
