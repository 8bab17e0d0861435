//! Draws of a Beta distribution whose two parameters are equal.

use attentive_random::Stream;

/// From 0 to 1, symmetric about the middle; the smaller `alpha`, the nearer to the ends.
pub(super) fn beta(stream: &mut Stream, alpha: f32) -> f32 {
    let [first, second] = [(); 2].map(|()| log_gamma_draw(stream, f64::from(alpha)));
    // Of two draws that are both near zero only the ratio matters: it is taken between logarithms.
    (1.0 / (1.0 + libm::exp(second - first))) as f32
}

/// The logarithm of a Gamma draw (Marsaglia and Tsang 2000). A shape below 1 is reached from the next one above it.
fn log_gamma_draw(stream: &mut Stream, shape: f64) -> f64 {
    if shape < 1.0 {
        let uniform = 1.0 - f64::from(stream.uniform()); // never 0
        return log_gamma_draw(stream, shape + 1.0) + libm::log(uniform) / shape;
    }
    let scale = shape - 1.0 / 3.0;
    loop {
        let [normal, _] = stream.normal_pair().map(f64::from);
        let cube = (1.0 + normal / (9.0 * scale).sqrt()).powi(3);
        let uniform = 1.0 - f64::from(stream.uniform());
        let bound = 0.5 * normal * normal + scale * (1.0 - cube + libm::log(cube.max(f64::MIN_POSITIVE)));
        if cube > 0.0 && libm::log(uniform) < bound {
            return libm::log(scale * cube);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attentive_random::Key;

    /// The variance of Beta(a, a) is `1 / (4 (2 a + 1))`.
    #[test]
    fn draws_have_their_moments() {
        for alpha in [0.05, 0.2, 0.8, 1.0, 3.0, 50.0] {
            let mut stream = Key::new(5).stream();
            let draws: Vec<f64> = (0..20_000).map(|_| f64::from(beta(&mut stream, alpha))).collect();
            let mean = draws.iter().sum::<f64>() / 20_000.0;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 20_000.0;
            let expected = 1.0 / (4.0 * (2.0 * f64::from(alpha) + 1.0));
            assert!((mean - 0.5).abs() < 0.01, "mean {mean} at {alpha}");
            assert!((variance / expected - 1.0).abs() < 0.05, "variance {variance} at {alpha}, not {expected}");
        }
    }

    #[test]
    fn the_least_parameter_gives_numbers() {
        let mut stream = Key::new(6).stream();
        assert!((0..1000).all(|_| (0.0..=1.0).contains(&beta(&mut stream, 1e-3))));
    }
}
