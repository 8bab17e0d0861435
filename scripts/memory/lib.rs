//! The CPU code of `crates/kernels`, file by file, with what it needs of the files that know tensors. Its tests are those of the crate.

#![allow(dead_code, unsafe_code, reason = "tests alone call what is here")]

#[path = "../../crates/kernels/src/cpu/mod.rs"]
mod cpu;
#[path = "../../crates/kernels/src/precision.rs"]
mod precision;

use precision::Precision;

#[path = "../../crates/kernels/src/activation"]
mod activation {
    const QUICK: f32 = 1.702;

    mod cpu;
}

#[path = "../../crates/kernels/src/attention"]
mod attention {
    mod cpu;
    mod mask;

    use mask::Mask;
}

#[path = "../../crates/kernels/src/cross_entropy"]
mod cross_entropy {
    const IGNORED: i32 = -1;

    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct CrossEntropy {
        smoothing: f64,
        z: f64,
        precision: crate::Precision,
    }

    mod cpu;
}

#[path = "../../crates/kernels/src/dropout"]
mod dropout {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Dropout {
        pub(crate) key: attentive_random::Key,
        pub(crate) probability: f64,
        pub(crate) row: usize,
    }

    mod cpu;
}

#[path = "../../crates/kernels/src/embedding"]
mod embedding {
    mod cpu;
}

#[path = "../../crates/kernels/src/norm"]
mod norm {
    mod cpu;
}

#[path = "../../crates/kernels/src/optimizers"]
mod optimizers {
    #[derive(Clone, Copy)]
    struct AdamW {
        learning_rate: f64,
        betas: [f64; 2],
        epsilon: f64,
        decay: f64,
        step: u64,
        factor: f64,
    }

    #[derive(Clone, Copy)]
    struct Lion {
        learning_rate: f64,
        betas: [f64; 2],
        decay: f64,
        factor: f64,
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Momentum {
        Heavy(f64),
        Nesterov(f64),
    }

    #[derive(Clone, Copy)]
    struct Sgd {
        learning_rate: f64,
        momentum: Momentum,
        decay: f64,
        factor: f64,
    }

    #[derive(Clone, Copy)]
    struct Muon {
        learning_rate: f64,
        momentum: f64,
        decay: f64,
        factor: f64,
    }

    mod cpu;
    mod orthogonal;
}

#[path = "../../crates/kernels/src/rotary"]
mod rotary {
    mod cpu;
    mod frequencies;

    pub(crate) use frequencies::Rotary;
}

use rotary::Rotary;
