//! How the system's allocator treats the large buffers that a step takes and gives back again and again.

/// Asks the allocator to keep what is freed: handed back to the kernel, it would return as fresh pages, each with a fault and a pass of
/// zeros. For programs whose memory is this crate's; where the allocator is another one, nothing happens.
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (option, value) in
        [(libc::M_MMAP_MAX, 0), (libc::M_TRIM_THRESHOLD, libc::c_int::MAX), (libc::M_TOP_PAD, 64 << 20)]
    {
        // SAFETY: sets a number inside of the allocator, under its lock.
        unsafe {
            libc::mallopt(option, value);
        }
    }
}
