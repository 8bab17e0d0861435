//! How much memory this process takes.

/// The largest resident size so far in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    told("VmHWM:")
}

/// The resident size now in bytes, where the system tells.
pub fn resident_memory() -> Option<u64> {
    told("VmRSS:")
}

fn told(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
