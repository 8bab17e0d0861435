//! A random part of a picture by its share of the area and its proportions.

use attentive_random::Stream;

use crate::PictureError;
use crate::settings::within;

/// How often a part that does not fit is drawn anew before there is none; torchvision's number.
const TRIES: usize = 10;

/// Which parts of a picture may be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Portion {
    /// The least and the greatest share of the area.
    pub area: [f32; 2],
    /// The least and the greatest width over height; each ratio is as likely as its inverse.
    pub aspect: [f32; 2],
}

/// A part of a picture, or of planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Portion {
    /// What ImageNet models are trained on.
    pub const CROP: Self = Self { area: [0.08, 1.0], aspect: [3.0 / 4.0, 4.0 / 3.0] };
    /// What random erasing takes away (Zhong et al. 2020, as torchvision has it).
    pub const ERASED: Self = Self { area: [0.02, 0.33], aspect: [0.3, 3.3] };

    /// A part that fits, after torchvision's `RandomResizedCrop`; rarely none does.
    pub(crate) fn draw(&self, stream: &mut Stream, height: usize, width: usize) -> Option<Patch> {
        let [tall, wide] = self.aspect.map(|aspect| libm::log(f64::from(aspect)));
        (0..TRIES).find_map(|_| {
            let area = between(self.area.map(f64::from), stream) * (height * width) as f64;
            let aspect = libm::exp(between([tall, wide], stream));
            let patch_width = (area * aspect).sqrt().round_ties_even() as usize;
            let patch_height = (area / aspect).sqrt().round_ties_even() as usize;
            let fits = (1..=height).contains(&patch_height) && (1..=width).contains(&patch_width);
            fits.then(|| Patch {
                top: stream.below(height - patch_height + 1),
                left: stream.below(width - patch_width + 1),
                height: patch_height,
                width: patch_width,
            })
        })
    }

    /// The largest part in the middle whose proportions are allowed.
    pub(crate) fn middle(&self, height: usize, width: usize) -> Patch {
        let [tall, wide] = self.aspect.map(f64::from);
        let aspect = width as f64 / height as f64;
        let [patch_height, patch_width] = if aspect < tall {
            [(width as f64 / tall).round_ties_even() as usize, width]
        } else if aspect > wide {
            [height, (height as f64 * wide).round_ties_even() as usize]
        } else {
            [height, width]
        };
        let (patch_height, patch_width) = (patch_height.clamp(1, height), patch_width.clamp(1, width));
        let (top, left) = ((height - patch_height) / 2, (width - patch_width) / 2);
        Patch { top, left, height: patch_height, width: patch_width }
    }

    pub(crate) fn check(&self) -> Result<(), PictureError> {
        let [least, greatest] = self.area;
        within("area", greatest, f32::MIN_POSITIVE..=1.0, "a share above 0 and up to 1")?;
        within("area", least, 0.0..=greatest, "the least share, then the greatest")?;
        let [tall, wide] = self.aspect;
        within("aspect", wide, 1e-3..=1e3, "a ratio from 0.001 to 1000")?;
        within("aspect", tall, 1e-3..=wide, "the least ratio, then the greatest")
    }
}

fn between([from, to]: [f64; 2], stream: &mut Stream) -> f64 {
    from + (to - from) * f64::from(stream.uniform())
}

#[cfg(test)]
mod tests {
    use super::*;
    use attentive_random::Key;

    #[test]
    fn parts_have_the_area_and_proportions_asked_for() {
        let portion = Portion { area: [0.2, 0.3], aspect: [0.5, 2.0] };
        for item in 0..1000 {
            let patch = portion.draw(&mut Key::new(1).nth(item).stream(), 210, 330).expect("such parts fit");
            let share = (patch.height * patch.width) as f64 / (210.0 * 330.0);
            let aspect = patch.width as f64 / patch.height as f64;
            assert!((0.19..0.31).contains(&share) && (0.49..2.04).contains(&aspect), "{patch:?}");
            assert!(patch.top + patch.height <= 210 && patch.left + patch.width <= 330, "{patch:?}");
        }
    }

    #[test]
    fn a_thread_of_a_picture_falls_back_on_its_middle() {
        assert_eq!(Portion::CROP.draw(&mut Key::new(1).stream(), 1, 3000), None);
        assert_eq!(Portion::CROP.middle(30, 3000), Patch { top: 0, left: 1480, height: 30, width: 40 });
        assert_eq!(Portion::CROP.middle(3000, 30), Patch { top: 1480, left: 0, height: 40, width: 30 });
        assert_eq!(Portion::CROP.middle(1, 3000), Patch { top: 0, left: 1499, height: 1, width: 1 });
        assert_eq!(Portion::CROP.middle(30, 31), Patch { top: 0, left: 0, height: 30, width: 31 });
    }
}
